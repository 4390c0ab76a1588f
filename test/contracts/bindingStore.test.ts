import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore, type AddressAtRest, type BindingRecord } from '../../cloud/lma/bindingStore.ts';
import { openLevel } from '../../cloud/store/level.ts';
import { levelStore } from '../../cloud/store/levelStore.ts';
import { bindingStoreContract } from './bindingStore.ts';

bindingStoreContract('memory', async () => {
  const store = memoryStore(new Map<string, BindingRecord | AddressAtRest>());
  return { store, reopen: async () => store, close: async () => undefined };
});

// What a full disk does to it stands in test/root/levelStore.test.ts.
bindingStoreContract('level', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rs-store-'));
  let store = await levelStore(folder, fail);
  let open = true;
  const shut = async () => {
    if (open) await store.close();
    open = false;
  };
  return {
    store,
    async reopen() {
      await shut();
      store = await levelStore(folder, fail);
      open = true;
      return store;
    },
    async spoil(key) {
      await shut();
      const level = await openLevel(folder, fail);
      await level.write([[`binding ${key}`, '["lma1",2,"no identifier"]']]);
      await level.close();
    },
    async close() {
      await shut();
      rmSync(folder, { recursive: true });
    },
  };
});

function fail(error: Error): never {
  throw error;
}
