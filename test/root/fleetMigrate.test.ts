/** `roamstead cloud migrate` into a real PostgreSQL and back: what is refused, what goes on, and that what is not in the store fits afterwards. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cloudSchema, withFiles, type CloudConfig } from '../../cloud/fleet/config.ts';
import { openAudit, openStore, takeFolder } from '../../cloud/fleet/foundation.ts';
import { migrate, storeFrom } from '../../cloud/fleet/migrate.ts';
import type { StoreConfig } from '../../cloud/fleet/store/config.ts';
import { openPrivacy } from '../../cloud/privacy/privacy.ts';
import { startPostgres, type PostgresServer } from '../../lab/postgres.ts';
import { parseConfig } from '../../runtime/configFile.ts';

const NAI = 'ada@example.net';
const START = 1_800_000_000_000;
const SOMEBODY = { user: 'ann', role: 'owner' } as const;
const now = (): number => START;
const onError = (e: Error): never => {
  throw e;
};

let server: PostgresServer;
let folder: string;
let config: CloudConfig;
let postgres: StoreConfig;
let pseudonym: string;
const progress: string[] = [];
const move = (from: StoreConfig, to: StoreConfig): Promise<void> => migrate({ config: { ...config, store: from }, to, now, progress: (line) => void progress.push(line) });

/** The parts that stand on a store, as the cloud opens them. */
async function opened<T>(which: StoreConfig, call: (parts: { readonly store: Awaited<ReturnType<typeof openStore>>; readonly audit: ReturnType<typeof openAudit>; readonly privacy: Awaited<ReturnType<typeof openPrivacy>> }) => Promise<T>): Promise<T> {
  const store = await openStore(which, folder, onError);
  const audit = openAudit(store, folder, now, onError);
  const privacy = await openPrivacy({ store, audit, folder, now, onError, onErased: () => undefined });
  try {
    return await call({ store, audit, privacy });
  } finally {
    await privacy.close();
    await store.close();
  }
}

beforeAll(async () => {
  server = await startPostgres();
  folder = mkdtempSync(join(tmpdir(), 'roamstead-migrate-'));
  config = withFiles(folder, parseConfig('cloud.yaml', 'role: fleet\nstate-directory: .', cloudSchema));
  postgres = storeFrom(`{ postgresql: { host: ${server.folder}, database: postgres, user: postgres } }`, folder);
  await opened('files', async ({ store, audit, privacy }) => {
    pseudonym = privacy.pseudonyms.of({ nai: NAI });
    await audit.record({ by: 'ann', action: 'homes.claim', target: 'gw-1' }, [{ put: 'gateways', record: { id: 'gw-1' } }]);
    await store.commit(Array.from({ length: 1200 }, (_, i) => ({ append: 'handovers', record: { at: START + i } })));
  });
});
afterAll(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

it('is refused while a cloud runs, into what is there already, and into what is no store', async () => {
  const cloud = await takeFolder(config, onError);
  await expect(move('files', postgres)).rejects.toThrow(/cannot be this cloud's: .*another process answers/);
  cloud.close();
  await expect(move('files', 'files')).rejects.toThrow(/everything is in files in .* already: name another store/);
  expect(() => storeFrom('mysql', folder)).toThrow('--to:1: store: expected');
});

it('an attempt that is cut off goes on, without who was erased in between; pseudonyms and the audit log are as they were', async () => {
  const cut = migrate({ config, to: postgres, now, progress: (line) => {
    if (line === 'handovers: 1000') throw new Error('cut');
  } });
  await expect(cut).rejects.toThrow('cut');
  await opened('files', ({ store }) => store.commit([{ drop: 'handovers', numbers: [7, 1100] }]));
  await move('files', postgres);
  expect(progress).toEqual([expect.stringMatching(/^from files in .* to PostgreSQL, postgres at /), 'handovers: 199', 'gateways: 1', 'sealed: 1', 'settings: 1', expect.stringMatching(/^3 records and 199 lines copied; the audit log is whole: 1 entries$/)]);
  await opened(postgres, async ({ store, audit, privacy }) => {
    const numbers = (await store.read('handovers')).map((l) => l.number);
    expect([numbers.length, numbers.includes(7), numbers.includes(1100), numbers.at(-1)]).toEqual([1198, false, false, 1200]);
    expect(await privacy.pseudonyms.search(NAI)).toEqual([pseudonym]);
    expect(await privacy.reveal(pseudonym, 'a complaint', SOMEBODY)).toMatchObject({ nai: NAI });
    expect(await audit.verify()).toEqual({ entries: 2 });
  });
  await expect(move('files', postgres)).rejects.toThrow(/history of its own in audit/);
});

it('and back, by the command, into a folder that is empty again', async () => {
  rmSync(join(folder, 'store'), { recursive: true });
  const file = join(folder, 'cloud.yaml');
  writeFileSync(file, `role: fleet\nstate-directory: .\nstore: ${JSON.stringify(postgres)}\n`);
  const run = (...args: string[]) => spawnSync(process.execPath, [resolve('bin/roamstead'), 'cloud', 'migrate', '--config', file, ...args], { encoding: 'utf8', cwd: tmpdir() });
  expect(run()).toMatchObject({ status: 2, stderr: expect.stringContaining('--to is missing: what "store:" of the configuration is to say') as string });
  const { status, stdout } = run('--to', 'files');
  expect([status, stdout.split('\n')]).toEqual([0, [expect.stringMatching(/^from PostgreSQL, postgres at .* to files in /), 'audit: 2', 'handovers: 1000', 'handovers: 1198', 'gateways: 1', 'sealed: 1', expect.stringMatching(/^settings: /), expect.stringMatching(/1200 lines copied; the audit log is whole: 2 entries/), `now say "store: files" in ${file}, start the cloud, and remove what is in PostgreSQL, postgres at ${server.folder}:5432: it still has everybody's history`, '']]);
  await opened('files', async ({ store, audit }) => expect([(await store.read('handovers')).length, await audit.verify()]).toEqual([1198, { entries: 2 }]));
});
