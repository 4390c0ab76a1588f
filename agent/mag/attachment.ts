/** A phone comes, shows itself, asks, or is missing from a list (RFC 5213 §6.9.1.1, §6.13). */
import type { Mac } from '../../protocol/address.ts';
import type { Millis } from '../../protocol/units.ts';
import { requestOf, type Entry } from './binding.ts';
import { addEntry, entriesOf } from './bindingUpdateList.ts';
import { detach } from './departure.ts';
import type { StationFacts } from './profile.ts';
import { askProfile } from './profileAnswer.ts';
import { isPresent, startProbe } from './presence.ts';
import { register, sendAtOnce } from './registration.ts';
import { stillAttached } from './revocation.ts';
import { announce, announceGone, become, drop, openPath, persist, type Context } from './state.ts';
import { updatedSince } from './updates.ts';

/** RFC 5213 §6.9.1.1(1): identify the node first, then register it. */
export function attach(c: Context, station: StationFacts, at: Millis): void {
  const { mag } = c;
  const entry = liveEntry(c, station.mac) ?? newEntry(c, station, at);
  entry.lastSeen = Math.max(entry.lastSeen, at);
  const { identity } = entry;
  delete entry.departure;
  const learned = learn(entry, station);
  if (entry.interface !== station.interface) changeInterface(c, entry, station.interface);
  // Somebody else's credentials under the same MAC: what they are entitled to is found out while the session goes on.
  if (identity !== entry.identity && entry.state.name !== 'profile' && entry.state.name !== 'denied') askProfile(c, entry);
  const refused = mag.refused.get(station.mac);
  if (refused) return become(c, entry, refused, `still denied: ${refused.reason}`);
  switch (entry.state.name) {
    case 'active':
      if (updatedSince(mag, entry.mac, at)) return undefined; // the same attachment, told a second time
      entry.stages = { associated: at };
      if (entry.probe?.purpose === 'revocation') return stillAttached(c, entry);
      // The phone may have been at another home meanwhile, and nobody would have told us: take the session (back).
      delete entry.probe;
      return register(c, entry, 'move', 'the phone attached again');
    case 'registering':
      if (updatedSince(mag, entry.mac, at)) return undefined;
      entry.stages = { associated: at };
      delete entry.probe;
      // What is outstanding may have been overtaken by another home's PBU: only a new one counts.
      return register(c, entry, 'initial', 'the phone attached again');
    case 'profile':
      entry.stages = { associated: at };
      return learned || entry.question === undefined ? askProfile(c, entry) : undefined;
    case 'waiting':
    case 'denied':
    case 'deregistering':
      return undefined;
  }
}

/** True if something that a profile may hang on is new. */
function learn(entry: Entry, { interface: accessInterface, identity = entry.identity, clientId = entry.clientId }: StationFacts): boolean {
  const same = accessInterface === entry.interface && identity === entry.identity && clientId === entry.clientId;
  Object.assign(entry, identity === undefined ? {} : { identity }, clientId === undefined ? {} : { clientId });
  return !same;
}

/** The phone's entry, unless it is on its way out or was refused only until now: its late PBA matches nothing any more. */
function liveEntry(c: Context, mac: Mac): Entry | undefined {
  const known = c.mag.list.byMac.get(mac);
  if (!known) return undefined;
  const { state } = known;
  if (state.name !== 'deregistering' && !(state.name === 'denied' && state.until === 'attach')) return known;
  drop(c, known, 'the phone attached again');
  return undefined;
}

function newEntry(c: Context, station: StationFacts, at: Millis): Entry {
  const { list, config, refusedFamilies } = c.mag;
  const entry = addEntry(list, station.mac, station.interface, at, config.random32);
  entry.lessons = refusedFamilies.get(station.mac) ?? {};
  return entry;
}

/** Another BSS of the same home: the path follows the phone at once. */
function changeInterface(c: Context, entry: Entry, to: string): void {
  announceGone(c, entry);
  entry.interface = to;
  if (entry.path) openPath(c, entry, entry.path.tunnel);
  announce(c, entry);
  persist(c, entry);
}

/** The list is the authority after a gap: who is not on it has left, who is new on it has come. */
export function onStationList(c: Context, accessInterface: string, macs: readonly Mac[]): void {
  const present = new Set(macs);
  for (const e of entriesOf(c.mag.list)) if (!present.has(e.mac)) detach(c, e, accessInterface, 'not on the station list any more');
  for (const mac of present) {
    const known = c.mag.list.byMac.get(mac);
    // Who is listed may have walked away without a word: only a frame of its own attaches it, or renews what it has.
    if (!known || known.state.name === 'deregistering') c.effects.push({ kind: 'checkPresence', interface: accessInterface, mac, prefixes: [], since: c.now.at - c.mag.config.timers.detachPeriod });
    else if (known.state.name === 'active' && !known.state.request && !known.probe) known.state = { ...known.state, refreshAt: c.now.at };
  }
}

/** The phone asks for addresses: it is here, whether or not anybody else said so. */
export function onWantBinding(c: Context, station: StationFacts, wantedIpv4: string | undefined): void {
  const known = c.mag.list.byMac.get(station.mac);
  if (!known) {
    attach(c, station, c.now.at);
    const entry = c.mag.list.byMac.get(station.mac);
    if (entry && wantedIpv4) entry.wantedIpv4 = wantedIpv4;
    return;
  }
  onSeen(c, known, c.now.at);
  const learned = learn(known, { ...station, interface: known.interface });
  if (learned && !known.profile) return identify(c, known, 'more is known of the phone');
  if (!known.ipv4Released || known.state.name !== 'active') return;
  delete known.ipv4Released;
  if (wantedIpv4) known.wantedIpv4 = wantedIpv4;
  register(c, known, 'move', 'the phone wants an IPv4 address again');
}

/** A frame of the phone; what asked for it goes on, if the frame is young enough. */
export function onSeen(c: Context, e: Entry, at: Millis): void {
  e.lastSeen = Math.max(e.lastSeen, at);
  if (e.departure && at >= e.departure.since) delete e.departure;
  const { probe, state } = e;
  if (!probe || at < probe.since) return;
  delete e.probe;
  switch (probe.purpose) {
    case 'presence':
      return undefined; // what is due goes on by itself
    case 'move':
      return register(c, e, 'move', 'the phone is here');
    case 'overtaken': {
      const request = requestOf(state);
      return request ? sendAtOnce(c, e, request) : undefined;
    }
    case 'retry':
      return startAnew(c, e, 'the pause is over');
    case 'refresh refused':
      return register(c, e, 'move', 'the phone is here although the LMA refused the refresh');
    case 'revocation':
      return stillAttached(c, e);
  }
}

/** What was learned is forgotten, save what only an administrator lifts. */
export function startAnew(c: Context, e: Entry, reason: string): void {
  if (!e.profile) return identify(c, e, reason);
  e.refusedBy = [];
  e.lessons = c.mag.refusedFamilies.get(e.mac) ?? {};
  register(c, e, 'initial', reason);
}

/** RFC 5213 §6.9.1.1(1) once more. */
function identify(c: Context, e: Entry, reason: string): void {
  if (e.state.name !== 'profile') become(c, e, { name: 'profile' }, reason);
  askProfile(c, e);
}

/** A fresh registration for a phone of which nothing has been heard for a while. */
export function startAnewIfPresent(c: Context, e: Entry, reason: string): void {
  if (isPresent(c, e)) startAnew(c, e, reason);
  else startProbe(c, e, 'retry');
}

/** An administrator lifts every refusal. */
export function retryDenied(c: Context): void {
  c.mag.refused.clear();
  c.mag.refusedFamilies.clear();
  for (const e of entriesOf(c.mag.list)) {
    if (e.state.name === 'denied') {
      e.state = { ...e.state, until: 'attach' };
      startAnewIfPresent(c, e, 'an administrator asked for another try');
    } else if (e.lessons.noIpv4 || e.lessons.noIpv6) {
      e.lessons = {};
      if (e.state.name === 'active') reregister(c, e, 'an administrator asked for another try');
    }
  }
}

/** HI 4 for a session that lives, once it is known that the phone is here and not at another home. */
export function reregister(c: Context, e: Entry, reason: string): void {
  if (e.probe?.purpose === 'revocation' || e.probe?.purpose === 'refresh refused') return; // their end does the same
  delete e.probe;
  if (isPresent(c, e)) register(c, e, 'move', reason);
  else startProbe(c, e, 'move');
}
