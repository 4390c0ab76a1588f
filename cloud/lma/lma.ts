/**
 * The Local Mobility Anchor (RFC 5213 §5, RFC 5844 §3.1, RFC 5845 §5, RFC 5846 §8): anchors the subscribers' addresses and
 * knows at which home each of them is. `step` takes one event and returns what is to be done, in order; whatever follows a
 * `storeBinding` is done once the store has committed.
 */
import { isUnicastIp } from '../../protocol/address.ts';
import type { Received } from '../../protocol/entity.ts';
import { BINDING_ERROR, STATUS } from '../../protocol/mobility/codes.ts';
import type { BindingUpdate, MessageNamed } from '../../protocol/mobility/messages.ts';
import type { Deadline, Millis, Now } from '../../protocol/units.ts';
import { examine, isSilent } from './acceptance.ts';
import { sessionEffect } from './accounting.ts';
import { refuse } from './answer.ts';
import { restoreAtRest } from './atRest.ts';
import { BindingCache, type BindingCacheEntry } from './bindingCache.ts';
import { isSameMag } from './bindingLookup.ts';
import type { BindingRecord } from './bindingStore.ts';
import type { LmaConfig, MagConfig } from './config.ts';
import { Deadlines } from '../../protocol/deadlines.ts';
import { deregister, release } from './deregistration.ts';
import { announce, beat, meet, onHeartbeat, onUnrecognizedHeartbeat } from './heartbeat.ts';
import { createNumbers, type Numbers } from './numbers.ts';
import { Groups, isBulkUpdate, onBulkUpdate } from './group.ts';
import { prove } from './proof.ts';
import { createPolicy, DISMISSED } from './policy.ts';
import { createNotifications, notify, onNotificationAcknowledgement, onNotificationTimer, onUnrecognizedNotification } from './notification.ts';
import { Ipv4Pool, Ipv6Pool } from './pools.ts';
import { unproxied } from './proxied.ts';
import { createRedirections, onRedirectedAnswer, onRedirectionTimer, redirect, wantsRedirect } from './redirect.ts';
import { register } from './registration.ts';
import { deregisters, readRequest, type Request } from './request.ts';
import { onRevocationAcknowledgement, onRevocationTimer, saysGone, type Answer } from './revocation.ts';
import { onRevocation } from './revocationByMag.ts';
import { createOrders, onOrderAnswered, orderRevocation, whileRevoked } from './revocationOrder.ts';
import { end, enter, revive, save } from './session.ts';
import { drop, type Due, type Lma, type LmaEffect, type LmaEvent, type Step } from './state.ts';
import { createStatistics } from './statistics.ts';
import { answerStranger, noHomeAgent, STRANGER_RATE, unrecognized } from './strangers.ts';
import { pathOf, syncPath } from './tunnels.ts';
import { heldBack, stopWaiting, wait, type Waiting } from './waiting.ts';

export type { Lma, LmaEffect, LmaEvent } from './state.ts';

export function createLma(config: LmaConfig, numbers: Numbers = createNumbers([config.variables], config.random32)): Lma {
  const random = config.random32();
  return {
    config,
    policy: createPolicy(config),
    cache: new BindingCache(),
    deadlines: new Deadlines(),
    ipv4Pools: new Map(config.ipv4Pools.map((p) => [p.name, new Ipv4Pool(p)])),
    ipv6Pools: new Map(config.ipv6Pools.map((p) => [p.name, new Ipv6Pool(p)])),
    ...numbers,
    waiting: new Map(),
    qosRequests: new Map(),
    waitingFor: new Map(),
    revocations: new Map(),
    nextRevocation: random & 0xffff,
    revocationsOf: new Map(),
    orders: createOrders(),
    peers: new Map(),
    reclaimUntil: -Infinity,
    notifications: createNotifications(random >>> 16),
    redirections: createRedirections(random >>> 8),
    groups: new Groups(),
    proofs: new Map(),
    strangers: { left: STRANGER_RATE, at: 0 },
    statistics: createStatistics(),
  };
}

export function deadline(lma: Lma): Deadline | undefined {
  const next = lma.deadlines.next();
  const ending = lma.cache.firstToEnd();
  if (!ending || (next && next.at <= ending.at)) return next;
  return { at: ending.at, why: ending.at < ending.entry.expiresAt ? 'delete a released binding' : 'a binding expires' };
}

export function step(lma: Lma, event: LmaEvent, now: Now): LmaEffect[] {
  const s: Step = { lma, now, effects: [], settled: [] };
  switch (event.kind) {
    case 'message':
      onMessage(s, event);
      break;
    case 'unknownMessage':
      answerStranger(s, event.from, 'unknown-type', unrecognized());
      break;
    case 'pathRefused':
      forgetPath(lma, event.index);
      break;
    case 'timer':
      for (let due = nextDue(lma, now.at); due; due = nextDue(lma, now.at)) onDue(s, due);
      break;
    case 'notify':
      notify(s, event);
      break;
    case 'revoke':
      orderRevocation(s, event);
      break;
    case 'admit':
      lma.policy.admit(event.mag);
      break;
    case 'dismiss':
      lma.policy.dismiss(event.mag);
      for (const waiting of lma.waiting.values()) if (waiting.accepted.mag.id === event.mag) stopWaiting(lma, waiting);
      break;
    case 'restarted':
      lma.reclaimUntil = now.at + lma.config.variables.registrationLifetime * 1000;
      announce(s, event.peers);
      break;
    case 'proved':
      prove(lma.proofs, event, now);
      break;
    case 'restore':
      for (const record of event.bindings) restore(s, record);
      for (const record of event.atRest ?? []) s.effects.push(...restoreAtRest(lma, record, now));
      break;
    case 'clockSet':
      for (const entry of lma.cache.all()) save(s, entry);
      break;
  }
  for (let entry = s.settled.pop(); entry; entry = s.settled.pop()) settle(s, entry);
  return s.effects;
}

function onMessage(s: Step, received: Received): void {
  const { message } = received;
  if (message.kind === 'bindingUpdate') s.lma.statistics['pbu-received'] += 1;
  if (message.kind === 'bindingUpdate' && !message.flags.proxy) {
    if (message.flags.homeRegistration) answerStranger(s, received.from, 'no-home-agent', noHomeAgent(message));
    else drop(s, 'not-proxy');
    return;
  }
  if (message.kind === 'bindingAcknowledgement' && s.lma.config.redirect) return onRedirectedAnswer(s, received, message);
  const mag = isUnicastIp(received.from.remote) ? s.lma.policy.mag(received.peer, received.from.remote) : 'source-not-unicast';
  if (mag === DISMISSED && message.kind === 'bindingRevocationAcknowledgement') return onAnswer(s, onRevocationAcknowledgement(s, received, message));
  if (typeof mag === 'string') return drop(s, mag);
  switch (message.kind) {
    case 'bindingUpdate':
      return readBindingUpdate(s, { ...received, message }, mag);
    case 'heartbeat':
      return onHeartbeat(s, received, message);
    case 'bindingRevocationIndication':
      return onRevocation(s, received, message, mag);
    case 'bindingRevocationAcknowledgement':
      return onAnswer(s, onRevocationAcknowledgement(s, received, message));
    case 'updateNotificationAcknowledgement':
      return void onNotificationAcknowledgement(s, received, message);
    case 'bindingError':
      return onBindingError(s, received, message);
    default:
      return drop(s, `unexpected-${message.kind}`);
  }
}

/** It does not say which message was unknown, so whatever waits for an answer from there counts as refused. */
function onBindingError(s: Step, received: Received, error: MessageNamed<'bindingError'>): void {
  const unrecognizedType = error.status === BINDING_ERROR.UNRECOGNIZED_MH_TYPE;
  const heartbeat = unrecognizedType && onUnrecognizedHeartbeat(s, received);
  const notification = unrecognizedType && onUnrecognizedNotification(s, received);
  if (!heartbeat && !notification) drop(s, 'unexpected-bindingError');
}

function readBindingUpdate(s: Step, received: Received & { readonly message: BindingUpdate }, mag: MagConfig): void {
  const request = readRequest(received);
  if (!isUnicastIp(request.proxyCoa)) return drop(s, 'care-of-address-not-unicast');
  // Tunnels go there, and without keys it tells gateways apart.
  if (!mag.redirector && request.proxyCoa !== received.from.remote && s.lma.policy.mag(received.peer, request.proxyCoa) !== mag) return drop(s, 'care-of-address-of-another-mag');
  if (!mag.redirector) return isBulkUpdate(request) ? onBulkUpdate(s, request, mag) : onBindingUpdate(s, request, mag);
  const own = unproxied(s.lma.policy, request);
  if (typeof own === 'string') refuse(s, request, { status: STATUS.MAG_NOT_AUTHORIZED_FOR_PROXY_REG });
  else onBindingUpdate(s, own.request, own.mag);
}

function onBindingUpdate(s: Step, request: Request, mag: MagConfig): void {
  const result = examine(s.lma, request, mag, s.now);
  if ('refused' in result) {
    const { found, apn } = result.candidate;
    const session = found.kind === 'update' || found.kind === 'refuse' ? found.entry : undefined;
    refuse(s, request, result.refused, session);
    // A refused change of service ends what there was (RFC 5149 §4.2).
    if (result.refused.status === STATUS.SERVICE_AUTHORIZATION_FAILED && session && session.apn !== apn?.name && mayEnd(session, request)) end(s, session, `refused change to service ${request.service ?? ''}`);
    return;
  }
  const { accepted } = result;
  const { found } = accepted;
  if (isSilent(request, found)) {
    const held = heldBack(s.lma, request);
    if (held && isSameMag({ mag: held.accepted.request.peer, proxyCoa: held.accepted.request.proxyCoa }, request)) stopWaiting(s.lma, held);
    return drop(s, 'de-registration-without-session');
  }
  if (found.kind === 'update') {
    if (deregisters(request)) return deregister(s, accepted, found.entry);
    const now = whileRevoked(s, request, found.entry);
    if (now === 'ignore') drop(s, 'refresh-of-a-session-being-revoked');
    else register(s, accepted, now === 'anew' ? undefined : found.entry);
  } else if (found.kind === 'wait' && s.lma.config.variables.maxDelayBeforeNewBceAssign > 0) wait(s, accepted, found.entry);
  else if (found.kind === 'new' && wantsRedirect(s.lma, accepted)) redirect(s, accepted);
  else register(s, accepted, undefined);
}

/** A farewell needs no proof, so it is about what its sender has: another home's session is not ended by refusing it. */
const mayEnd = (entry: BindingCacheEntry, request: Request): boolean => !deregisters(request) || isSameMag(entry, request);

/** Whatever is due first; a binding that ends leaves the cache. */
function nextDue(lma: Lma, at: Millis): Due | undefined {
  const ending = lma.cache.firstToEnd();
  const next = lma.deadlines.next();
  return ending && ending.at <= at && (!next || ending.at < next.at) ? { kind: 'binding', entry: ending.entry } : lma.deadlines.due(at);
}

function onDue(s: Step, due: Due): void {
  switch (due.kind) {
    case 'binding':
      return end(s, due.entry, due.entry.state === 'RELEASED' ? 'released and not taken up again' : 'lifetime ended');
    case 'revocation':
      return onAnswer(s, onRevocationTimer(s, due.revocation));
    case 'heartbeat':
      return beat(s, due.peer);
    case 'announce':
      return announce(s, due.peers);
    case 'notification':
      return onNotificationTimer(s, due.notification);
    case 'redirection':
      return onRedirectionTimer(s, due.redirection);
    case 'waiting':
      stopWaiting(s.lma, due.waiting);
      return register(s, due.waiting.accepted, undefined);
  }
}

/** The old MAG was asked whether the node is still there: gone counts as de-registered, everything else as a second session. */
function onAnswer(s: Step, answered: Answer | undefined): void {
  if (!answered) return;
  const { revocation, status } = answered;
  if (revocation.purpose.kind === 'order') return onOrderAnswered(s, revocation, revocation.purpose.order, status);
  if (revocation.purpose.kind !== 'ask') return;
  for (const entry of revocation.entries) {
    const stillThere = s.lma.cache.get(entry.index) === entry && entry.mag === revocation.mag;
    if (saysGone(status) && stillThere) {
      release(s, entry, 'given up by its gateway');
      save(s, entry);
    } else if (!saysGone(status)) resume(s, [...(s.lma.waitingFor.get(entry) ?? [])]);
  }
}

/** What waited for this session to end goes on; if it was released and nobody took it up, its traffic stops. */
function settle(s: Step, entry: BindingCacheEntry): void {
  resume(s, [...(s.lma.waitingFor.get(entry) ?? [])]);
  if (s.lma.cache.get(entry.index) === entry) syncPath(s, entry);
}

/** Requests go on: the first as an update of the session if that was released, the others as new ones. */
function resume(s: Step, all: readonly Waiting[]): void {
  for (const waiting of all) {
    stopWaiting(s.lma, waiting);
    const { entry } = waiting;
    register(s, waiting.accepted, s.lma.cache.get(entry.index) === entry && entry.state === 'RELEASED' ? entry : undefined);
  }
}

/** Whatever is accepted for the session next sets its path again. */
function forgetPath(lma: Lma, index: number): void {
  const entry = lma.cache.get(index);
  if (!entry) return;
  entry.carried = false;
  entry.pathStale = true;
}

/** A million of them at a start: nobody is told of each, and their paths are the shell's to set all at once (`carriedPaths`). */
function restore(s: Step, record: BindingRecord): void {
  const binding = revive(s.lma, record, s.now);
  if (typeof binding === 'string') {
    drop(s, 'stored-binding');
    s.effects.push({ kind: 'forgetBinding', key: String(record.index) });
    return;
  }
  const entry = enter(s.lma, binding);
  s.lma.cache.schedule(entry);
  meet(s, entry);
  entry.carried = pathOf(s.lma, entry) !== undefined;
  entry.pathStale = false;
  s.effects.push(sessionEffect(entry, 'NONE', entry.state, 'taken up from the store'));
}
