/** How the lab's phones prove who they are to a home: lines in the configurations of hostapd and wpa_supplicant. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessOptions } from './accessLink.ts';
import type { HomePlan, PhonePlan } from './topology.ts';

export interface Authentication {
  /** Before the first hostapd or supplicant. */
  prepare(): void;
  /** Who decides: hostapd's own EAP server, or a RADIUS server. */
  hostapd(home: HomePlan): readonly string[];
  supplicant(phone: PhonePlan): { readonly globals?: readonly string[]; readonly network: readonly string[] };
  /** A supplicant runs; what it wants of a SIM card it asks at this control socket. */
  started?(phone: PhonePlan, control: string): void;
}

export type OpenAuthentication = (options: AccessOptions) => Authentication;

const PASSWORD = 'lab';

/** The default: EAP-MD5 with the EAP server in hostapd, so that there is nothing to reach over the network. */
export function builtInServer({ folder, plan }: AccessOptions): Authentication {
  const users = join(folder, 'eap_users');
  return {
    prepare: () => writeFileSync(users, plan.phones.map((p) => `"${p.identity}" MD5 "${PASSWORD}"\n`).join('')),
    hostapd: () => ['eap_server=1', `eap_user_file=${users}`],
    supplicant: (phone) => ({ network: ['eap=MD5', `identity="${phone.identity}"`, `password="${PASSWORD}"`] }),
  };
}
