/** Subcommands of `roamstead cloud` that work on the state directory. */
import { join } from 'node:path';
import type { CloudConfig } from '../cloud/fleet/config.ts';
import { openAuthority } from '../cloud/pki/authority.ts';

export interface Asked {
  readonly fresh: boolean;
  readonly revokeOld: boolean;
}

/** PEM on stdout: it is to be redirected into a file of the new gateways. */
async function claimCredential(config: CloudConfig, { fresh, revokeOld }: Asked): Promise<number> {
  const authority = await openAuthority({ folder: join(config['state-directory'], 'pki'), names: config.broker.names, now: () => Date.now() });
  try {
    const { key, pem } = fresh || revokeOld ? await authority.renewClaim({ revokeOld }) : await authority.claim();
    process.stdout.write(`${key.trimEnd()}\n${pem.trimEnd()}\n`);
    return 0;
  } finally {
    await authority.close();
  }
}

async function authorityCertificate(config: CloudConfig): Promise<number> {
  const authority = await openAuthority({ folder: join(config['state-directory'], 'pki'), names: config.broker.names, now: () => Date.now() });
  process.stdout.write(authority.certificate);
  await authority.close();
  return 0;
}

export const subcommands: Readonly<Record<string, (config: CloudConfig, asked: Asked) => Promise<number>>> = { 'claim-credential': claimCredential, authority: authorityCertificate };
