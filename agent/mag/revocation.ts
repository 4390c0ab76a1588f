/** Revocation at the MAG (RFC 5846 §6.2, §9.1): what the LMA may take away, and how it is answered. */
import type { Endpoint, Received } from '../../protocol/entity.ts';
import { REVOCATION_STATUS as RS, TRIGGER } from '../../protocol/mobility/codes.ts';
import type { BindingRevocationIndication } from '../../protocol/mobility/messages.ts';
import { find, findAll } from '../../protocol/mobility/options.ts';
import { refuseRevocation, revocationAnswer } from '../../protocol/mobility/revocation.ts';
import { ALL_SESSIONS, NAI } from '../../protocol/mobility/suboptions.ts';
import type { Timestamp } from '../../protocol/units.ts';
import { requestOf, type Entry } from './binding.ts';
import { byMnId, entriesOf } from './bindingUpdateList.ts';
import { groupIn, namesOneSession } from './group.ts';
import { releaseLocally } from './release.ts';
import { startProbe } from './presence.ts';
import { register } from './registration.ts';
import { drop, remember, type Context } from './state.ts';

const HANDOVER_TRIGGERS: ReadonlySet<number> = new Set([TRIGGER.HANDOVER_SAME_ATT, TRIGGER.HANDOVER_DIFFERENT_ATT, TRIGGER.HANDOVER_UNKNOWN]);
/** After these the phone itself is sent away. */
const DEAUTHENTICATE: ReadonlySet<number> = new Set([TRIGGER.UNSPECIFIED, TRIGGER.ADMINISTRATIVE, TRIGGER.USER_INITIATED, TRIGGER.ACCESS_NETWORK]);

export function onRevocation(c: Context, received: Received, bri: BindingRevocationIndication): void {
  const { trigger, flags } = bri;
  const refused = refuseRevocation(bri);
  if (refused !== undefined) return answer(c, received, bri, refused);
  if (groupIn(bri.options) !== undefined) return revokeGroup(c, received, bri);
  if (flags.global) return revokeGlobally(c, received, bri);
  const mn = find(bri.options, 'mnIdentifier');
  const prefixes = findAll(bri.options, 'homeNetworkPrefix').map((o) => o.prefix);
  const found = (mn?.subtype === NAI ? byMnId(c.mag.list, mn.identifier) : []).filter(
    (e) => fromItsLma(e, received.from) && !isReplay(bri, e) && (prefixes.length === 0 || e.assigned.prefixes.some((p) => prefixes.includes(p.address))),
  );
  if (found.length === 0) return answer(c, received, bri, RS.BINDING_DOES_NOT_EXIST);
  if (flags.ipv4Only) return revokeIpv4(c, received, bri, found);
  if (HANDOVER_TRIGGERS.has(trigger)) return onHandover(c, received, bri, found);
  answer(c, received, bri, RS.SUCCESS);
  for (const entry of found) revoke(c, entry, trigger);
}

/** Of the LMA's groups there is one, ALL-SESSIONS: every session that it said is in it (RFC 6602 §5.1.3). */
function revokeGroup(c: Context, received: Received, bri: BindingRevocationIndication): void {
  const named = groupIn(bri.options) === ALL_SESSIONS && !namesOneSession(bri.options);
  const members = named ? entriesOf(c.mag.list).filter((e) => e.grouped && fromItsLma(e, received.from) && !isReplay(bri, e)) : [];
  answer(c, received, bri, members.length > 0 ? RS.SUCCESS : RS.BINDING_DOES_NOT_EXIST);
  for (const entry of members) revoke(c, entry, bri.trigger);
}

/** What is denied here is no binding that could have moved. */
function onHandover(c: Context, received: Received, bri: BindingRevocationIndication, found: readonly Entry[]): void {
  const holder = found.find((e) => e.state.name !== 'denied');
  if (holder) doubt(c, received, bri, holder);
  else answer(c, received, bri, RS.SUCCESS);
}

/** "If the node is attached the revocation MUST be refused": it is asked, because the old home's own word is stale. */
function doubt(c: Context, received: Received, bri: BindingRevocationIndication, entry: Entry): void {
  const asked = entry.probe?.purpose === 'revocation';
  entry.revocation = { from: received.from, indication: bri, ...(received.peer === undefined ? {} : { peer: received.peer }) };
  if (entry.state.name === 'deregistering') movedAway(c, entry);
  else if (!asked) startProbe(c, entry, 'revocation');
}

/** The phone showed itself after a handover trigger: 132, and the binding is taken back by a PBU of our own. */
export function stillAttached(c: Context, entry: Entry): void {
  const pending = entry.revocation;
  delete entry.probe;
  delete entry.revocation;
  if (pending) answer(c, pending, pending.indication, RS.NODE_IS_ATTACHED);
  // A PBU that takes the session is on its way already, and its answer must still find it.
  const kind = requestOf(entry.state)?.kind;
  if (kind !== 'initial' && kind !== 'move') register(c, entry, 'move', 'the phone is still here although the LMA says that it moved');
}

/** It did not: the session lives elsewhere now, so everything here goes and nothing is de-registered. */
export function movedAway(c: Context, entry: Entry): void {
  const pending = entry.revocation;
  if (pending) answer(c, pending, pending.indication, RS.SUCCESS);
  drop(c, entry, 'the phone moved to another home');
}

function revokeIpv4(c: Context, received: Received, bri: BindingRevocationIndication, found: readonly Entry[]): void {
  const wanted = find(bri.options, 'ipv4HomeAddressRequest');
  if (!wanted) return answer(c, received, bri, RS.IPV4_HOME_ADDRESS_OPTION_REQUIRED);
  const entry = found.find((e) => e.assigned.ipv4?.address === wanted.address);
  if (!entry) return answer(c, received, bri, RS.BINDING_DOES_NOT_EXIST);
  // An IPv4-only session is named by its address, also when it moved.
  if (HANDOVER_TRIGGERS.has(bri.trigger)) return onHandover(c, received, bri, [entry]);
  answer(c, received, bri, RS.SUCCESS);
  entry.lessons = { ...entry.lessons, noIpv4: true };
  if (entry.assigned.prefixes.length === 0) return revoke(c, entry, bri.trigger);
  releaseLocally(c, entry, 'ipv4');
}

/** What signs a message says nothing about its subject. */
const PROTECTION: ReadonlySet<string> = new Set(['authentication', 'magIdentifier', 'timestamp']);

/** Per peer: no options at all (§9.1). By policy of a node group: MN-ID of the form `@realm`. */
function revokeGlobally(c: Context, received: Received, bri: BindingRevocationIndication): void {
  const mine = entriesOf(c.mag.list).filter((e) => fromItsLma(e, received.from) && !isReplay(bri, e));
  let chosen = mine;
  const options = bri.options.filter((o) => !PROTECTION.has(o.kind));
  if (bri.trigger === TRIGGER.PER_PEER_POLICY) {
    if (options.length > 0) return answer(c, received, bri, RS.FUNCTION_NOT_SUPPORTED);
  } else {
    const mn = find(options, 'mnIdentifier');
    if (mn?.subtype !== NAI || !/^@[^@]+$/.test(mn.identifier)) return answer(c, received, bri, RS.IDENTITY_REQUIRED);
    chosen = mine.filter((e) => e.profile?.nai.endsWith(mn.identifier));
  }
  answer(c, received, bri, RS.SUCCESS);
  for (const entry of chosen) revoke(c, entry, bri.trigger);
}

function revoke(c: Context, entry: Entry, trigger: number): void {
  if (DEAUTHENTICATE.has(trigger)) c.effects.push({ kind: 'deauthenticate', interface: entry.interface, mac: entry.mac, reason: `the LMA revoked the binding (trigger ${trigger})` });
  // It stays, and may get another address when it is registered again: then it has to hear of that.
  else if (entry.toldIpv4 !== undefined) remember(c.mag.stillTold, entry.mac, entry.toldIpv4);
  drop(c, entry, `the LMA revoked the binding (trigger ${trigger})`);
}

/**
 * Recorded before the phone registered here (again), and sent by somebody else. Clocks may differ by the domain's window; an
 * LMA that puts no Timestamp option into a BRI is believed.
 */
function isReplay(bri: BindingRevocationIndication, entry: Entry): boolean {
  const told = find(bri.options, 'timestamp')?.timestamp;
  return told !== undefined && entry.newestUpdate !== undefined && told + CLOCK_DIFFERENCE < entry.newestUpdate;
}
/** Half a second, in units of 1/65536 s. */
const CLOCK_DIFFERENCE: Timestamp = 1n << 15n;

const fromItsLma = (entry: Entry, from: Endpoint): boolean => from.remote === entry.lma?.ipv6 || from.remote === entry.lma?.ipv4;

/** To where the BRI came from (§6.1.2). */
function answer(c: Context, to: { readonly from: Endpoint; readonly peer?: string }, bri: BindingRevocationIndication, status: number): void {
  c.effects.push({ kind: 'send', to: to.from, ...(to.peer === undefined ? {} : { peer: to.peer }), message: revocationAnswer(bri, status) });
}
