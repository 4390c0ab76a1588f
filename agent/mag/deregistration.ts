/** The phone left, or gave one family back (RFC 5213 §6.9.1.4, 5844 §3.2.3.3). Never retransmitted. */
import { HANDOFF } from '../../protocol/mobility/codes.ts';
import type { Millis } from '../../protocol/units.ts';
import type { Entry, Outstanding, State } from './binding.ts';
import { addEntry } from './bindingUpdateList.ts';
import { buildBindingUpdate } from './bindingUpdate.ts';
import type { Profile } from './profile.ts';
import { isPresent, startProbe } from './presence.ts';
import { adopt } from './profileAnswer.ts';
import { register } from './registration.ts';
import { releaseLocally } from './release.ts';
import { become, drop, type Context } from './state.ts';
import { endpointTo } from './transport.ts';
import { clockMissing, heldUntil, stamp } from './updates.ts';

/** What a de-registration names: the whole session, or one family alone; and that the phone met its address elsewhere. */
export interface Deregistration {
  readonly only?: 'ipv4' | 'ipv6';
  readonly addressConflict?: boolean;
}

/**
 * The session ends: lifetime 0, then everything goes on the PBA or after INITIAL_BINDACK_TIMEOUT. `next`: the phone stays,
 * and this session of its begins then, unless it turns out to have left.
 */
export function deregister(c: Context, entry: Entry, reason: string, { next, ...what }: Deregistration & { readonly next?: Profile } = {}): void {
  const hadSession = entry.state.name === 'active' || entry.state.name === 'registering';
  const sent = hadSession ? sendDeregistration(c, entry, what) : undefined;
  if (!sent) return leave(c, entry, reason, next);
  delete entry.probe;
  delete entry.departure;
  become(c, entry, { ...leaving(c, sent), ...(next ? { next } : {}) }, reason);
}

/** The de-registration was answered, or will not be. */
export function endDeregistration(c: Context, entry: Entry, reason: string): void {
  leave(c, entry, reason, entry.state.name === 'deregistering' ? entry.state.next : undefined);
}

/** Another session gets an index and a key of its own, and is told what the phone was told. */
function leave(c: Context, entry: Entry, reason: string, next: Profile | undefined): void {
  drop(c, entry, reason);
  if (!next) return;
  const { mac, identity, clientId, toldIpv4 } = entry;
  const successor = addEntry(c.mag.list, mac, entry.interface, entry.lastSeen, c.mag.config.random32);
  Object.assign(successor, identity === undefined ? {} : { identity }, clientId === undefined ? {} : { clientId }, toldIpv4 === undefined ? {} : { toldIpv4 });
  adopt(successor, next);
  // A session for a phone that is not here could take the one of another phone of its account.
  if (isPresent(c, successor)) register(c, successor, 'initial', `the session of its new profile (${next.source})`);
  else startProbe(c, successor, 'retry');
}

/** It was held back by MAX_UPDATE_RATE; its turn has come. */
export function deregisterLate(c: Context, entry: Entry): void {
  const sent = sendDeregistration(c, entry, {});
  if (sent) entry.state = { ...entry.state, ...leaving(c, sent) };
  else endDeregistration(c, entry, 'no way to the LMA for the de-registration');
}

/** The profile has this family no more (RFC 5844 §3.2.3.3): the other one goes on. */
export function releaseFamily(c: Context, entry: Entry, only: 'ipv4' | 'ipv6'): void {
  const held = only === 'ipv4' ? entry.assigned.ipv4 !== undefined : entry.assigned.prefixes.length > 0;
  if (entry.state.name !== 'active' || !held) return;
  sendDeregistration(c, entry, { only });
  if (only === 'ipv4') delete entry.toldIpv4;
  releaseLocally(c, entry, only);
}

/** DHCPRELEASE or DHCPDECLINE: IPv4 alone goes, never the prefixes (RFC 5844 §3.4.3); without prefixes nothing is left. */
export function releaseIpv4(c: Context, entry: Entry, conflict: boolean): void {
  if (entry.state.name !== 'active' || !entry.assigned.ipv4) return;
  const what: Deregistration = { only: 'ipv4', addressConflict: conflict };
  if (entry.assigned.prefixes.length === 0) return deregister(c, entry, conflict ? 'the phone met its only address elsewhere' : 'the phone gave its only address back', what);
  sendDeregistration(c, entry, what);
  entry.ipv4Released = true;
  delete entry.toldIpv4;
  releaseLocally(c, entry, 'ipv4');
}

/** One PBU with lifetime 0, or the instant at which it may leave; undefined if there is no way to the LMA now. */
export function sendDeregistration(c: Context, entry: Entry, what: Deregistration): Outstanding | { readonly heldUntil: Millis } | undefined {
  const to = entry.lma && endpointTo(entry.lma, c.mag.careOf);
  if (!to || !entry.lma || !entry.profile || clockMissing(c.mag)) return undefined;
  const held = heldUntil(c, entry.mac);
  if (held !== undefined) return { heldUntil: held };
  const stamped = stamp(c, entry);
  const wish = { ...stamped, lifetime: 0, handoff: HANDOFF.UNKNOWN, initial: false, forceUdp: false, wanMtu: c.mag.careOf.mtu, ...what };
  c.effects.push({ kind: 'send', to, peer: entry.lma.id, message: buildBindingUpdate(c.mag.config, entry as Entry & { profile: Profile }, wish) });
  return { ...stamped, sentAt: c.now.at, handoff: wish.handoff, forceUdp: false };
}

/** On its way out: the request is not repeated, and only waits for its PBA or for its turn. */
function leaving(c: Context, sent: Outstanding | { readonly heldUntil: Millis }): Extract<State, { name: 'deregistering' }> {
  const out = 'sequence' in sent;
  const retransmitAt = out ? Infinity : sent.heldUntil;
  const giveUpAt = (out ? c.now.at : retransmitAt) + c.mag.config.timers.retransmitInitial;
  return { name: 'deregistering', request: { kind: 'move', outstanding: out ? [sent] : [], interval: 0, retransmitAt }, giveUpAt };
}
