/** Entries of a Binding Update List as the gateway makes them, for what reads them. */
import type { Entry } from '../../agent/mag/binding.ts';
import { addEntry, createList } from '../../agent/mag/bindingUpdateList.ts';
import type { Profile } from '../../agent/mag/profile.ts';

/** Of an active phone, unless told otherwise. */
export const entryOf = (facts: Pick<Entry, 'mac' | 'interface'> & Partial<Entry>): Entry => ({ ...addEntry(createList(), facts.mac, facts.interface, 0, () => 1), state: { name: 'active', grantedUntil: 0, refreshAt: 0 }, ...facts });

/** Of both families, from RADIUS, unless told otherwise. */
export const profileOf = (nai: string, more: Partial<Profile> = {}): Profile => ({ nai, lmas: [], ipv4: true, ipv6: true, dns4: [], dns6: [], source: 'radius', ...more });
