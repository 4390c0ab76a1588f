/**
 * Binding Revocation Indications of the anchor (RFC 5846 §6, §8.1): sent, repeated until acknowledged or given up. What a
 * revocation is for, and what follows from its answer, is its purpose: waiting.ts asks, handover.ts tells, revocationOrder.ts orders.
 */
import type { Endpoint, Received } from '../../protocol/entity.ts';
import { REVOCATION_STATUS, TRIGGER } from '../../protocol/mobility/codes.ts';
import type { BindingRevocationAcknowledgement, BindingRevocationIndication } from '../../protocol/mobility/messages.ts';
import type { MobilityOption } from '../../protocol/mobility/options.ts';
import { timestampOf, type Millis } from '../../protocol/units.ts';
import type { BindingCacheEntry } from './bindingCache.ts';
import type { Order } from './revocationOrder.ts';
import { drop, send, tell, type Lma, type Step } from './state.ts';
import { count } from './statistics.ts';

export type Purpose =
  /** Is the node still with you? */
  | { readonly kind: 'ask' }
  /** It went to another MAG, which is settled. */
  | { readonly kind: 'handover' }
  /** Somebody wants these sessions, or their IPv4 addresses, to end. */
  | { readonly kind: 'order'; readonly order: Order; readonly ipv4Only: boolean };

export interface Revocation {
  readonly purpose: Purpose;
  /** The sessions that it is about: one, or for an order any number. */
  readonly entries: readonly BindingCacheEntry[];
  readonly to: Endpoint;
  readonly mag: string | undefined;
  readonly message: BindingRevocationIndication;
  attempt: number;
  interval: Millis;
}

/** The status of the answer; undefined: none came. */
export type Answer = { readonly revocation: Revocation; readonly status: number | undefined };

export const saysGone = (status: number | undefined): boolean => status === REVOCATION_STATUS.SUCCESS || status === REVOCATION_STATUS.PARTIAL_SUCCESS;

/** After a handover the old MAG is told so (§8.1 trigger 2 to 4). */
export const handoverTrigger = (before: number, after: number): number => (before === after ? TRIGGER.HANDOVER_SAME_ATT : TRIGGER.HANDOVER_DIFFERENT_ATT);

/** Half the sequence numbers: past this the network is gone, and telling old MAGs is a courtesy. */
const MAX_OUTSTANDING = 0x8000;

/** A session as one MAG has it. */
export type Held = Pick<BindingCacheEntry, 'endpoint' | 'mag' | 'prefixes' | 'homeAddress'>;

/** One session at one MAG: `held` is the session as that MAG has it. */
export function revoke(step: Step, entry: BindingCacheEntry, held: Held, trigger: number, purpose: 'ask' | 'handover'): void {
  const ipv4Only = held.prefixes.length === 0;
  indicate(step, { purpose: { kind: purpose }, entries: [entry], to: held.endpoint, mag: held.mag, trigger, flags: { ipv4Only, global: false }, options: oneSession(entry, held, ipv4Only) });
}

/** Prefixes name one session. One without any, or of which IPv4 alone goes, is named by its address (§8.1). */
export function oneSession(entry: Pick<BindingCacheEntry, 'mnId'>, { prefixes, homeAddress }: Pick<Held, 'prefixes' | 'homeAddress'>, ipv4Only: boolean): MobilityOption[] {
  const named: MobilityOption[] = ipv4Only
    ? homeAddress ? [{ kind: 'ipv4HomeAddressRequest', prefixLength: homeAddress.prefixLength, address: homeAddress.address }] : []
    : prefixes.map((p) => ({ kind: 'homeNetworkPrefix', prefixLength: p.length, prefix: p.address }));
  return [{ kind: 'mnIdentifier', ...entry.mnId }, ...named];
}

export interface Indication extends Pick<Revocation, 'purpose' | 'entries' | 'to' | 'mag'> {
  readonly trigger: number;
  readonly flags: { readonly ipv4Only: boolean; readonly global: boolean };
  readonly options: readonly MobilityOption[];
}

/** False: too many are outstanding already, and none was sent. */
export function indicate(step: Step, { trigger, flags, options, ...rest }: Indication): boolean {
  const { lma } = step;
  if (lma.revocations.size >= MAX_OUTSTANDING) {
    drop(step, 'too-many-revocations');
    return false;
  }
  // RFC 5846 protects nothing against a replay; a gateway that knows the option drops what is older than its registration.
  // One without a key of its own is protected otherwise, and a bulk revocation has no options then (§8.1).
  const fresh: MobilityOption[] = flags.global && rest.mag === undefined ? [] : [{ kind: 'timestamp', timestamp: timestampOf(step.now.wall) }];
  const message: BindingRevocationIndication = { kind: 'bindingRevocationIndication', trigger, sequence: nextSequence(lma), flags: { proxy: true, ...flags }, options: [...options, ...fresh] };
  const revocation: Revocation = { ...rest, message, attempt: 0, interval: lma.config.variables.initMinDelayBris };
  lma.revocations.set(message.sequence, revocation);
  for (const { index } of rest.entries) lma.revocationsOf.set(index, (lma.revocationsOf.get(index) ?? new Set()).add(message.sequence));
  transmit(step, revocation);
  return true;
}

function transmit(step: Step, revocation: Revocation): void {
  count(step.lma.statistics.pbri, revocation.message.trigger);
  send(step, revocation.to, revocation.mag, revocation.message);
  step.lma.deadlines.set(timerOf(revocation), step.now.at + revocation.interval, 'repeat a Binding Revocation Indication', { kind: 'revocation', revocation });
}

/** No BRA in time: the same message again, twice as patient, at most BRIMaxRetriesNumber times (§6.3). */
export function onRevocationTimer(step: Step, revocation: Revocation): Answer | undefined {
  const { briMaxRetriesNumber, maxBrackTimeout } = step.lma.config.variables;
  if (revocation.attempt < briMaxRetriesNumber) {
    revocation.attempt += 1;
    revocation.interval = Math.min(revocation.interval * 2, maxBrackTimeout);
    transmit(step, revocation);
    return undefined;
  }
  forget(step.lma, revocation);
  if (revocation.purpose.kind !== 'order') for (const entry of revocation.entries) tell(step, entry, entry.state, entry.state, `no answer to the revocation at ${revocation.mag ?? revocation.to.remote}`);
  return { revocation, status: undefined };
}

export function onRevocationAcknowledgement(step: Step, received: Received, bra: BindingRevocationAcknowledgement): Answer | undefined {
  const revocation = step.lma.revocations.get(bra.sequence);
  const fromThere = revocation && (revocation.mag === undefined ? revocation.to.remote === received.from.remote : revocation.mag === received.peer);
  if (!revocation || !fromThere) {
    drop(step, 'bra-without-bri');
    return undefined;
  }
  count(step.lma.statistics.pbra, bra.status);
  forget(step.lma, revocation);
  return { revocation, status: bra.status };
}

/** The node is with this MAG again: what it was asked to give up is its own once more. */
export function cancelRevocations(lma: Lma, entry: BindingCacheEntry, mag: string | undefined, proxyCoa: string): void {
  for (const revocation of revocationsOf(lma, entry)) {
    if (revocation.purpose.kind !== 'order' && (revocation.mag === undefined ? revocation.to.remote === proxyCoa : revocation.mag === mag)) forget(lma, revocation);
  }
}

/** Those outstanding about this session. */
export function revocationsOf(lma: Lma, entry: BindingCacheEntry): readonly Revocation[] {
  if (!lma.revocationsOf.has(entry.index)) return [];
  return [...(lma.revocationsOf.get(entry.index) ?? [])].flatMap((sequence) => lma.revocations.get(sequence) ?? []).filter((r) => r.entries.includes(entry));
}

function forget(lma: Lma, revocation: Revocation): void {
  const { sequence } = revocation.message;
  lma.revocations.delete(sequence);
  for (const { index } of revocation.entries) {
    const others = lma.revocationsOf.get(index);
    if (others?.delete(sequence) && others.size === 0) lma.revocationsOf.delete(index);
  }
  lma.deadlines.drop(timerOf(revocation));
}

const timerOf = (revocation: Revocation): string => `revocation ${revocation.message.sequence}`;

/** Unique among outstanding ones (§5.1). */
function nextSequence(lma: Lma): number {
  do lma.nextRevocation = (lma.nextRevocation + 1) & 0xffff;
  while (lma.revocations.has(lma.nextRevocation));
  return lma.nextRevocation;
}
