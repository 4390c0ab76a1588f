/** A control socket in a folder of its own, with commands of every kind behind it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { openControl, type ControlServer } from '../../runtime/control.ts';

export interface ControlScene {
  folder: string;
  path: string;
  server: ControlServer;
  /** A client that sends raw text and collects lines until there are `count`, or the other side ends it. */
  readonly raw: (text: string, count: number) => Promise<{ readonly lines: string[]; readonly ended: boolean }>;
}

/** For a server that must not fail. */
export const fail = (e: Error): never => {
  throw e;
};

/** For the tests of the file that calls it, a new one each. */
export function controlScene(): ControlScene {
  const s = { raw } as ControlScene;

  beforeEach(async () => {
    s.folder = mkdtempSync(join(tmpdir(), 'roamstead-control-'));
    s.path = join(s.folder, 'deep', 'agent.sock');
    s.server = await openControl(s.path, fail);
    s.server.serve({
      echo: (r) => r['value'],
      fail: () => {
        throw new Error('no such binding');
      },
      later: async (r) => {
        for (let i = 0; i < 5; i++) await Promise.resolve();
        return r['value'];
      },
      long: () => 'x'.repeat(5_000_000),
      bigint: () => ({ octets: 1n }),
      nothing: () => undefined,
    });
  });
  afterEach(() => {
    s.server.close();
    rmSync(s.folder, { recursive: true });
  });

  function raw(text: string, count: number): Promise<{ readonly lines: string[]; readonly ended: boolean }> {
    return new Promise((resolve) => {
      const socket = createConnection(s.path);
      let got = '';
      const lines = (): string[] => got.split('\n').slice(0, -1);
      socket.on('data', (chunk) => {
        got += String(chunk);
        if (lines().length < count) return;
        resolve({ lines: lines(), ended: false });
        socket.destroy();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve({ lines: lines(), ended: true }));
      socket.write(text);
    });
  }
  return s;
}
