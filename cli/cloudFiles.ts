/** Subcommands of `roamstead cloud` that work on the state directory. */
import { join, resolve } from 'node:path';
import { writeMosquittoConfig } from '../cloud/broker/mosquittoConfig.ts';
import { mosquittoFolder } from '../cloud/fleet/brokers.ts';
import type { CloudConfig } from '../cloud/fleet/config.ts';
import { openAuthority, type OpenAuthority } from '../cloud/pki/authority.ts';
import { Usage } from './usage.ts';

export interface Asked {
  readonly fresh: boolean;
  readonly revokeOld: boolean;
}

const openPki = (config: CloudConfig): Promise<OpenAuthority> => openAuthority({ folder: join(config['state-directory'], 'pki'), names: config.broker.names, now: () => Date.now() });

/** PEM on stdout: it is to be redirected into a file of the new gateways. */
async function claimCredential(config: CloudConfig, { fresh, revokeOld }: Asked): Promise<number> {
  const authority = await openPki(config);
  try {
    const { key, pem } = fresh || revokeOld ? await authority.renewClaim({ revokeOld }) : await authority.claim();
    process.stdout.write(`${key.trimEnd()}\n${pem.trimEnd()}\n`);
    return 0;
  } finally {
    await authority.close();
  }
}

/** PEM: what gateways check the broker with. */
async function authorityCertificate(config: CloudConfig): Promise<number> {
  const authority = await openPki(config);
  process.stdout.write(authority.certificate);
  await authority.close();
  return 0;
}

async function mosquittoConfig(config: CloudConfig): Promise<number> {
  const { broker } = config;
  if (broker.kind !== 'mosquitto') throw new Usage('the configuration says that the broker is embedded: for Mosquitto say "broker: { kind: mosquitto, … }"');
  const authority = await openPki(config);
  try {
    const files = await writeMosquittoConfig({ folder: resolve(mosquittoFolder(config, broker)), listen: broker.listen, authority });
    process.stdout.write(`${files.join('\n')}\n`);
    return 0;
  } finally {
    await authority.close();
  }
}

export const subcommands: Readonly<Record<string, (config: CloudConfig, asked: Asked) => Promise<number>>> = { 'claim-credential': claimCredential, authority: authorityCertificate, 'mosquitto-config': mosquittoConfig };
