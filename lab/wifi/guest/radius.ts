/** FreeRADIUS beside the anchor: the homes' hostapds relay the phones' EAP to it. */
import { join } from 'node:path';
import { certificates } from '../../aaa/certificates.ts';
import type { Certificates } from '../../aaa/certificates.ts';
import { startFreeradius } from '../../aaa/freeradius.ts';
import type { RadiusServer } from '../../aaa/freeradius.ts';
import type { World } from '../../world.ts';

export const SECRET = 'shared-by-homes-and-radius';
export const PASSWORD = 'lab';

/** Made once for each lab. */
export const pki = (folder: string): Certificates => certificates(join(folder, 'pki'));

export function startRadius({ folder, plan }: World): Promise<RadiusServer> {
  return startFreeradius({
    namespace: plan.lma.namespace,
    addresses: [plan.lma.ipv4],
    clients: plan.homes.map((h) => ({ address: h.ipv4, secret: SECRET })),
    accounts: plan.phones.map((p) => ({ name: p.identity, password: PASSWORD })),
    eap: { methods: ['peap', 'mschapv2'], certificates: pki(folder) },
  });
}
