/** Binding Revocation by the anchor (RFC 5846 §6, §8.1): one session at one MAG, asked for and repeated until acknowledged. */
import type { Endpoint, Received } from '../../protocol/entity.ts';
import { REVOCATION_STATUS, TRIGGER } from '../../protocol/mobility/codes.ts';
import type { BindingRevocationAcknowledgement, BindingRevocationIndication } from '../../protocol/mobility/messages.ts';
import type { MobilityOption } from '../../protocol/mobility/options.ts';
import { timestampOf, type Millis } from '../../protocol/units.ts';
import type { BindingCacheEntry } from './bindingCache.ts';
import { drop, send, tell, type Lma, type Step } from './state.ts';
import { count } from './statistics.ts';

export interface Revocation {
  readonly entry: BindingCacheEntry;
  /** `ask`: is the node still with you? `handover`: it went to another MAG, which is settled. */
  readonly purpose: 'ask' | 'handover';
  readonly to: Endpoint;
  readonly mag: string | undefined;
  readonly message: BindingRevocationIndication;
  attempt: number;
  interval: Millis;
}

/** What the answer, or its absence, says about the session. */
export type Answer = { readonly revocation: Revocation; readonly gone: boolean };

/** After a handover the old MAG is told so (§8.1 trigger 2 to 4). */
export const handoverTrigger = (before: number, after: number): number => (before === after ? TRIGGER.HANDOVER_SAME_ATT : TRIGGER.HANDOVER_DIFFERENT_ATT);

/** Half the sequence numbers: past this the network is gone, and telling old MAGs is a courtesy. */
const MAX_OUTSTANDING = 0x8000;

type Held = Pick<BindingCacheEntry, 'endpoint' | 'mag' | 'prefixes' | 'homeAddress'>;

/** `held` is the session as that MAG has it. */
export function revoke(step: Step, entry: BindingCacheEntry, held: Held, trigger: number, purpose: Revocation['purpose']): void {
  const { lma } = step;
  if (lma.revocations.size >= MAX_OUTSTANDING) return drop(step, 'too-many-revocations');
  const sequence = nextSequence(lma);
  const ipv4Only = held.prefixes.length === 0;
  const options: MobilityOption[] = [{ kind: 'mnIdentifier', ...entry.mnId }];
  // Prefixes name one session. One without any is named by its address, and losing that it has nothing left.
  if (!ipv4Only) for (const p of held.prefixes) options.push({ kind: 'homeNetworkPrefix', prefixLength: p.length, prefix: p.address });
  else if (held.homeAddress) options.push({ kind: 'ipv4HomeAddressRequest', prefixLength: held.homeAddress.prefixLength, address: held.homeAddress.address });
  // RFC 5846 protects nothing against a replay; a gateway that knows the option drops what is older than its registration.
  options.push({ kind: 'timestamp', timestamp: timestampOf(step.now.wall) });
  const message: BindingRevocationIndication = { kind: 'bindingRevocationIndication', trigger, sequence, flags: { proxy: true, ipv4Only, global: false }, options };
  const revocation: Revocation = { entry, purpose, to: held.endpoint, mag: held.mag, message, attempt: 0, interval: lma.config.variables.initMinDelayBris };
  lma.revocations.set(sequence, revocation);
  entry.revocations.add(sequence);
  transmit(step, revocation);
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
  tell(step, revocation.entry, revocation.entry.state, revocation.entry.state, `no answer to the revocation at ${revocation.mag ?? revocation.to.remote}`);
  return { revocation, gone: false };
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
  return { revocation, gone: bra.status === REVOCATION_STATUS.SUCCESS || bra.status === REVOCATION_STATUS.PARTIAL_SUCCESS };
}

/** The node is with this MAG again: what it was asked to give up is its own once more. */
export function cancelRevocations(lma: Lma, entry: BindingCacheEntry, mag: string | undefined, proxyCoa: string): void {
  for (const sequence of entry.revocations) {
    const revocation = lma.revocations.get(sequence);
    if (revocation && (revocation.mag === undefined ? revocation.to.remote === proxyCoa : revocation.mag === mag)) forget(lma, revocation);
  }
}

function forget(lma: Lma, revocation: Revocation): void {
  const { sequence } = revocation.message;
  lma.revocations.delete(sequence);
  revocation.entry.revocations.delete(sequence);
  lma.deadlines.drop(timerOf(revocation));
}

const timerOf = (revocation: Revocation): string => `revocation ${revocation.message.sequence}`;

/** Unique among outstanding ones (§5.1). */
function nextSequence(lma: Lma): number {
  do lma.nextRevocation = (lma.nextRevocation + 1) & 0xffff;
  while (lma.revocations.has(lma.nextRevocation));
  return lma.nextRevocation;
}
