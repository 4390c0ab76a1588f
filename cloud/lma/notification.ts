/**
 * Update Notifications of the anchor (RFC 7077 §5): a gateway is asked to register a session anew, or told of parameters that
 * changed. Repeated until the gateway acknowledges; where that was not asked for, until the PBU that was asked for is seen.
 */
import type { Endpoint, Received } from '../../protocol/entity.ts';
import { NOTIFICATION_REASON } from '../../protocol/mobility/codes.ts';
import type { MessageNamed } from '../../protocol/mobility/messages.ts';
import type { MobilityOption } from '../../protocol/mobility/options.ts';
import { ALL_SESSIONS, BULK_GROUP } from '../../protocol/mobility/suboptions.ts';
import { timestampOf, type UnixMillis } from '../../protocol/units.ts';
import type { BindingCacheEntry } from './bindingCache.ts';
import { magOf, sessionsOf, type SessionScope } from './scope.ts';
import { drop, send, tell, type Lma, type Step } from './state.ts';
import { count } from './statistics.ts';

export type UpdateNotification = MessageNamed<'updateNotification'>;
export type UpdateNotificationAcknowledgement = MessageNamed<'updateNotificationAcknowledgement'>;

export interface Notify {
  readonly kind: 'notify';
  readonly scope: SessionScope;
  /** `NOTIFICATION_REASON` of protocol/mobility/codes.ts */
  readonly reason: number;
  /** The parameters: what the gateway is to apply to each of the sessions (§5). */
  readonly options?: readonly MobilityOption[];
  /** A flag; default: not for reasons 1 and 4, whose answer is a PBU (§5.1). */
  readonly acknowledge?: boolean;
  /** Gateways that know no Update Notification are tried again (§5.2). */
  readonly administrative?: boolean;
}

/** One message that may have to be repeated. */
export interface Notification {
  /** One session; undefined = all that this gateway has with us. */
  readonly entry: BindingCacheEntry | undefined;
  readonly to: Endpoint;
  /** Authenticated identity, or the address where nothing is. */
  readonly mag: string;
  readonly peer: string | undefined;
  /** Where its sessions are found. */
  readonly proxyCoa: string;
  readonly message: UpdateNotification;
  readonly sentAt: UnixMillis;
  attempt: number;
}

export interface Notifications {
  /** Of the last one; the first is random. */
  sequence: number;
  readonly outstanding: Map<number, Notification>;
  /** MAGs that answered with Binding Error 2. */
  readonly unaware: Set<string>;
}

export const createNotifications = (random: number): Notifications => ({ sequence: random & 0xffff, outstanding: new Map(), unaware: new Set() });

/** Half the sequence numbers. */
const MAX_OUTSTANDING = 0x8000;
/** Their answer is a PBU, so no acknowledgement is asked for (§5.1: RECOMMENDED). */
const ANSWERED_BY_PBU: ReadonlySet<number> = new Set([NOTIFICATION_REASON.FORCE_REREGISTRATION, NOTIFICATION_REASON.ANI_PARAMS_REQUESTED]);

/** A gateway all of whose sessions are meant gets one message for them: group ALL-SESSIONS needs no negotiation (§5). */
export function notify(step: Step, event: Notify): void {
  const sessions = sessionsOf(step.lma, event.scope).filter((e) => e.state === 'ACTIVE');
  const whole = event.scope.kind === 'all' || event.scope.kind === 'mag';
  const told = new Set<string>();
  for (const entry of sessions) {
    const mag = magOf(entry);
    if (event.administrative) step.lma.notifications.unaware.delete(mag);
    if (whole && told.has(mag)) continue;
    told.add(mag);
    originate(step, event, entry, whole);
  }
}

function originate(step: Step, event: Notify, entry: BindingCacheEntry, whole: boolean): void {
  const { notifications, statistics } = step.lma;
  const mag = magOf(entry);
  if (notifications.unaware.has(mag)) return count(statistics.dropped, 'gateway-knows-no-update-notification');
  if (notifications.outstanding.size >= MAX_OUTSTANDING) return drop(step, 'too-many-update-notifications');
  const message: UpdateNotification = {
    kind: 'updateNotification',
    sequence: nextSequence(notifications),
    reason: event.reason,
    flags: { acknowledge: event.acknowledge ?? !ANSWERED_BY_PBU.has(event.reason), retransmission: false },
    // As in a Binding Revocation: RFC 7077 protects nothing against a replay.
    options: [...identityOf(entry, whole), ...(event.options ?? []), { kind: 'timestamp', timestamp: timestampOf(step.now.wall) }],
  };
  const notification: Notification = { entry: whole ? undefined : entry, to: entry.endpoint, mag, peer: entry.mag, proxyCoa: entry.proxyCoa, message, sentAt: step.now.wall, attempt: 0 };
  notifications.outstanding.set(message.sequence, notification);
  transmit(step, notification);
}

/** Prefixes tell which of the node's sessions is meant. */
function identityOf(entry: BindingCacheEntry, whole: boolean): MobilityOption[] {
  if (whole) return [{ kind: 'mobileNodeGroupIdentifier', subtype: BULK_GROUP, group: ALL_SESSIONS }];
  return [{ kind: 'mnIdentifier', ...entry.mnId }, ...entry.prefixes.map((p): MobilityOption => ({ kind: 'homeNetworkPrefix', prefixLength: p.length, prefix: p.address }))];
}

function transmit(step: Step, notification: Notification): void {
  const { message } = notification;
  count(step.lma.statistics.upn, message.reason);
  const repeated: UpdateNotification = { ...message, flags: { ...message.flags, retransmission: notification.attempt > 0 } };
  send(step, notification.to, notification.peer, repeated);
  const { minDelayBetweenUpdateNotificationReplay: delay } = step.lma.config.variables;
  step.lma.deadlines.set(timerOf(notification), step.now.at + delay, 'repeat an Update Notification', { kind: 'notification', notification });
}

/** No answer in time: the same message with D set, at most MAX_UPDATE_NOTIFICATION_RETRANSMIT_COUNT times (§5.2). */
export function onNotificationTimer(step: Step, notification: Notification): void {
  const { lma } = step;
  if (!stillThere(lma, notification) || (!notification.message.flags.acknowledge && wasHeeded(lma, notification))) return forget(lma, notification);
  if (notification.attempt < lma.config.variables.maxUpdateNotificationRetransmitCount) {
    notification.attempt += 1;
    return transmit(step, notification);
  }
  forget(lma, notification);
  report(step, notification, 'no answer to the update notification');
}

/** Has the PBU come that was asked for? Of a whole gateway, any. */
function wasHeeded(lma: Lma, notification: Notification): boolean {
  const heeded = (e: BindingCacheEntry): boolean => e.receivedAt > notification.sentAt;
  return notification.entry ? heeded(notification.entry) : sessionsAt(lma, notification).some(heeded);
}

/** Of all gateways each is asked this, so it looks at no other's bindings. A home that moved meanwhile registered them anew. */
const sessionsAt = (lma: Lma, { mag, proxyCoa }: Notification): BindingCacheEntry[] => [...lma.cache.ofProxyCoa(proxyCoa)].filter((e) => magOf(e) === mag);

/** Sessions that ended or went elsewhere have nothing to be told here. */
function stillThere(lma: Lma, notification: Notification): boolean {
  const { entry, mag } = notification;
  return entry ? lma.cache.get(entry.index) === entry && magOf(entry) === mag : sessionsAt(lma, notification).length > 0;
}

/** What was acknowledged, for whoever asked; undefined if it answers nothing. A status from 128 on is a failure (§5.2). */
export function onNotificationAcknowledgement(step: Step, received: Received, upa: UpdateNotificationAcknowledgement): Notification | undefined {
  const notification = step.lma.notifications.outstanding.get(upa.sequence);
  if (!notification || notification.mag !== (received.peer ?? received.from.remote)) {
    drop(step, 'upa-without-upn');
    return undefined;
  }
  count(step.lma.statistics.upa, upa.status);
  forget(step.lma, notification);
  if (upa.status >= 128) report(step, notification, `the update notification failed: status ${upa.status}`);
  return notification;
}

/** Binding Error 2 from a gateway that was sent one: never again, unless an administrator acts (§5.2). False: it is about something else. */
export function onUnrecognizedNotification(step: Step, received: Received): boolean {
  const mag = received.peer ?? received.from.remote;
  const refused = [...step.lma.notifications.outstanding.values()].filter((n) => n.mag === mag);
  if (refused.length === 0) return false;
  step.lma.notifications.unaware.add(mag);
  for (const notification of refused) forget(step.lma, notification);
  return true;
}

function report(step: Step, notification: Notification, what: string): void {
  const { entry, mag } = notification;
  if (entry) return tell(step, entry, entry.state, entry.state, `${what} at ${mag}`);
  const [one] = sessionsAt(step.lma, notification);
  if (one) tell(step, one, one.state, one.state, `${what} at ${mag}, for all of its sessions`);
}

function forget(lma: Lma, notification: Notification): void {
  lma.notifications.outstanding.delete(notification.message.sequence);
  lma.deadlines.drop(timerOf(notification));
}

const timerOf = (notification: Notification): string => `notification ${notification.message.sequence}`;

/** Unique among outstanding ones (§4.1). */
function nextSequence(notifications: Notifications): number {
  do notifications.sequence = (notifications.sequence + 1) & 0xffff;
  while (notifications.outstanding.has(notifications.sequence));
  return notifications.sequence;
}
