/**
 * Groups of sessions at the MAG (RFC 6602 §5.1): one PBU extends all of this gateway's sessions with an LMA, where that LMA put
 * them into its group. The gateway's own group is ALL-SESSIONS. Nothing is extended for a phone that may have left, so it
 * takes all of them to be here; and whatever goes wrong is put right by a PBU for each.
 */
import { isAccepted } from '../../protocol/mobility/codes.ts';
import { noUpdateFlags, type BindingAcknowledgement } from '../../protocol/mobility/messages.ts';
import { find, findAll, type MobilityOption, type OptionKind, type OptionNamed } from '../../protocol/mobility/options.ts';
import { ALL_SESSIONS, BULK_GROUP, NAI } from '../../protocol/mobility/suboptions.ts';
import type { Mac } from '../../protocol/mac.ts';
import type { Endpoint, Received } from '../../protocol/entity.ts';
import { discard } from '../../protocol/entity.ts';
import { seconds, type Millis, type Timestamp } from '../../protocol/units.ts';
import { findBulkCount } from '../../protocol/vendor.ts';
import type { Entry } from './binding.ts';
import { entriesOf } from './bindingUpdateList.ts';
import { lmasInUse } from './configure.ts';
import { isPresent } from './presence.ts';
import { announce, persist, type Context } from './state.ts';
import { applyTimers, readTimers, refreshAfter } from './timers.ts';
import { endpointTo } from './transport.ts';
import { clockMissing, stamp } from './updates.ts';

/** A PBU for a group on its way to one LMA. */
export interface GroupUpdate {
  readonly sequence: number;
  readonly timestamp: Timestamp;
  readonly sentAt: Millis;
  readonly members: readonly Mac[];
}

/** After a bulk update that failed each session is refreshed alone for so long. */
const PAUSE: Millis = seconds(60);
/** One alone needs no group. */
const WORTH_IT = 2;

export const groupOption: OptionNamed<'mobileNodeGroupIdentifier'> = { kind: 'mobileNodeGroupIdentifier', subtype: BULK_GROUP, group: ALL_SESSIONS };
export const groupIn = (options: readonly MobilityOption[]): number | undefined => findAll(options, 'mobileNodeGroupIdentifier').find((o) => o.subtype === BULK_GROUP)?.group;

/** Each names one session, and has no place in a message about many (§5.1.3). */
const OF_ONE_SESSION: ReadonlySet<OptionKind> = new Set(['mnIdentifier', 'homeNetworkPrefix', 'ipv4HomeAddressRequest', 'greKey']);
export const namesOneSession = (options: readonly MobilityOption[]): boolean => options.some((o) => OF_ONE_SESSION.has(o.kind));

/** Refreshes every session with the entry's LMA at once; false if that cannot be. */
export function refreshGroup(c: Context, entry: Entry): boolean {
  const { mag, now } = c;
  const to = entry.lma && endpointTo(entry.lma, mag.careOf);
  if (!mag.config.bulk || !entry.grouped || !to || !entry.lma || !mag.config.timestamps || clockMissing(mag)) return false;
  const { id } = entry.lma;
  // The last one went unanswered, or its answer was no good.
  if (mag.groupUpdates.delete(id)) mag.groupPauses.set(id, now.at + PAUSE);
  if ((mag.groupPauses.get(id) ?? -Infinity) > now.at) return false;
  const members = entriesOf(mag.list).filter((e) => e.grouped && e.lma?.id === id && e.state.name !== 'deregistering');
  if (members.length < WORTH_IT || !members.every((e) => isExtensible(c, e, to))) return false;
  const { sequence, timestamp = 0n } = stamp(c, entry);
  mag.groupUpdates.set(id, { sequence, timestamp, sentAt: now.at, members: members.map((e) => e.mac) });
  for (const e of members) {
    e.newestUpdate = timestamp;
    refreshAt(c, e, now.at + mag.config.timers.retransmitInitial);
  }
  c.effects.push({
    kind: 'send',
    to,
    peer: id,
    message: {
      kind: 'bindingUpdate',
      sequence,
      flags: { ...noUpdateFlags, acknowledge: true, proxy: true },
      lifetime: mag.config.timers.lifetime,
      options: [groupOption, { kind: 'timestamp', timestamp }, { kind: 'magIdentifier', subtype: NAI, identifier: mag.config.identity }],
    },
  });
  return true;
}

/** Settled, present, and registered from where the PBU leaves. */
const isExtensible = (c: Context, e: Entry, to: Endpoint): boolean => e.state.name === 'active' && !e.state.request && !e.probe && isPresent(c, e) && e.path?.tunnel.local === to.local;

function refreshAt(c: Context, e: Entry, at: Millis): void {
  if (e.state.name !== 'active' || e.state.request) return;
  e.state = { ...e.state, refreshAt: at };
  c.touched.add(e.mac);
}

/** The answer to a PBU for a group. False: this PBA is about one session. */
export function onGroupAcknowledgement(c: Context, { from }: Received, pba: BindingAcknowledgement): boolean {
  const { mag, now } = c;
  if (groupIn(pba.options) === undefined || find(pba.options, 'mnIdentifier')) return false;
  const lma = lmasInUse(mag).find((l) => l.ipv6 === from.remote || l.ipv4 === from.remote);
  const update = lma && mag.groupUpdates.get(lma.id);
  if (!update || update.sequence !== pba.sequence) {
    c.effects.push(discard('PBA answers no outstanding PBU'));
    return true;
  }
  const timers = readTimers(pba.options);
  if (!timers) {
    c.effects.push(discard('the PBA sets a timer of the gateway to zero'));
    return true;
  }
  mag.groupUpdates.delete(lma.id);
  const members = update.members.flatMap((mac) => mag.list.byMac.get(mac) ?? []).filter((e) => e.lma?.id === lma.id);
  const accepted = isAccepted(pba.status) && pba.lifetime > 0 && find(pba.options, 'timestamp')?.timestamp === update.timestamp;
  // Our LMA says how many it extended: with one more or less, one of us knows a session that the other does not.
  if (!accepted || (findBulkCount(pba.options) ?? update.members.length) !== update.members.length) {
    mag.groupPauses.set(lma.id, now.at + PAUSE);
    for (const e of members) refreshAt(c, e, now.at);
    return true;
  }
  const granted = Math.min(pba.lifetime, mag.config.timers.lifetime);
  for (const e of members) {
    if (e.state.name !== 'active' || e.state.request) continue;
    e.granted = granted;
    applyTimers(mag, e, timers);
    e.state = { name: 'active', grantedUntil: update.sentAt + seconds(granted), refreshAt: update.sentAt + refreshAfter(mag, e, granted) };
    c.touched.add(e.mac);
    persist(c, e);
    announce(c, e);
  }
  return true;
}
