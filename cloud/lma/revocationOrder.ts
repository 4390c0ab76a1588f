/**
 * Revocation by order of an operator or a policy (RFC 5846 §8.1): one session, all of a node, IPv4 alone, all of a gateway, all
 * of a realm. A session ends when its gateway has answered or will not; whoever gave the order hears how many did.
 */
import { HANDOFF, REVOCATION_STATUS as RS, TRIGGER } from '../../protocol/mobility/codes.ts';
import type { MobilityOption } from '../../protocol/mobility/options.ts';
import { NAI } from '../../protocol/mobility/suboptions.ts';
import { giveBack } from './addresses.ts';
import type { BindingCacheEntry } from './bindingCache.ts';
import { handoffOf, type Request } from './request.ts';
import { indicate, oneSession, revocationsOf, type Revocation } from './revocation.ts';
import { magOf, sessionsOf, type SessionScope } from './scope.ts';
import { end, save } from './session.ts';
import { tell, type Step } from './state.ts';
import { syncPath } from './tunnels.ts';

export interface Revoke {
  readonly kind: 'revoke';
  readonly scope: SessionScope;
  /** Only the IPv4 home addresses go; sessions that have nothing else end. */
  readonly ipv4Only?: boolean;
  /** `TRIGGER` below 128: why. A message to a whole gateway or realm has 128 or 129 instead. */
  readonly trigger: number;
  /** For logs and events, in words. */
  readonly reason: string;
  /** Whose order it is: a `revoked` with this number says what became of it. */
  readonly id?: number;
}

export interface RevocationReport {
  /** Sessions that ended, or lost their IPv4 address. */
  readonly bindings: number;
  /** Those of them whose gateway did not answer, or was not told because revocation is off. */
  readonly unanswered: number;
  /** Sessions that live on, because their gateway refused. */
  readonly refused: number;
}
export type Revoked = { readonly kind: 'revoked'; readonly id: number; readonly report: RevocationReport };

export interface Order {
  readonly event: Revoke;
  /** Messages that are not settled. */
  left: number;
  bindings: number;
  unanswered: number;
  refused: number;
}

/** One message to come. */
interface Plan {
  readonly order: Order;
  readonly entries: readonly BindingCacheEntry[];
  readonly to: BindingCacheEntry;
  readonly trigger: number;
  readonly flags: { readonly ipv4Only: boolean; readonly global: boolean };
  readonly options: readonly MobilityOption[];
}

export interface Orders {
  readonly queue: Set<Plan>;
  /** Messages that wait for their answer. */
  active: number;
}
export const createOrders = (): Orders => ({ queue: new Set(), active: 0 });

/** As many gateways are told at once; an order about everybody must not fill the network. */
const WINDOW = 256;

export function orderRevocation(step: Step, event: Revoke): void {
  const order: Order = { event, left: 1, bindings: 0, unanswered: 0, refused: 0 };
  const held: BindingCacheEntry[] = [];
  for (const entry of sessionsOf(step.lma, event.scope)) {
    if (event.ipv4Only && !entry.homeAddress) continue;
    // Nobody holds a released one, so nobody need be asked.
    if (entry.state === 'RELEASED') conclude(step, order, entry);
    else held.push(entry);
  }
  enqueue(step, order, plansOf(order, held));
  settleOne(step, order);
}

function plansOf(order: Order, entries: readonly BindingCacheEntry[]): Plan[] {
  const { scope, ipv4Only } = order.event;
  if (ipv4Only || scope.kind === 'index') return entries.map((e) => single(order, e));
  return byGateway(entries).map((all) => (scope.kind === 'nai' ? ofNode(order, all) : bulk(order, all)));
}

/** A per-node trigger, whatever the order said. */
const reasonOf = ({ event }: Order): number => (event.trigger < TRIGGER.PER_PEER_POLICY ? event.trigger : TRIGGER.ADMINISTRATIVE);

/** "IPv4 only" is V=1 with the address and without prefixes. */
function single(order: Order, entry: BindingCacheEntry): Plan {
  const ipv4Only = order.event.ipv4Only === true || entry.prefixes.length === 0;
  return { order, entries: [entry], to: entry, trigger: reasonOf(order), flags: { ipv4Only, global: false }, options: oneSession(entry, entry, ipv4Only) };
}

/** The MN-Identifier alone means all of the node's sessions at that gateway. */
const ofNode = (order: Order, entries: readonly BindingCacheEntry[]): Plan => {
  const to = newest(entries);
  return { order, entries, to, trigger: reasonOf(order), flags: { ipv4Only: false, global: false }, options: [{ kind: 'mnIdentifier', ...to.mnId }] };
};

/** All of the gateway's has no options at all; of a realm, the MN-Identifier `@realm`. */
function bulk(order: Order, entries: readonly BindingCacheEntry[]): Plan {
  const { scope } = order.event;
  const flags = { ipv4Only: false, global: true };
  const to = newest(entries);
  if (scope.kind !== 'realm') return { order, entries, to, trigger: TRIGGER.PER_PEER_POLICY, flags, options: [] };
  return { order, entries, to, trigger: TRIGGER.REVOKING_NODE_POLICY, flags, options: [{ kind: 'mnIdentifier', subtype: NAI, identifier: scope.realm }] };
}

function byGateway(entries: readonly BindingCacheEntry[]): BindingCacheEntry[][] {
  const all = new Map<string, BindingCacheEntry[]>();
  for (const entry of entries) {
    const mag = magOf(entry);
    const known = all.get(mag);
    if (known) known.push(entry);
    else all.set(mag, [entry]);
  }
  return [...all.values()];
}

/** Whose endpoint the gateway used last. */
const newest = (entries: readonly BindingCacheEntry[]): BindingCacheEntry => entries.reduce((a, b) => (b.receivedAt > a.receivedAt ? b : a));

function enqueue(step: Step, order: Order, plans: readonly Plan[]): void {
  order.left += plans.length;
  for (const plan of plans) step.lma.orders.queue.add(plan);
  pump(step);
}

function pump(step: Step): void {
  const { orders, config } = step.lma;
  for (const plan of orders.queue) {
    if (orders.active >= WINDOW) return;
    orders.queue.delete(plan);
    const { order, entries, to, trigger, flags, options } = plan;
    const purpose = { kind: 'order', order, ipv4Only: order.event.ipv4Only === true } as const;
    const sent = config.variables.revocation && indicate(step, { purpose, entries, to: to.endpoint, mag: to.mag, trigger, flags, options });
    if (sent) orders.active += 1;
    else concludeAll(step, order, entries, to.mag, false);
    if (!sent) settleOne(step, order);
  }
}

/** What a gateway says that cannot revoke in bulk: it is asked session by session. */
const NOT_IN_BULK: ReadonlySet<number> = new Set([RS.GLOBAL_REVOCATION_NOT_AUTHORIZED, RS.IDENTITY_REQUIRED, RS.TRIGGER_NOT_SUPPORTED, RS.FUNCTION_NOT_SUPPORTED]);

/** The answer to one message of an order, or its absence (§6.3: clean up). What the gateway does not have is gone as well. */
export function onOrderAnswered(step: Step, revocation: Revocation, order: Order, status: number | undefined): void {
  step.lma.orders.active -= 1;
  const { entries, mag, message } = revocation;
  if (message.flags.global && status !== undefined && NOT_IN_BULK.has(status)) enqueue(step, order, entries.filter((e) => isThere(step, e, mag)).map((e) => single(order, e)));
  else if (status === RS.NODE_IS_ATTACHED) order.refused += entries.filter((e) => isThere(step, e, mag)).length;
  else concludeAll(step, order, entries, mag, status !== undefined);
  settleOne(step, order);
  pump(step);
}

const isThere = (step: Step, entry: BindingCacheEntry, mag: string | undefined): boolean => step.lma.cache.get(entry.index) === entry && entry.mag === mag;

function concludeAll(step: Step, order: Order, entries: readonly BindingCacheEntry[], mag: string | undefined, answered: boolean): void {
  for (const entry of entries) {
    if (!isThere(step, entry, mag)) continue;
    if (!answered) order.unanswered += 1;
    conclude(step, order, entry, answered ? '' : ', without an answer of its gateway');
  }
}

function conclude(step: Step, order: Order, entry: BindingCacheEntry, how = ''): void {
  order.bindings += 1;
  const reason = `revoked: ${order.event.reason}${how}`;
  if (!order.event.ipv4Only || entry.prefixes.length === 0) return end(step, entry, reason);
  const kept = { prefixes: entry.prefixes, homeAddress: undefined };
  giveBack(step.lma, step.lma.policy.apn(entry.apn), entry, kept, step.now.at);
  step.lma.cache.change(entry, kept);
  tell(step, entry, entry.state, entry.state, `IPv4 ${reason}`);
  syncPath(step, entry);
  save(step, entry);
}

function settleOne(step: Step, order: Order): void {
  order.left -= 1;
  const { left, event, ...report } = order;
  if (left === 0 && event.id !== undefined) step.effects.push({ kind: 'revoked', id: event.id, report });
}

/**
 * A PBU for a session that is being revoked (§8.1). A refresh shows a gateway that has not heard of it: it gets no answer, since
 * the BRI will be repeated, and a refusal could outlive the revocation. Any other is a node that came since: the old session
 * ends, and a new one begins. After a suspicion that the caches differ, what the gateway says is right.
 */
export function whileRevoked(step: Step, request: Request, entry: BindingCacheEntry): 'go on' | 'ignore' | 'anew' {
  const purpose = revocationsOf(step.lma, entry).map((r) => r.purpose).find((p) => p.kind === 'order' && !p.ipv4Only);
  if (purpose?.kind !== 'order' || purpose.order.event.trigger === TRIGGER.OUT_OF_SYNC) return 'go on';
  if (handoffOf(request) === HANDOFF.NOT_CHANGED) return 'ignore';
  conclude(step, purpose.order, entry);
  return 'anew';
}
