/**
 * Update Notifications at the MAG (RFC 7077 §6): the LMA wants a session registered anew, or tells what changed. Repeated ones
 * are answered again and their action is done again, which is harmless: a PBU more, or parameters that stand already.
 */
import { discard, type Received } from '../../protocol/entity.ts';
import { NOTIFICATION_REASON as REASON, NOTIFICATION_STATUS as STATUS } from '../../protocol/mobility/codes.ts';
import type { MessageNamed } from '../../protocol/mobility/messages.ts';
import { find, findAll, type MobilityOption, type OptionKind, type OptionNamed } from '../../protocol/mobility/options.ts';
import { ALL_SESSIONS, BULK_GROUP, NAI } from '../../protocol/mobility/suboptions.ts';
import { seconds, type Timestamp } from '../../protocol/units.ts';
import { findSettings } from '../../protocol/vendor.ts';
import type { Entry } from './binding.ts';
import { byMnId, entriesOf } from './bindingUpdateList.ts';
import { applyQos } from './qosUpdate.ts';
import { announce, persist, type Context } from './state.ts';
import { applyTimers, readTimers, refreshAfter } from './timers.ts';

type UpdateNotification = MessageNamed<'updateNotification'>;

/** A parameter's change, ready to be made; undefined if this gateway cannot apply it. */
type Change = (() => void) | undefined;
type Appliers = { readonly [K in OptionKind]?: (c: Context, entry: Entry, option: OptionNamed<K>) => Change };

/** What a session can be told by UPDATE-SESSION-PARAMETERS. */
const appliers: Appliers = {
  lmaControlledMagParameters: (c, entry, option) => {
    const timers = readTimers([option]);
    if (!timers) return undefined;
    return () => {
      applyTimers(c.mag, entry, timers);
      rescheduleRefresh(c, entry);
    };
  },
  vendorSpecific: (c, entry, option) => {
    const settings = findSettings([option]);
    if (Object.keys(settings).length === 0) return undefined;
    return () => {
      entry.assigned = { ...entry.assigned, ...settings };
      announce(c, entry);
      persist(c, entry);
    };
  },
};

function rescheduleRefresh(c: Context, entry: Entry): void {
  if (entry.state.name !== 'active') return;
  const sentAt = entry.state.grantedUntil - seconds(entry.granted);
  entry.state = { ...entry.state, refreshAt: sentAt + refreshAfter(c.mag, entry, entry.granted) };
  c.touched.add(entry.mac);
}

/** They say whom the message is about and who sent it. */
const IDENTITY: ReadonlySet<OptionKind> = new Set(['mnIdentifier', 'homeNetworkPrefix', 'mobileNodeGroupIdentifier', 'authentication', 'magIdentifier', 'timestamp']);

export function onNotification(c: Context, received: Received, upn: UpdateNotification): void {
  const about = sessionsOf(c, received, upn);
  if (!about) return void c.effects.push(discard('an update notification says neither for which node nor for which group'));
  if (isReplay(c, received, upn)) return void c.effects.push(discard('an update notification is older than what is known'));
  const { status, refused, options }: Outcome = about.length > 0 ? act(c, about, upn) : { status: STATUS.MN_NOT_ATTACHED, refused: 'nobody here has such a session' };
  if (refused !== undefined) c.effects.push(discard(`update notification, reason ${upn.reason}: ${refused}`));
  if (upn.flags.acknowledge) acknowledge(c, received, upn, status, options);
}

interface Outcome {
  readonly status: number;
  /** Why nothing was done; goes to the log. */
  readonly refused?: string;
  /** What the answer says besides. */
  readonly options?: readonly MobilityOption[];
}
const DONE: Outcome = { status: STATUS.SUCCESS };

function act(c: Context, entries: readonly Entry[], upn: UpdateNotification): Outcome {
  switch (upn.reason) {
    case REASON.FORCE_REREGISTRATION:
      for (const entry of entries) reregister(c, entry);
      return DONE;
    case REASON.UPDATE_SESSION_PARAMETERS:
      return applyAll(c, entries, upn.options.filter((o) => !IDENTITY.has(o.kind)));
    case REASON.VENDOR_SPECIFIC: {
      const vendor = findAll(upn.options, 'vendorSpecific');
      if (vendor.length === 0) return { status: STATUS.MISSING_VENDOR_SPECIFIC_OPTION, refused: 'the vendor-specific option is missing' };
      const outcome = applyAll(c, entries, vendor);
      return outcome === DONE ? DONE : { ...outcome, status: STATUS.REASON_UNSPECIFIED };
    }
    case REASON.QOS_SERVICE_REQUEST:
      return applyQos(c, entries, upn);
    default:
      return { status: STATUS.REASON_UNSPECIFIED, refused: 'this gateway does not know what to do' };
  }
}

/** A refresh that is due now: sent at once for a phone that is here, and otherwise once it has shown itself. */
function reregister(c: Context, entry: Entry): void {
  if (entry.state.name !== 'active') return; // its PBU is under way, or will ask for everything anew
  entry.state = { name: 'active', grantedUntil: entry.state.grantedUntil, refreshAt: c.now.at };
  c.touched.add(entry.mac);
}

/** All that is understood (§4.1) for all of them, or nothing. */
function applyAll(c: Context, entries: readonly Entry[], all: readonly MobilityOption[]): Outcome {
  const options = all.filter((o) => o.kind !== 'unknown');
  const failed = (what: string): Outcome => ({ status: STATUS.FAILED_TO_UPDATE_SESSION_PARAMETERS, refused: what });
  if (options.length === 0) return failed('it holds no parameter');
  const changes: (() => void)[] = [];
  for (const entry of entries) {
    for (const option of options) {
      const applier = appliers[option.kind] as ((c: Context, e: Entry, o: MobilityOption) => Change) | undefined;
      const change = applier?.(c, entry, option);
      if (!change) return failed(`${option.kind} cannot be applied`);
      changes.push(change);
    }
  }
  for (const change of changes) change();
  return DONE;
}

/** Sessions with the LMA that sent it: of one node, or of a group; undefined if it names neither (§5). */
function sessionsOf(c: Context, { from }: Received, upn: UpdateNotification): Entry[] | undefined {
  const ofThisLma = (e: Entry): boolean => (from.remote === e.lma?.ipv6 || from.remote === e.lma?.ipv4) && (e.state.name === 'active' || e.state.name === 'registering');
  const mn = find(upn.options, 'mnIdentifier');
  if (mn) {
    const prefixes = findAll(upn.options, 'homeNetworkPrefix').map((o) => o.prefix);
    const named = (e: Entry): boolean => prefixes.length === 0 || e.assigned.prefixes.some((p) => prefixes.includes(p.address));
    return (mn.subtype === NAI ? byMnId(c.mag.list, mn.identifier) : []).filter((e) => ofThisLma(e) && named(e));
  }
  const group = findAll(upn.options, 'mobileNodeGroupIdentifier').find((o) => o.subtype === BULK_GROUP)?.group;
  if (group === undefined) return undefined;
  return group === ALL_SESSIONS ? entriesOf(c.mag.list).filter(ofThisLma) : [];
}

/**
 * A recording, played again by somebody else: nothing in RFC 7077 stands against it, so our LMA puts a Timestamp into it. One
 * that does not is believed. Messages may overtake each other by a few seconds, no more.
 */
function isReplay(c: Context, { from }: Received, upn: UpdateNotification): boolean {
  const told = find(upn.options, 'timestamp')?.timestamp;
  if (told === undefined) return false;
  const newest = c.mag.notified.get(from.remote) ?? 0n;
  if (told + OVERTAKING < newest) return true;
  c.mag.notified.set(from.remote, told > newest ? told : newest);
  return false;
}
/** 5 s in units of 1/65536 s. */
const OVERTAKING: Timestamp = 5n << 16n;

/** Sequence and identity copied, to where it came from (§6.2). */
function acknowledge(c: Context, { from, peer }: Received, upn: UpdateNotification, status: number, more: readonly MobilityOption[] = []): void {
  c.effects.push({
    kind: 'send',
    to: from,
    ...(peer === undefined ? {} : { peer }),
    message: { kind: 'updateNotificationAcknowledgement', sequence: upn.sequence, status, options: [...upn.options.filter((o) => o.kind === 'mnIdentifier' || o.kind === 'mobileNodeGroupIdentifier'), ...more] },
  });
}
