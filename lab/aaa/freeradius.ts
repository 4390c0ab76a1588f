/** Debian's FreeRADIUS as a process of the lab or of a test: a configuration of its own, in the foreground, ended by pid. */
import { createSocket } from 'node:dgram';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabError } from '../namespaces.ts';
import { start, until } from '../processes.ts';
import type { LabProcess } from '../processes.ts';
import { detailRecords } from './detail.ts';
import type { DetailRecord } from './detail.ts';
import { radclient } from './radclient.ts';
import { raddb } from './raddb.ts';
import type { RaddbOptions, Subscribers } from './raddb.ts';

export interface RadiusServerOptions extends Omit<RaddbOptions, 'addresses' | 'authPort' | 'acctPort'> {
  /** Where its own folder is made; the system's for temporary files by default. */
  readonly folder?: string;
  /** Undefined: the host's own. */
  readonly namespace?: string;
  /** Loopback by default. The first is also asked whether the server answers. */
  readonly addresses?: readonly string[];
  /** By default 1812 and 1813 in a namespace, and ports that are free in the host's own. */
  readonly authPort?: number;
  readonly acctPort?: number;
}

export interface RadiusServer {
  readonly address: string;
  readonly authPort: number;
  readonly acctPort: number;
  /** Its configuration, its log (`freeradius.log`) and its detail files. */
  readonly folder: string;
  /** The one that runs, or ran last. */
  process(): LabProcess;
  log(): string;
  /** Every Access-Request and every accounting record since the first start, oldest first. */
  requests(): DetailRecord[];
  accounting(): DetailRecord[];
  /** Ends the process; nothing answers until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Other subscribers from now on. Restarts the server, in about 0.2 s. */
  change(subscribers: Subscribers): Promise<void>;
  /** Ends it and removes its folder. */
  close(): Promise<void>;
}

const READY_MS = 10_000;
/** Of the server's own client, which asks whether it answers. */
const CONTROL_SECRET = 'roamstead-lab-control';

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4').on('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

/** @throws LabError with FreeRADIUS's own words when it does not start */
export async function startFreeradius(options: RadiusServerOptions): Promise<RadiusServer> {
  const { namespace, addresses = ['127.0.0.1'] } = options;
  const address = addresses[0] ?? '127.0.0.1';
  const authPort = options.authPort ?? (namespace === undefined ? await freePort() : 1812);
  const acctPort = options.acctPort ?? (namespace === undefined ? await freePort() : 1813);
  const folder = mkdtempSync(join(options.folder ?? tmpdir(), 'rs-radius-'));
  // Its own client comes last: of two entries for one address FreeRADIUS would take neither.
  const own = options.clients.some((c) => c.address === address) ? [] : [{ address, secret: CONTROL_SECRET }];
  const clients = [...options.clients, ...own];
  const secret = clients.find((c) => c.address === address)?.secret ?? CONTROL_SECRET;
  let subscribers: Subscribers = options;
  let process = launch();

  function launch(): LabProcess {
    const files = raddb(folder, { ...options, ...subscribers, clients, addresses, authPort, acctPort });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
    return start({ name: 'freeradius', namespace, argv: ['freeradius', '-f', '-l', 'stdout', '-d', folder], folder });
  }

  const answers = () =>
    until(`freeradius to answer (see ${process.logFile})`, READY_MS, async () => {
      if (!process.running()) throw new LabError(`freeradius ended: ${process.log().trim().split('\n').slice(-8).join('\n')}`);
      const answer = await radclient({ ...(namespace === undefined ? {} : { namespace }), address, port: authPort, secret, command: 'status', attributes: [], timeout: 0.2, attempts: 1 });
      return answer.code === 'Access-Accept';
    });

  const read = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '');
  const server: RadiusServer = {
    address,
    authPort,
    acctPort,
    folder,
    process: () => process,
    log: () => process.log(),
    requests: () => detailRecords(read('requests')),
    accounting: () => detailRecords(read('accounting')),
    async stop() {
      await process.stop();
    },
    async start() {
      if (!process.running()) process = launch();
      await answers();
    },
    async change(changed) {
      subscribers = { ...subscribers, ...changed };
      await server.stop();
      await server.start();
    },
    async close() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await answers();
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}
