/**
 * `roamstead cloud migrate`: everything of the store into another one, while no cloud runs. The state directory is the same before
 * and after, so what is there and not in the store (certificates, pseudonyms' keys, the audit log's head) goes on to fit.
 */
import * as v from 'valibot';
import { ConfigError } from '../../runtime/configError.ts';
import { parseConfig } from '../../runtime/configFile.ts';
import type { CloudConfig } from './config.ts';
import { createClosing, openAudit, openStore, takeFolder } from './foundation.ts';
import { storeIn, storeSchema, type StoreConfig } from './store/config.ts';
import { moveStore } from './store/move.ts';

/** @param text the new store as `store:` of cloud.yaml says it. @param folder of that file. @throws ConfigError */
export function storeFrom(text: string, folder: string): StoreConfig {
  return storeIn(folder, parseConfig('--to', `store: ${text}`, v.strictObject({ store: storeSchema })).store);
}

export interface Migration {
  /** With its files by their whole names, as the new store, too. */
  readonly config: CloudConfig;
  readonly to: StoreConfig;
  readonly now: () => number;
  readonly progress: (line: string) => void;
}

/** May be begun again when it was cut off. The old store stays as it is. @throws Error in words */
export async function migrate({ config, to, now, progress }: Migration): Promise<void> {
  const folder = config['state-directory'];
  if (nameOf(to, folder) === nameOf(config.store, folder)) throw new ConfigError(`--to: everything is in ${nameOf(to, folder)} already: name another store`);
  const onError = (e: Error): void => progress(`warning: ${e.message}`);
  const closing = createClosing(onError);
  try {
    const control = await takeFolder(config, onError);
    closing.add(() => control.close());
    const from = await openStore(config.store, folder, onError);
    closing.add(() => from.close());
    const into = await openStore(to, folder, onError);
    closing.add(() => into.close());
    progress(`from ${nameOf(config.store, folder)} to ${nameOf(to, folder)}`);
    const { records, lines } = await moveStore(from, into, progress);
    const { entries, broken } = await openAudit(into, folder, now, onError).verify();
    if (broken) throw new Error(`all is copied, and the audit log is not whole there: ${broken.reason}. If "roamstead cloud" with the old store says so in the dashboard, too, it was before`);
    progress(`${records} records and ${lines} lines copied; the audit log is whole: ${entries} entries`);
  } finally {
    await closing.all();
  }
}

/** Also what tells two of them apart. */
export function nameOf(store: StoreConfig, folder: string): string {
  if (store === 'files') return `files in ${folder}/store`;
  const { host, port, database } = store.postgresql;
  return `PostgreSQL, ${database} at ${host}:${port}`;
}
