/** A phone comes, changes its access point, asks for addresses, or is missing from a list (RFC 5213 §6.9.1.1). */
import type { Mac } from '../../protocol/mac.ts';
import type { Millis } from '../../protocol/units.ts';
import { requestOf, type Entry } from './binding.ts';
import { addEntry, entriesOf } from './bindingUpdateList.ts';
import { detach } from './departure.ts';
import type { StationFacts } from './profile.ts';
import { askProfile } from './profileAnswer.ts';
import { proofSince } from './presence.ts';
import { register } from './registration.ts';
import { stillAttached } from './revocation.ts';
import { identify, onSeen } from './sighting.ts';
import { announce, announceGone, become, drop, openPath, persist, type Context } from './state.ts';
import { updatedSince } from './updates.ts';

/** The longest that a phone is off the air between two access points of one link; after more it may come from another home. */
const BETWEEN_ACCESS_POINTS: Millis = 1000;
/** So much sooner than hostapd's word of it may the first frames after an association be read. */
const OVERTAKING: Millis = 20;

/** RFC 5213 §6.9.1.1(1): identify the node first, then register it. `heard`: its last frame, as the data path has it. */
export function attach(c: Context, station: StationFacts, at: Millis, heard?: Millis): void {
  const { mag } = c;
  const entry = liveEntry(c, station.mac) ?? newEntry(c, station, at);
  const sameLink = changedAccessPoint(entry, station, at, [entry.lastSeen, heard ?? -Infinity]);
  entry.lastSeen = Math.max(entry.lastSeen, at);
  const reached = entry.interface;
  const { identity } = entry;
  delete entry.departure;
  const learned = learn(entry, station);
  if (reached !== station.interface) changeInterface(c, entry, station.interface);
  if (sameLink) return undefined;
  // Other credentials, or a link with profiles of its own: what it is entitled to is found out while the session goes on.
  if ((identity !== entry.identity || reached !== entry.interface) && entry.state.name !== 'profile' && entry.state.name !== 'denied') askProfile(c, entry);
  entry.justAttached = true;
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

/**
 * Inter-AP mobility: from one access point of an access link to another is nothing that the LMA need know of. Only for a
 * phone that was heard here just before, and whose session nobody doubts; any other may come from another home.
 */
function changedAccessPoint(entry: Entry, station: StationFacts, at: Millis, frames: readonly Millis[]): boolean {
  const request = requestOf(entry.state);
  const settled = entry.state.name === 'active' && (!request || request.kind === 'refresh') && !entry.probe && !entry.departure;
  const same = entry.interface === station.interface && (station.identity === undefined || station.identity === entry.identity);
  return settled && same && frames.some((seen) => seen >= at - BETWEEN_ACCESS_POINTS && seen <= at - OVERTAKING);
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
  const toldIpv4 = c.mag.stillTold.get(station.mac);
  if (toldIpv4 !== undefined) entry.toldIpv4 = toldIpv4;
  c.mag.stillTold.delete(station.mac);
  return entry;
}

/** Intra-MAG mobility: the path follows the phone to another access interface of the home at once. */
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
    if (known?.interface === accessInterface) delete known.departure;
    // Who is listed may have walked away without a word: only a frame of its own attaches it, or renews what it has.
    if (!known || known.state.name === 'deregistering' || known.interface !== accessInterface) c.effects.push({ kind: 'checkPresence', interface: accessInterface, mac, prefixes: [], since: proofSince(c) });
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
