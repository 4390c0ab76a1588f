/** Debian's PostgreSQL as a process of the lab or of a test: a cluster of its own in a new folder, on a UNIX socket alone, as user postgres, ended by pid. */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '../cloud/fleet/store/config.ts';
import { LabError } from './namespaces.ts';
import { start, until, type LabProcess } from './processes.ts';

export interface PostgresServer {
  readonly folder: string;
  /** Of its superuser. */
  connection(database?: string): Connection;
  /** Makes an empty database. */
  create(database: string): void;
  process(): LabProcess;
  /** Resolves when it answers. */
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  close(): Promise<void>;
}

const READY_MS = 20_000;
const PORT = 5432;
const INSTALLED = '/usr/lib/postgresql';
const MEMORY = '/dev/shm';
/** Octets; a cluster of the tests has come to a quarter of it. */
const ROOM = 1 << 30;

/** After a crash PostgreSQL has each of its files written out, for which a busy disk takes longer than anybody waits. */
function quickFolder(): string {
  const { bavail, bsize } = existsSync(MEMORY) ? statfsSync(MEMORY) : { bavail: 0, bsize: 0 };
  return bavail * bsize >= ROOM ? MEMORY : tmpdir();
}

export async function startPostgres({ settings = [] }: { readonly settings?: readonly string[] } = {}): Promise<PostgresServer> {
  const version = existsSync(INSTALLED) ? readdirSync(INSTALLED).toSorted((a, b) => Number(a) - Number(b)).at(-1) : undefined;
  if (version === undefined) throw new LabError('PostgreSQL is not installed: apt-get install postgresql');
  const program = (name: string): string => join(INSTALLED, version, 'bin', name);
  const id = (kind: '-u' | '-g'): number => Number(execFileSync('id', [kind, 'postgres']).toString());
  const [uid, gid] = [id('-u'), id('-g')];
  const folder = mkdtempSync(join(quickFolder(), 'rs-pg-'));
  chownSync(folder, uid, gid);
  const data = join(folder, 'data');
  const asPostgres = (argv: readonly string[]): void => void execFileSync(argv[0] as string, argv.slice(1), { uid, gid, cwd: folder, stdio: 'pipe' });
  let running: LabProcess | undefined;

  const server: PostgresServer = {
    folder,
    connection: (database = 'postgres') => ({ host: folder, port: PORT, database, user: 'postgres', application_name: 'roamstead' }),
    create: (database) => asPostgres([program('createdb'), '-h', folder, '-U', 'postgres', database]),
    process() {
      if (!running) throw new LabError('postgres was not started');
      return running;
    },
    async start() {
      // A change of user forgets the lab's own; SIGINT is a fast shutdown, which leaves no shared memory.
      const argv = ['setpriv', '--pdeathsig', 'INT', '--reuid', String(uid), '--regid', String(gid), '--clear-groups', program('postgres'), '-D', data, '-k', folder, '-c', 'listen_addresses=', ...settings.flatMap((s) => ['-c', s])];
      const p = start({ name: 'postgres', namespace: undefined, folder, argv });
      running = p;
      await until('postgres to answer', READY_MS, async () => {
        if (!p.running()) throw new LabError(`postgres ended: ${p.log().trim()}`);
        return answers(join(folder, `.s.PGSQL.${PORT}`));
      });
    },
    async close() {
      running?.child.kill('SIGCONT');
      // Fast shutdown: sessions are ended.
      await running?.stop('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    asPostgres([program('initdb'), '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']);
    await server.start();
  } catch (e) {
    await server.close();
    throw e;
  }
  return server;
}

/** While it starts it refuses every session. */
function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const client = createConnection(socket, () => {
      // Startup packet, version 3.0, user postgres, database postgres.
      const body = Buffer.from('user\0postgres\0database\0postgres\0\0');
      const head = Buffer.alloc(8);
      head.writeUInt32BE(body.length + 8, 0);
      head.writeUInt32BE(0x0003_0000, 4);
      client.write(Buffer.concat([head, body]));
    });
    client.on('error', () => resolve(false));
    client.on('close', () => resolve(false));
    client.on('data', (octets) => {
      // AuthenticationOk.
      resolve(octets[0] === 'R'.charCodeAt(0));
      client.destroy();
    });
  });
}
