/** Debian's Redis as a process of the lab or of a test: on the disk before it answers, in a folder of its own, ended by pid. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabError } from './namespaces.ts';
import { start, until, type LabProcess } from './processes.ts';
import { createConnection } from 'node:net';

export interface RedisServerOptions {
  /** With an address it listens on port 6379 there; else on a socket in its folder. */
  readonly listen?: { readonly namespace: string; readonly address: string };
  readonly folder?: string;
}

export interface RedisServer {
  /** As `store.redis.url` has it. */
  readonly url: string;
  readonly folder: string;
  process(): LabProcess;
  /** From its append-only file. Resolves when it answers. */
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  close(): Promise<void>;
}

const READY_MS = 10_000;

export async function startRedis({ listen, folder: parent = tmpdir() }: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(parent, 'rs-redis-'));
  const socket = join(folder, 'redis.sock');
  const argv = ['redis-server', '--dir', folder, '--unixsocket', socket, '--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--protected-mode', 'no'];
  let running: LabProcess | undefined;
  const server: RedisServer = {
    url: listen ? `redis://${listen.address}:6379` : socket,
    folder,
    process() {
      if (!running) throw new LabError('redis-server was not started');
      return running;
    },
    async start() {
      const p = start({ name: 'redis', namespace: listen?.namespace, folder, argv: [...argv, ...(listen ? ['--bind', listen.address] : ['--port', '0'])] });
      running = p;
      await until('redis-server to answer', READY_MS, async () => {
        if (!p.running()) throw new LabError(`redis-server ended: ${p.log().trim()}`);
        return answers(socket);
      });
    },
    async close() {
      // A stopped process hears no SIGTERM.
      running?.child.kill('SIGCONT');
      await running?.stop('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await server.start();
  } catch (e) {
    await server.close();
    throw e;
  }
  return server;
}

/** It says LOADING until it has read its file. */
function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const client = createConnection(socket, () => client.write('PING\r\n'));
    client.on('error', () => resolve(false));
    client.on('data', (octets) => {
      resolve(octets.toString().startsWith('+PONG'));
      client.destroy();
    });
  });
}
