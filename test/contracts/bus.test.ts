import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { describe } from 'vitest';
import { createBus } from '../../cloud/broker/bus.ts';
import { startEmbedded } from '../../cloud/broker/embedded.ts';
import { openAuthority } from '../../cloud/pki/authority.ts';
import { createFakeBus } from '../cloud/broker/fakeBus.ts';
import { busContract } from './bus.ts';

describe('the fake', () => {
  busContract(async () => {
    const bus = createFakeBus();
    return { bus, cut: async (on) => bus.cut(on), close: () => bus.close() };
  });
});

describe('aedes in the process', () => {
  busContract(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'roamstead-bus-'));
    const fail = (what: unknown): never => {
      throw new Error(JSON.stringify(what), { cause: what });
    };
    const authority = await openAuthority({ folder: join(folder, 'pki'), names: ['localhost'], now: Date.now });
    const broker = await startEmbedded({ listen: { host: '127.0.0.1', port: 0 }, authority, folder: join(folder, 'retained'), now: Date.now, onRefused: fail, onError: fail });
    let link: Duplex | undefined;
    const bus = createBus({ connect: () => (link = broker.connect()), onError: fail, pause: { first: 1, longest: 5 } });
    return {
      bus,
      cut: async (on) => {
        if (on) link?.destroy();
      },
      close: async () => {
        await bus.close();
        await broker.close();
        await authority.close();
        rmSync(folder, { recursive: true });
      },
    };
  });
});
