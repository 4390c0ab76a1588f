/**
 * What the anchor has promised: an acknowledged binding is on its disk, a restart finds it, and none of its addresses goes to
 * somebody else before it has ended.
 */
import { isAtRest, sorted, type BindingRecord } from '../../cloud/lma/bindingStore.ts';
import { formatPrefix } from '../../protocol/address.ts';
import type { Transition } from '../../protocol/entity.ts';
import type { BindingAcknowledgement } from '../../protocol/mobility/messages.ts';
import { find, findAll } from '../../protocol/mobility/options.ts';
import { NAI } from '../../protocol/mobility/suboptions.ts';
import type { Millis } from '../../protocol/units.ts';
import type { Anchor } from './anchor.ts';

interface Promised {
  readonly name: string;
  until: Millis;
}

export interface Ledger {
  /** A PBA leaves. */
  acknowledged(pba: BindingAcknowledgement): void;
  transition(t: Transition): void;
  restarted(): void;
  /** What was wrong since the last call. */
  wrong(): string[];
}

/** Longer than a released session is kept. */
const RELEASED: Millis = 10_000;

export function keepLedger(anchor: () => Anchor, now: () => Millis): Ledger {
  const holders = new Map<string, Promised>();
  const wrong: string[] = [];
  const stored = (): BindingRecord[] => [...sorted(anchor().disk.read(), []).bindings];

  function promise(address: string, name: string, until: Millis): void {
    const holder = holders.get(address);
    if (holder && holder.name !== name && now() < holder.until) wrong.push(`${address} was given to ${name}, and ${holder.name} may use it for another ${Math.round(holder.until - now())} ms`);
    holders.set(address, { name, until });
  }

  return {
    acknowledged(pba) {
      if (pba.status >= 128 || pba.lifetime === 0) return;
      const name = find(pba.options, 'mnIdentifier')?.identifier ?? '';
      // What its gateway gave up again before the answer left is nobody's promise.
      const entry = [...anchor().lma.cache.ofNode({ subtype: NAI, identifier: name })].find((e) => e.state === 'ACTIVE');
      if (!entry) return;
      const told = find(pba.options, 'ipv4HomeAddressReply')?.address;
      const ipv4 = told === entry.homeAddress?.address ? told : undefined;
      const held = new Set(entry.prefixes.map(formatPrefix));
      const prefixes = findAll(pba.options, 'homeNetworkPrefix').map((p) => formatPrefix({ address: p.prefix, length: p.prefixLength })).filter((p) => held.has(p));
      const durable = stored().some((r) => r.mnId.identifier === name && (ipv4 === undefined || r.homeAddress === ipv4) && prefixes.every((p) => r.prefixes.includes(p)));
      if (!durable) wrong.push(`${name} was told that it has ${[ipv4, ...prefixes].join(' ')}, which is not durable`);
      const resting = anchor().disk.read().find((r) => isAtRest(r) && r.address === ipv4 && r.until > anchor().now().wall);
      if (resting) wrong.push(`${ipv4} was given to ${name}, and it is to rest`);
      // A gateway that asks for one family is given that alone (RFC 5844 §3.1.2.4).
      for (const [address, holder] of holders) if (holder.name === name && address !== ipv4 && !prefixes.includes(address)) holders.delete(address);
      for (const address of [ipv4, ...prefixes]) if (address !== undefined) promise(address, name, now() + pba.lifetime * 1000);
    },
    transition({ subject, from, to, reason }) {
      for (const [address, holder] of holders) {
        if (holder.name !== subject) continue;
        if (to === 'RELEASED') holder.until = Math.min(holder.until, now() + RELEASED);
        // What ended because its time was over ends when its time is over.
        if (to === 'NONE' && from !== 'NONE' && reason !== 'lifetime ended') holders.delete(address);
        if (reason === 'IPv4 de-registered' && !address.includes(':')) holders.delete(address);
      }
    },
    restarted() {
      const { cache } = anchor().lma;
      for (const record of stored()) {
        if (record.expiresAt <= anchor().now().wall) continue;
        const entry = [...cache.ofNode(record.mnId)].find((e) => e.index === record.index);
        const same = entry && entry.homeAddress?.address === record.homeAddress && entry.prefixes.map(formatPrefix).join() === record.prefixes.join();
        if (!same) wrong.push(`${record.mnId.identifier} was stored with ${record.homeAddress} ${record.prefixes.join()}, and the restarted anchor does not know it`);
      }
    },
    wrong: () => wrong.splice(0),
  };
}
