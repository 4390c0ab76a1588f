/**
 * What has to be true of a world. At every instant: no address, key or index belongs to two phones, the anchor keeps what it
 * promised (ledger.ts), and nobody storms it. Once it has been quiet for long enough: every phone is bound where it is, with the addresses it had, and both ends
 * of every path agree.
 */
import { formatPrefix, type Ipv4 } from '../../protocol/address.ts';
import { find } from '../../protocol/mobility/options.ts';
import type { Path } from '../../protocol/paths.ts';
import type { Millis } from '../../protocol/units.ts';
import type { Entry } from '../../agent/mag/binding.ts';
import type { BindingCacheEntry } from '../../cloud/lma/bindingCache.ts';
import { carriedPaths, pathOf } from '../../cloud/lma/tunnels.ts';
import type { Home } from './home.ts';
import { keepLedger } from './ledger.ts';
import { addressOf, type Phone } from './phone.ts';
import type { World } from './world.ts';

/** Longer than a refresh interval, a pause after a refusal, the longest retransmission pause and the end of every probe together. */
export const QUIET: Millis = 450_000;

/** The detach period, and what a queue may add to a PBU without making it too old; numbers alone do not tell its age. */
const stale = (world: World): Millis => (world.options.timestamps === false ? 20_000 : 11_000);

/** It slept through as many questions as there are, and until so lately, that its home may rightly say that it left. */
const sleptThroughEveryQuestion = (world: World, phone: Phone): boolean => world.now() - phone.lostUntil <= stale(world);

export interface Reference {
  /** Everything that is wrong at this instant. */
  now(): string[];
  /** Everything that is wrong, given that it has been quiet for `QUIET`. */
  whenQuiet(): string[];
  /** The phone said itself that it does without this address. */
  gaveBack(phone: Phone): void;
}

interface Held {
  ipv4?: Ipv4;
  /** The phone gave it back; the anchor may hear of that later, or never. */
  ipv4GivenBack?: boolean;
  prefix?: string;
}

export function watch(world: World): Reference {
  const ledger = keepLedger(() => world.anchor, world.now);
  world.onAcknowledged = (pba) => ledger.acknowledged(pba);
  world.onAnchorRestart = () => {
    ledger.restarted();
    // What was never acknowledged may be forgotten.
    const names = new Set([...world.anchor.lma.cache.all()].map((b) => b.mnId.identifier));
    for (const [name, known] of held) {
      if (!names.has(name)) held.delete(name);
      else for (const family of ['ipv4', 'prefix'] as const) delete known[family];
    }
  };
  const held = new Map<string, Held>();
  /** When the phone's IPv4 address last became anybody's. */
  const freed = new Map<string, Millis>();
  const wrong: string[] = [];
  /** By agent: a restarted one knows nothing of what it sent before. */
  const departures = new WeakMap<object, Map<string, Millis[]>>();

  world.onAnchorTransition = (transition) => {
    ledger.transition(transition);
    const { subject, linkLayerId, from, to, reason, detail } = transition;
    const phone = world.phones.find((p) => p.nai === subject && p.mac === linkLayerId);
    const taker = world.homes.find((h) => h.identity === detail?.['mag']);
    if (phone && taker && reason.startsWith('handover') && world.now() - (phone.lastAt.get(taker.number) ?? -Infinity) > stale(world)) wrong.push(`${taker.identity} took ${subject}, of which it had heard nothing for long`);
    if (phone && taker && from === 'ACTIVE' && to === 'RELEASED' && phone.home === taker.number && world.now() - phone.settledSince > stale(world) && !sleptThroughEveryQuestion(world, phone) && !world.options.clears) wrong.push(`${subject} was de-registered while it was with ${taker.identity}`);
    // Addresses may change only after the binding ended as the protocol lets it end, or after the phone gave one back.
    const ended = to === 'NONE' && from !== 'NONE';
    const cleared = world.options.clears && (reason.startsWith('revoked: ') || reason.includes('its interface'));
    if (ended && !cleared && !['lifetime ended', 'released and not taken up again'].includes(reason)) wrong.push(`the anchor ended the binding of ${subject}: ${reason}`);
    if (ended) held.delete(subject);
    if (ended || reason === 'IPv4 de-registered') freed.set(subject, world.now());
    if (reason === 'IPv6 de-registered') wrong.push(`IPv6 of ${subject} was de-registered, which nobody asks for`);
  };
  world.onEffect = (home, effect) => {
    if (effect.kind !== 'send' || effect.message.kind !== 'bindingUpdate') return;
    const phone = find(effect.message.options, 'mnLinkLayerIdentifier')?.identifier ?? '';
    const byPhone = departures.get(home.mag as object) ?? new Map<string, Millis[]>();
    const times = [...(byPhone.get(phone) ?? []), world.now()].slice(-4);
    departures.set(home.mag as object, byPhone.set(phone, times));
    if (times.length === 4 && world.now() - (times[0] as Millis) < 1000) wrong.push(`home${home.number}: four PBUs for ${phone} within a second`);
  };

  function now(): string[] {
    const found = [...wrong.splice(0), ...ledger.wrong()];
    const bindings = [...world.anchor.lma.cache.all()];
    found.push(...twice('binding', bindings.map((b) => b.mnId.identifier)));
    found.push(...sharedBy('anchor', [...world.anchor.paths.values()]));
    for (const home of world.homes) found.push(...sharedBy(`home${home.number}`, [...home.paths.values()]), ...brokenList(home));
    for (const b of bindings) found.push(...sameAddresses(b));
    return found;
  }

  function sameAddresses(b: BindingCacheEntry): string[] {
    const name = b.mnId.identifier;
    const known = held.get(name) ?? {};
    held.set(name, known);
    const ipv4 = b.homeAddress?.address;
    const prefix = b.prefixes.map(formatPrefix).join(' ') || undefined;
    const found: string[] = [];
    if (known.ipv4 !== undefined && ipv4 !== known.ipv4 && !known.ipv4GivenBack) found.push(`${name} had ${known.ipv4} and now has ${ipv4}`);
    if (known.prefix !== undefined && prefix !== known.prefix) found.push(`${name} had ${known.prefix} and now has ${prefix}`);
    if (ipv4 !== known.ipv4 && known.ipv4GivenBack) freed.set(name, world.now());
    if (ipv4 !== undefined) known.ipv4 = ipv4;
    else delete known.ipv4;
    if (prefix !== undefined) known.prefix = prefix;
    return found;
  }

  function whenQuiet(): string[] {
    const found = now();
    for (const known of held.values()) delete known.ipv4GivenBack;
    return [...found, ...world.phones.flatMap((p) => lost(world, p, freed.get(p.nai) ?? -1)), ...world.homes.flatMap((h) => leftOver(world, h)), ...miscounted(world)];
  }

  return {
    now,
    whenQuiet,
    gaveBack(phone) {
      const known = held.get(phone.nai);
      if (known) known.ipv4GivenBack = true;
    },
  };
}

const bindingOf = (world: World, phone: Phone): BindingCacheEntry | undefined => [...world.anchor.lma.cache.all()].find((b) => b.mnId.identifier === phone.nai);

/** A phone that stays with a home has its addresses there, at the gateway, at the anchor and in its own hands. */
function lost(world: World, phone: Phone, freed: Millis): string[] {
  if (phone.home === undefined) return [];
  const home = world.homes[phone.home - 1] as Home;
  const entry = home.mag?.list.byMac.get(phone.mac);
  const where = `phone${phone.number} at home${home.number}`;
  if (entry?.state.name !== 'active' || !entry.path) return [`${where} is ${entry?.state.name ?? 'unknown'}${entry?.state.name === 'denied' ? `: ${entry.state.reason}` : ''}`];
  const binding = bindingOf(world, phone);
  if (binding?.state !== 'ACTIVE' || binding.mag !== home.identity) return [`${where}: the anchor has it ${binding?.state ?? 'nowhere'} at ${binding?.mag}`];
  return [...disagreement(where, home, entry, pathOf(world.anchor.lma, binding)), ...unserved(where, phone, entry, freed)];
}

/** Both ends of the path, with a NAT between them or not. */
function disagreement(where: string, home: Home, entry: Entry, there: Path | undefined): string[] {
  const here = home.paths.get(entry.index);
  if (!here || !there) return [`${where}: no path at the ${here ? 'anchor' : 'gateway'}`];
  const outside = home.uplink.nat && here.tunnel.transport === 'udp4' ? home.uplink.nat.publicAddress : here.tunnel.local;
  const pairs: Readonly<Record<string, readonly [unknown, unknown]>> = {
    ipv4: [here.ipv4, there.ipv4],
    prefixes: [here.prefixes.map(formatPrefix).join(), there.prefixes.map(formatPrefix).join()],
    transport: [here.tunnel.transport, there.tunnel.transport],
    'key up': [here.tunnel.sendKey, there.tunnel.receiveKey],
    'key down': [here.tunnel.receiveKey, there.tunnel.sendKey],
    mtu: [here.tunnel.mtu, there.tunnel.mtu],
    'address of the home': [outside, there.tunnel.remote],
    'address of the anchor': [here.tunnel.remote, there.tunnel.local],
  };
  return Object.entries(pairs).flatMap(([what, [a, b]]) => (a === b ? [] : [`${where}: ${what} is ${String(a)} at the gateway and ${String(b)} at the anchor`]));
}

function unserved(where: string, phone: Phone, entry: Entry, freed: Millis): string[] {
  const found: string[] = [];
  const { ipv4, prefixes } = entry.assigned;
  if (phone.ipv6 && prefixes.length === 0) found.push(`${where} has no prefix`);
  // What was advertised while it slept, or before it came back without a word, comes again with the next unsolicited advertisement.
  const missed = freed >= 0 && (phone.quiet || phone.asleepUntil >= freed);
  if (phone.ipv6 && !missed && prefixes.some((p) => !phone.prefixes.includes(p.address))) found.push(`${where} was not told its prefix`);
  if (!phone.ipv4) return found;
  const asksJustNow = phone.dhcp.state === 'renewing' && phone.dhcp.pending?.attempt === 1;
  if (phone.dhcp.state !== 'bound' && !asksJustNow) return [...found, `${where}: its DHCP client is ${phone.dhcp.state}`];
  // A phone that was away while its address went to others learns so when it renews its lease.
  const { lease } = phone.dhcp;
  if (lease && lease.expiresAt - lease.leaseSeconds * 1000 <= freed) return found;
  if (addressOf(phone) !== ipv4?.address) found.push(`${where} uses ${addressOf(phone)}, its gateway says ${ipv4?.address}`);
  return found;
}

/** A home keeps nothing of phones that are elsewhere, and its data path holds what its bindings want. */
function leftOver(world: World, home: Home): string[] {
  const found: string[] = [];
  for (const entry of home.mag?.list.byMac.values() ?? []) {
    const phone = world.phones.find((p) => p.mac === entry.mac);
    if (phone?.home !== home.number) found.push(`home${home.number} still has phone${phone?.number}: ${entry.state.name}`);
  }
  const wanted = [...(home.mag?.list.byMac.values() ?? [])].flatMap((e) => e.path ?? []);
  if (describe(wanted) !== describe([...home.paths.values()])) found.push(`home${home.number}: its data path differs from its bindings`);
  return found;
}

/** What is counted, allocated and forwarded at the anchor is what its bindings hold. */
function miscounted(world: World): string[] {
  const { lma, paths } = world.anchor;
  const bindings = [...lma.cache.all()];
  const numbers: Readonly<Record<string, readonly [number, number]>> = {
    'bce-count': [lma.statistics['bce-count'], bindings.length],
    'IPv4 addresses': [lma.ipv4Pools.get('v4')?.used ?? 0, bindings.filter((b) => b.homeAddress).length],
    prefixes: [lma.ipv6Pools.get('v6')?.used ?? 0, bindings.filter((b) => b.prefixes.length > 0).length],
    waiting: [lma.waiting.size + lma.waitingFor.size, 0],
    revocations: [lma.revocations.size, 0],
  };
  const found = Object.entries(numbers).flatMap(([what, [is, should]]) => (is === should ? [] : [`anchor: ${what} ${is}, expected ${should}`]));
  if (describe(carriedPaths(lma)) !== describe([...paths.values()])) found.push('anchor: its data path differs from its bindings');
  return found;
}

const describe = (paths: readonly Path[]): string => JSON.stringify([...paths].sort((a, b) => a.index - b.index));

function sharedBy(where: string, paths: readonly Path[]): string[] {
  return [
    ...twice(`${where}: IPv4 address`, paths.flatMap((p) => p.ipv4 ?? [])),
    ...twice(`${where}: prefix`, paths.flatMap((p) => p.prefixes.map(formatPrefix))),
    ...twice(`${where}: key`, paths.map((p) => String(p.tunnel.receiveKey))),
  ];
}

function brokenList(home: Home): string[] {
  const entries = [...(home.mag?.list.byMac.values() ?? [])];
  const odd = entries.filter((e) => e.path && (e.path.index !== e.index || e.path.tunnel.receiveKey !== e.downlinkKey));
  return [
    ...twice(`home${home.number}: index`, entries.map((e) => String(e.index))),
    ...twice(`home${home.number}: key`, entries.map((e) => String(e.downlinkKey))),
    ...odd.map((e) => `home${home.number}: the path of ${e.mac} has another index or key than its binding`),
  ];
}

function twice(what: string, values: readonly string[]): string[] {
  const seen = new Set<string>();
  return values.flatMap((v) => (seen.has(v) ? [`${what} ${v} is there twice`] : (seen.add(v), [])));
}
