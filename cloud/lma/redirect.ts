/**
 * Runtime assignment of another anchor (RFC 6463), as the one that assigns (rfLMA, §5.3.2): a new session that this anchor does
 * not want is asked for at another one (r2LMA) in the gateway's name, and the gateway is told in the PBA whom it belongs to.
 * From then on the gateway and the r2LMA talk without us. Sessions that are anchored here stay here.
 */
import { transition, type Endpoint, type Received } from '../../protocol/entity.ts';
import { describeStatus, HANDOFF, isAccepted, STATUS } from '../../protocol/mobility/codes.ts';
import type { BindingAcknowledgement, BindingUpdate } from '../../protocol/mobility/messages.ts';
import { find, type MobilityOption, type OptionKind } from '../../protocol/mobility/options.ts';
import { NAI } from '../../protocol/mobility/suboptions.ts';
import { onBehalfOption } from '../../protocol/vendor.ts';
import type { Accepted } from './acceptance.ts';
import { refuse } from './answer.ts';
import type { RedirectTarget } from './config.ts';
import { loadOf } from './load.ts';
import { nodeKey, type Request } from './request.ts';
import { drop, send, type Lma, type Step } from './state.ts';
import { count } from './statistics.ts';
import { waitingKey } from './waiting.ts';

/** A request that another anchor was asked to fulfil. */
export interface Redirection {
  readonly key: string;
  readonly accepted: Accepted;
  /** Anchors not asked yet, the next one first. */
  readonly left: readonly RedirectTarget[];
  readonly target: RedirectTarget;
  /** Of the PBU that went there. */
  readonly sequence: number;
}

export interface Redirections {
  sequence: number;
  readonly bySequence: Map<number, Redirection>;
  /** By whom they are about: a gateway's repetition takes the place of what it repeats. */
  readonly byKey: Map<string, Redirection>;
  /** Whose sessions went where, so that the next home's request goes there, too. Bounded: the oldest is forgotten first. */
  readonly assigned: Map<string, string>;
}

export const createRedirections = (random: number): Redirections => ({ sequence: random & 0xffff, bySequence: new Map(), byKey: new Map(), assigned: new Map() });

const MAX_UNDER_WAY = 0x4000;
const MAX_ASSIGNED = 65_536;

/** Only what begins here and now, for a gateway that can follow (§5.2). */
export function wantsRedirect(lma: Lma, { request, mnId }: Accepted): boolean {
  const { redirect } = lma.config;
  if (!redirect || !request.redirectCapable || request.message.lifetime === 0 || request.handoff === HANDOFF.NOT_CHANGED) return false;
  return redirect.when === 'always' || lma.redirections.assigned.has(nodeKey(mnId)) || loadOf(lma) >= redirect.load;
}

export function redirect(step: Step, accepted: Accepted): void {
  const { redirections } = step.lma;
  const key = waitingKey(accepted.request);
  const known = redirections.byKey.get(key);
  if (known) forget(step.lma, known);
  if (redirections.bySequence.size >= MAX_UNDER_WAY) return refuse(step, accepted.request, { status: STATUS.INSUFFICIENT_RESOURCES });
  attempt(step, accepted, known ? [known.target, ...known.left] : candidates(step.lma, accepted), STATUS.INSUFFICIENT_RESOURCES);
}

/**
 * In the order of the configuration, begun at one that the node's name decides: the same for each of its homes. One that has it
 * already comes first. The transport's address family never changes (§5.3).
 */
function candidates(lma: Lma, { request, mnId }: Accepted): RedirectTarget[] {
  const family = request.from.transport === 'ipv6' ? 'ipv6' : 'ipv4';
  const able = (lma.config.redirect?.to ?? []).filter((t) => t[family] !== undefined);
  const first = able.length > 0 ? hash(nodeKey(mnId)) % able.length : 0;
  const ordered = [...able.slice(first), ...able.slice(0, first)];
  const had = lma.redirections.assigned.get(nodeKey(mnId));
  return had === undefined ? ordered : [...ordered.filter((t) => t.id === had), ...ordered.filter((t) => t.id !== had)];
}

/** Asks the next one; when nobody is left, the gateway gets the last one's status, or 130 (§5.3.2). */
function attempt(step: Step, accepted: Accepted, candidates: readonly RedirectTarget[], status: number): void {
  const { lma, now } = step;
  const { request } = accepted;
  const [target, ...left] = candidates;
  const redirection = target && { key: waitingKey(request), accepted, target, left, sequence: nextSequence(lma.redirections) };
  if (!redirection || !lma.config.redirect) return refuse(step, request, { status });
  lma.redirections.bySequence.set(redirection.sequence, redirection);
  lma.redirections.byKey.set(redirection.key, redirection);
  send(step, endpointOf(target, request.from), target.id, inItsName(lma.config.redirect.identity, request, redirection.sequence));
  lma.deadlines.set(timerOf(redirection), now.at + lma.config.redirect.timeout, 'no answer of the anchor that a request was redirected to', { kind: 'redirection', redirection });
}

const endpointOf = (target: RedirectTarget, from: Endpoint): Endpoint =>
  from.transport === 'ipv6'
    ? { transport: 'ipv6', local: from.local, remote: target.ipv6 as string }
    : { transport: 'udp', local: from.local, remote: target.ipv4 as string };

/** What protects a message between two of them means nothing to a third (§5.3.2: "all non-security-related mobility options"). */
const SECURITY: ReadonlySet<OptionKind> = new Set(['authentication', 'magIdentifier']);

/** PBU': as it came, from us, with the gateway's care-of address; whom it is for stands in an option of ours. */
function inItsName(identity: string, request: Request, sequence: number): BindingUpdate {
  const { message, from, peer, proxyCoa } = request;
  const careOf: MobilityOption = from.transport === 'ipv6' ? { kind: 'alternateCareOfAddress', address: proxyCoa } : { kind: 'alternateIpv4CareOfAddress', address: proxyCoa };
  return {
    ...message,
    sequence,
    options: [
      ...message.options.filter((o) => !SECURITY.has(o.kind) && o.kind !== 'redirectCapability' && o.kind !== careOf.kind),
      careOf,
      ...(peer === undefined ? [] : [onBehalfOption(peer)]),
      { kind: 'magIdentifier', subtype: NAI, identifier: identity },
    ],
  };
}

/** PBA': passed on in the name of this anchor, with where the session is now. */
export function onRedirectedAnswer(step: Step, received: Received, pba: BindingAcknowledgement): void {
  const { lma } = step;
  const redirection = lma.redirections.bySequence.get(pba.sequence);
  const sender = received.peer ?? received.from.remote;
  if (!redirection || (sender !== redirection.target.id && (received.peer !== undefined || !isAddressOf(redirection.target, sender)))) return drop(step, 'pba-without-redirection');
  forget(lma, redirection);
  const { accepted, target, left } = redirection;
  const { request, mnId } = accepted;
  // An anchor that does not know the option took our address for the gateway's (§5.3.2).
  const misunderstood = request.from.transport === 'udp' && !find(pba.options, 'alternateIpv4CareOfAddress');
  if (!isAccepted(pba.status) || misunderstood) return attempt(step, accepted, left, isAccepted(pba.status) ? STATUS.INSUFFICIENT_RESOURCES : pba.status);
  remember(lma, nodeKey(mnId), target.id);
  lma.statistics['redirect-count'] += 1;
  count(lma.statistics.pba, 'redirected');
  const address = request.from.transport === 'ipv6' ? target.ipv6 : target.ipv4;
  const asked = find(request.message.options, 'alternateIpv4CareOfAddress');
  send(step, request.from, request.peer, {
    ...pba,
    sequence: request.message.sequence,
    options: [...pba.options.filter((o) => !SECURITY.has(o.kind) && (asked !== undefined || o.kind !== 'alternateIpv4CareOfAddress')), { kind: 'redirect', address: address as string }],
  });
  step.effects.push(
    transition(step.now, {
      entity: 'lma',
      subject: mnId.identifier,
      ...(request.linkLayerId === undefined ? {} : { linkLayerId: request.linkLayerId }),
      from: 'NONE',
      to: 'NONE',
      reason: `redirected to ${target.id}: ${describeStatus(pba.status)}`,
      detail: { careOf: request.proxyCoa, lma: target.id, ...(request.peer === undefined ? {} : { mag: request.peer }) },
    }),
  );
}

/** No answer in time: the next one is asked (§5.3.2). */
export function onRedirectionTimer(step: Step, redirection: Redirection): void {
  forget(step.lma, redirection);
  attempt(step, redirection.accepted, redirection.left, STATUS.INSUFFICIENT_RESOURCES);
}

const isAddressOf = (target: RedirectTarget, address: string): boolean => address === target.ipv6 || address === target.ipv4;

function remember(lma: Lma, node: string, id: string): void {
  const { assigned } = lma.redirections;
  assigned.delete(node);
  assigned.set(node, id);
  const oldest = assigned.keys().next();
  if (assigned.size > MAX_ASSIGNED && !oldest.done) assigned.delete(oldest.value);
}

function forget(lma: Lma, redirection: Redirection): void {
  lma.redirections.bySequence.delete(redirection.sequence);
  lma.redirections.byKey.delete(redirection.key);
  lma.deadlines.drop(timerOf(redirection));
}

const timerOf = (redirection: Redirection): string => `redirection ${redirection.sequence}`;

function nextSequence(redirections: Redirections): number {
  do redirections.sequence = (redirections.sequence + 1) & 0xffff;
  while (redirections.bySequence.has(redirections.sequence));
  return redirections.sequence;
}

/** FNV-1a over UTF-16 units: the same at every start. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return h;
}
