/** Addresses that rest because a phone found them in use, also over a restart: the anchor that comes back must not give one away early. */
import type { Now } from '../../protocol/units.ts';
import type { BindingCacheEntry } from './bindingCache.ts';
import type { AddressAtRest } from './bindingStore.ts';
import type { Lma, LmaEffect, Step } from './state.ts';

const keyOf = ({ pool, address }: Pick<AddressAtRest, 'pool' | 'address'>): string => `rest ${pool} ${address}`;

/** Remembers that the entry's IPv4 address, which it is about to lose, is kept back for declineQuarantine. */
export function keepAtRest({ lma, now, effects }: Step, entry: BindingCacheEntry): void {
  const pool = lma.policy.apn(entry.apn)?.ipv4Pool;
  if (pool === undefined || !entry.homeAddress) return;
  const record: AddressAtRest = { pool, address: entry.homeAddress.address, until: now.wall + lma.config.variables.declineQuarantine };
  effects.push({ kind: 'keepAtRest', key: keyOf(record), record });
}

/** At start, after the bindings: one of them may have the address by now, and has it rightly. */
export function restoreAtRest(lma: Lma, record: AddressAtRest, now: Now): LmaEffect[] {
  const left = Math.min(record.until - now.wall, lma.config.variables.declineQuarantine);
  if (left <= 0) return [{ kind: 'forgetBinding', key: keyOf(record) }];
  const pool = lma.ipv4Pools.get(record.pool);
  if (pool?.claim(record.address, now.at)) pool.quarantine(record.address, now.at + left);
  return [];
}
