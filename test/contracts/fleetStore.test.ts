import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileStore } from '../../cloud/fleet/store/fileStore.ts';
import { createMemoryStore } from '../cloud/memoryStore.ts';
import { fleetStoreContract } from './fleetStore.ts';

fleetStoreContract('memory', async () => ({ store: createMemoryStore(), close: async () => undefined }), 0);

// What a full disk and a kill -9 do to it stands in test/root/fleetFiles.test.ts.
fleetStoreContract('files', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'rs-fleet-'));
  let copies = 0;
  const opened = () => openFileStore({ folder: join(parent, String(copies)), onError: fail, checkpointOctets: 400, segmentOctets: 200 });
  let store = await opened();
  return {
    store,
    // The files as they lie there while it is open, which is what a kill leaves.
    async reopen() {
      const before = store;
      cpSync(join(parent, String(copies)), join(parent, String(copies + 1)), { recursive: true, filter: (path) => !path.endsWith('/lock') });
      copies += 1;
      store = await opened();
      await before.close();
      return store;
    },
    async close() {
      await store.close();
      rmSync(parent, { recursive: true });
    },
  };
});

function fail(error: Error): never {
  throw error;
}
