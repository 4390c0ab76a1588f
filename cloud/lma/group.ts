/**
 * Groups of sessions (RFC 6602 §5.2): a gateway asks for its sessions to be in a group, and extends all of a group by one PBU.
 * Our own group is ALL-SESSIONS; the gateway's is stored for each session, in a bit where it is ALL-SESSIONS too.
 */
import type { Endpoint } from '../../protocol/entity.ts';
import { STATUS } from '../../protocol/mobility/codes.ts';
import { noAcknowledgementFlags, type BindingAcknowledgement } from '../../protocol/mobility/messages.ts';
import type { MobilityOption, OptionKind, OptionNamed } from '../../protocol/mobility/options.ts';
import { ALL_SESSIONS, BULK_GROUP } from '../../protocol/mobility/suboptions.ts';
import { bulkCountOption } from '../../protocol/vendor.ts';
import { answer } from './answer.ts';
import type { BindingCacheEntry } from './bindingCache.ts';
import type { MagConfig } from './config.ts';
import { checkOrder } from './replay.ts';
import type { Request } from './request.ts';
import { save } from './session.ts';
import type { Lma, Step } from './state.ts';
import { timersOption } from './timersOption.ts';

/** The gateways' groups of sessions, by the session's index; 0 = in none. */
export class Groups {
  private all = new Uint8Array(128);
  private readonly others = new Map<number, number>();

  of(index: number): number {
    return this.others.get(index) ?? (((this.all[index >> 3] ?? 0) >> (index & 7)) & 1 ? ALL_SESSIONS : 0);
  }

  set(index: number, group: number): void {
    if (group === ALL_SESSIONS || group === 0) this.others.delete(index);
    else this.others.set(index, group);
    const at = index >> 3;
    if (at >= this.all.length) {
      if (group !== ALL_SESSIONS) return;
      const larger = new Uint8Array(2 * at);
      larger.set(this.all);
      this.all = larger;
    }
    const bit = 1 << (index & 7);
    this.all[at] = group === ALL_SESSIONS ? (this.all[at] as number) | bit : (this.all[at] as number) & ~bit;
  }
}

/** Asked of each PBU, so it makes no list. */
function groupIn(options: readonly MobilityOption[]): number | undefined {
  for (const o of options) if (o.kind === 'mobileNodeGroupIdentifier' && o.subtype === BULK_GROUP) return o.group;
  return undefined;
}
const groupOption = (group: number): OptionNamed<'mobileNodeGroupIdentifier'> => ({ kind: 'mobileNodeGroupIdentifier', subtype: BULK_GROUP, group });

/** An accepted PBU puts its session into the gateway's group, or takes it out of any (§5.2.2). Says what the PBA has to say of it. */
export function assignGroup(lma: Lma, index: number, { message }: Request): OptionNamed<'mobileNodeGroupIdentifier'> | undefined {
  const group = message.flags.bulk && lma.config.variables.acceptBulkBindingUpdates ? groupIn(message.options) : undefined;
  lma.groups.set(index, group ?? 0);
  return group ? groupOption(ALL_SESSIONS) : undefined;
}

export const isAboutGroup = (options: readonly MobilityOption[]): boolean => groupIn(options) !== undefined;
/** B clear, and a group: about all of that group (§5.2.3). */
export const isBulkUpdate = ({ message }: Request): boolean => !message.flags.bulk && isAboutGroup(message.options);

/** Each names one session, and has no place in a request about many. */
const OF_ONE_SESSION: ReadonlySet<OptionKind> = new Set(['mnIdentifier', 'homeNetworkPrefix', 'ipv4HomeAddressRequest', 'greKey']);

/** Extends every session of the group that is still this gateway's, and tells how many those were. */
export function onBulkUpdate(step: Step, request: Request, mag: MagConfig): void {
  const { lma, now } = step;
  const { message, timestamp } = request;
  const members = membersOf(lma, request, message.options);
  if (members.length === 0) return acknowledge(step, request, { status: STATUS.INVALID_MOBILE_NODE_GROUP_IDENTIFIER });
  // Sequence numbers are each session's own, so that without a timestamp nothing tells a repetition from a request.
  if (timestamp === undefined || message.lifetime === 0) return acknowledge(step, request, { status: STATUS.REASON_UNSPECIFIED });
  const disorder = checkOrder(timestamp, message.sequence, { timestamp: newest(members), sequence: 0 }, now, lma.config.variables);
  if (disorder) return acknowledge(step, request, disorder);
  const lifetime = Math.min(message.lifetime, lma.config.variables.registrationLifetime);
  for (const entry of members) {
    Object.assign(entry, { timestamp, sequence: message.sequence, receivedAt: now.wall, lifetime, expiresAt: now.at + lifetime * 1000, endpoint: request.from });
    save(step, entry);
  }
  acknowledge(step, request, { status: STATUS.ACCEPTED, lifetime, more: [...timersOption(mag.timers), bulkCountOption(members.length)] });
}

/**
 * Those in use at the gateway that writes, registered from where it writes. None if the message names single sessions as well,
 * which makes it invalid (§5.2.3).
 */
export function membersOf(lma: Lma, { from, peer }: { readonly from: Endpoint; readonly peer?: string | undefined }, options: readonly MobilityOption[]): BindingCacheEntry[] {
  const group = groupIn(options) ?? 0;
  if (group === 0 || options.some((o) => OF_ONE_SESSION.has(o.kind))) return [];
  return [...lma.cache.ofProxyCoa(from.remote)].filter((e) => e.state === 'ACTIVE' && e.mag === peer && lma.groups.of(e.index) === group);
}

const newest = (entries: readonly BindingCacheEntry[]): bigint => entries.reduce((max, e) => (e.timestamp > max ? e.timestamp : max), 0n);

interface Answer {
  readonly status: number;
  readonly lifetime?: number;
  readonly timestamp?: bigint;
  readonly more?: readonly MobilityOption[];
}

/** The group comes back as it came (§5.2.3). */
function acknowledge(step: Step, request: Request, { status, lifetime = 0, timestamp, more = [] }: Answer): void {
  const { message } = request;
  const own = timestamp ?? request.timestamp;
  const pba: BindingAcknowledgement = {
    kind: 'bindingAcknowledgement',
    status,
    flags: { ...noAcknowledgementFlags, proxy: true },
    sequence: message.sequence,
    lifetime,
    options: [...message.options.filter((o) => o.kind === 'mobileNodeGroupIdentifier'), ...(request.timestamp === undefined || own === undefined ? [] : [{ kind: 'timestamp', timestamp: own } as const]), ...more],
  };
  answer(step, request, pba);
}
