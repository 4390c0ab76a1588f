/** The Binding Update List (RFC 5213 §6.1): every attached phone, found by its MAC, its MN-ID and its GRE key. */
import type { Mac } from '../../protocol/mac.ts';
import type { Millis } from '../../protocol/units.ts';
import type { Entry } from './binding.ts';

export interface BindingUpdateList {
  readonly byMac: Map<Mac, Entry>;
  readonly keys: Set<number>;
  readonly indexes: Set<number>;
}

export const createList = (): BindingUpdateList => ({ byMac: new Map(), keys: new Set(), indexes: new Set() });

/** A new entry with the smallest free index and a downlink key that no live session has (never 0). */
export function addEntry(list: BindingUpdateList, mac: Mac, accessInterface: string, seen: Millis, random32: () => number): Entry {
  let index = 0;
  while (list.indexes.has(index)) index++;
  let key = random32() >>> 0;
  while (key === 0 || list.keys.has(key)) key = (key + 1) >>> 0;
  return insert(list, {
    mac,
    interface: accessInterface,
    index,
    downlinkKey: key,
    refusedBy: [],
    state: { name: 'profile' },
    assigned: { prefixes: [] },
    granted: 0,
    lessons: {},
    lastSeen: seen,
    justAttached: true,
    dhcpServer: false,
  });
}

export function insert(list: BindingUpdateList, entry: Entry): Entry {
  list.byMac.set(entry.mac, entry);
  list.keys.add(entry.downlinkKey);
  list.indexes.add(entry.index);
  return entry;
}

export function removeEntry(list: BindingUpdateList, entry: Entry): void {
  if (list.byMac.get(entry.mac) !== entry) return;
  list.byMac.delete(entry.mac);
  list.keys.delete(entry.downlinkKey);
  list.indexes.delete(entry.index);
}

export const entriesOf = (list: BindingUpdateList): Entry[] => [...list.byMac.values()];
export const byMnId = (list: BindingUpdateList, nai: string): Entry[] => entriesOf(list).filter((e) => e.profile?.nai === nai);
