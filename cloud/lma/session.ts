/** The life of a mobility session: stored, waited for, ended. */
import { formatPrefix } from '../../protocol/address.ts';
import type { Now } from '../../protocol/units.ts';
import { giveBack, NO_ADDRESSES, reclaim } from './addresses.ts';
import type { Binding, BindingCacheEntry } from './bindingCache.ts';
import type { BindingRecord } from './bindingStore.ts';
import { tell, type Lma, type Step } from './state.ts';

/** Enters the session into the cache, or leaves it there, with its deadline and its stored record brought up to date. */
export function save(step: Step, entry: BindingCacheEntry): void {
  const { lma, now } = step;
  lma.cache.schedule(entry);
  step.effects.push({ kind: 'storeBinding', key: String(entry.index), record: recordOf(lma, entry, now) });
}

export function enter(lma: Lma, binding: Binding): BindingCacheEntry {
  const entry = lma.cache.add(binding);
  const { statistics } = lma;
  statistics['bce-count'] = lma.cache.size;
  statistics['peak-bce-count'] = Math.max(statistics['peak-bce-count'], lma.cache.size);
  return entry;
}

/** Deletes the entry with all that hung on it (RFC 5213 §5.3.5). */
export function end(step: Step, entry: BindingCacheEntry, reason: string): void {
  const { lma, now } = step;
  lma.cache.remove(entry);
  lma.qosRequests.delete(entry.index);
  lma.groups.set(entry.index, 0);
  giveBack(lma, lma.policy.apn(entry.apn), entry, NO_ADDRESSES, now.at);
  if (entry.uplinkKey) lma.keys.retire(entry.uplinkKey, now.at);
  lma.indexes.free(entry.index, now.at);
  if (entry.carried) step.effects.push({ kind: 'removePath', index: entry.index });
  step.effects.push({ kind: 'forgetBinding', key: String(entry.index) });
  lma.statistics['bce-count'] = lma.cache.size;
  tell(step, entry, entry.state, 'NONE', reason);
  step.settled.push(entry);
}

export function recordOf(lma: Lma, entry: BindingCacheEntry, now: Now): BindingRecord {
  const { linkLayerId, homeAddress, mag, linkLocal, encapsulation } = entry;
  const bulkGroup = lma.groups.of(entry.index);
  const record: Changeable<BindingRecord> = {
    service: lma.config.name,
    index: entry.index,
    mnId: entry.mnId,
    technology: entry.technology,
    prefixes: entry.prefixes.map(formatPrefix),
    apn: entry.apn,
    endpoint: entry.endpoint,
    proxyCoa: entry.proxyCoa,
    timestamp: String(entry.timestamp),
    sequence: entry.sequence,
    receivedAt: entry.receivedAt,
    lifetime: entry.lifetime,
    expiresAt: now.wall + (entry.expiresAt - now.at),
    uplinkKey: entry.uplinkKey,
    downlinkKey: entry.downlinkKey,
    wanMtu: entry.wanMtu,
  };
  if (linkLayerId !== undefined) record.linkLayerId = linkLayerId;
  if (homeAddress) record.homeAddress = homeAddress.address;
  if (entry.state === 'RELEASED') record.released = true;
  if (mag !== undefined) record.mag = mag;
  if (linkLocal !== undefined) record.linkLocal = linkLocal;
  if (encapsulation) record.encapsulation = encapsulation;
  if (bulkGroup !== 0) record.bulkGroup = bulkGroup;
  return record;
}

type Changeable<T> = { -readonly [K in keyof T]: T[K] };

/** The entry of a record, with everything it holds claimed; or why it cannot live on. */
export function revive(lma: Lma, record: BindingRecord, now: Now): Binding | string {
  // Never longer than it was granted for: the clock may have gone back.
  const expiresAt = now.at + Math.min(record.expiresAt - now.wall, record.lifetime * 1000);
  if (expiresAt <= now.at) return 'its lifetime ended meanwhile';
  const apn = lma.policy.apn(record.apn);
  if (!apn) return `APN ${record.apn} is not configured any more`;
  if (lma.indexes.holds(record.index) || lma.keys.holds(record.uplinkKey)) return 'its index or uplink key belongs to another binding';
  if (lma.cache.ofInterface(record.mnId, record.technology, record.linkLayerId)) return 'its interface has another binding';
  const addresses = reclaim(lma, apn, record, now.at);
  if (!addresses) return 'its addresses belong to no pool any more, or to another binding';
  lma.indexes.claim(record.index, now.at);
  lma.keys.claim(record.uplinkKey);
  lma.groups.set(record.index, record.bulkGroup ?? 0);
  return {
    index: record.index,
    mnId: record.mnId,
    technology: record.technology,
    linkLayerId: record.linkLayerId,
    ...addresses,
    apn: apn.name,
    space: apn.space,
    state: record.released ? 'RELEASED' : 'ACTIVE',
    mag: record.mag,
    endpoint: record.endpoint,
    proxyCoa: record.proxyCoa,
    linkLocal: record.linkLocal,
    timestamp: BigInt(record.timestamp),
    sequence: record.sequence,
    receivedAt: record.receivedAt,
    lifetime: record.lifetime,
    expiresAt,
    deleteAt: record.released ? now.at + lma.config.variables.minDelayBeforeBceDelete : undefined,
    encapsulation: record.encapsulation,
    uplinkKey: record.uplinkKey,
    downlinkKey: record.downlinkKey,
    wanMtu: record.wanMtu,
  };
}
