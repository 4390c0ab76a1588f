/** Subcommands of `roamstead cloud` that work on the state directory. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeMosquittoConfig } from '../cloud/broker/mosquittoConfig.ts';
import { mosquittoFolder } from '../cloud/fleet/brokers.ts';
import { brokerNames, type CloudConfig } from '../cloud/fleet/config.ts';
import { claimCredential, controlSocket } from '../cloud/fleet/foundation.ts';
import { migrate, nameOf, storeFrom } from '../cloud/fleet/migrate.ts';
import { openAuthority, type OpenAuthority } from '../cloud/pki/authority.ts';
import { ask, NotRunning } from '../runtime/control.ts';
import { Usage } from './usage.ts';

export interface Asked {
  readonly fresh: boolean;
  readonly revokeOld: boolean;
  /** The name of cloud.yaml. */
  readonly file: string;
  readonly to?: string;
}

/** Of a cloud that does not run. */
async function withPki<T>(config: CloudConfig, call: (authority: OpenAuthority) => Promise<T>): Promise<T> {
  const authority = await openAuthority({ folder: join(config['state-directory'], 'pki'), names: brokerNames(config), now: () => Date.now() });
  try {
    return await call(authority);
  } finally {
    await authority.close();
  }
}

/** PEM on stdout: it is to be redirected into a file of the new gateways. The cloud is asked where it runs: its authority has one user. */
async function printClaimCredential(config: CloudConfig, { fresh, revokeOld }: Asked): Promise<number> {
  let text: unknown;
  try {
    text = await ask(controlSocket(config), { command: 'claim credential', fresh, 'revoke-old': revokeOld });
  } catch (e) {
    if (!(e instanceof NotRunning)) throw e;
    text = await withPki(config, (authority) => claimCredential(authority, { fresh, revokeOld }));
  }
  process.stdout.write(String(text));
  return 0;
}

/** PEM: what gateways check the broker with. */
async function printAuthority(config: CloudConfig): Promise<number> {
  const made = await readFile(join(config['state-directory'], 'pki', 'authority.pem'), 'utf8').catch(() => undefined);
  process.stdout.write(made ?? (await withPki(config, async ({ certificate }) => certificate)));
  return 0;
}

async function mosquittoConfig(config: CloudConfig): Promise<number> {
  const { broker } = config;
  if (broker.kind !== 'mosquitto') throw new Usage('the configuration says that the broker is embedded: for Mosquitto say "broker: { kind: mosquitto, … }"');
  const folder = mosquittoFolder(config, broker);
  // One that runs has written them at its start, and keeps them up to date.
  const runs = await ask(controlSocket(config), { command: 'claim credential' }).then(() => true, (e: unknown) => !(e instanceof NotRunning));
  const files = runs ? [folder] : await withPki(config, (authority) => writeMosquittoConfig({ folder, listen: broker.listen, authority }));
  process.stdout.write(`${files.join('\n')}\n`);
  return 0;
}

/** Progress on stdout, a line each. */
async function migrateStore(config: CloudConfig, { file, to }: Asked): Promise<number> {
  if (to === undefined) throw new Usage('--to is missing: what "store:" of the configuration is to say, such as --to files, or --to \'{ postgresql: { database: roamstead } }\'');
  const tell = (line: string): void => void process.stdout.write(`${line}\n`);
  const store = storeFrom(to, dirname(file));
  await migrate({ config, to: store, now: () => Date.now(), progress: tell });
  tell(`now say "store: ${to}" in ${file}, start the cloud, and remove what is in ${nameOf(config.store, config['state-directory'])}: it still has everybody's history`);
  return 0;
}

export const subcommands: Readonly<Record<string, (config: CloudConfig, asked: Asked) => Promise<number>>> = { 'claim-credential': printClaimCredential, authority: printAuthority, 'mosquitto-config': mosquittoConfig, migrate: migrateStore };
