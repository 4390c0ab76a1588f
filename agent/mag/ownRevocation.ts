/**
 * This gateway gives up sessions by itself. All of them at once, before it goes down, by one Binding Revocation Indication to
 * each LMA in its own name (RFC 5846 §9.2); those of one subscriber or realm by de-registering each.
 */
import type { Endpoint, Received } from '../../protocol/entity.ts';
import { REVOCATION_STATUS as RS, TRIGGER } from '../../protocol/mobility/codes.ts';
import type { BindingRevocationAcknowledgement, BindingRevocationIndication } from '../../protocol/mobility/messages.ts';
import { NAI } from '../../protocol/mobility/suboptions.ts';
import type { Millis, Timestamp } from '../../protocol/units.ts';
import type { Entry } from './binding.ts';
import { entriesOf } from './bindingUpdateList.ts';
import type { LmaPeer } from './config.ts';
import { lmasInUse } from './configure.ts';
import { disconnect } from './profileAnswer.ts';
import { drop, type Context } from './state.ts';
import { endpointTo } from './transport.ts';
import { nextTimestamp } from './updates.ts';

export type GiveUpScope = { readonly kind: 'all' } | { readonly kind: 'lma'; readonly lma: string } | { readonly kind: 'nai'; readonly nai: string } | { readonly kind: 'realm'; readonly realm: string };

export interface GiveUp {
  readonly kind: 'giveUp';
  readonly scope: GiveUpScope;
  readonly reason: string;
  /** A `gaveUp` with this number says what became of it. */
  readonly id?: number;
}

export interface GiveUpReport {
  readonly bindings: number;
  /** Those of them whose LMA did not answer. */
  readonly unanswered: number;
}
export type GaveUp = { readonly kind: 'gaveUp'; readonly id: number; readonly report: GiveUpReport };

interface Order {
  readonly event: GiveUp;
  left: number;
  bindings: number;
  unanswered: number;
}

/** One message to one LMA. */
export interface OwnRevocation {
  readonly order: Order;
  readonly lma: LmaPeer;
  readonly to: Endpoint;
  readonly message: BindingRevocationIndication;
  readonly sentAt: Timestamp;
  attempt: number;
  interval: Millis;
}

export function giveUp(c: Context, event: GiveUp): void {
  const order: Order = { event, left: 1, bindings: 0, unanswered: 0 };
  const chosen = entriesOf(c.mag.list).filter(inScope(event.scope));
  if (event.scope.kind === 'nai' || event.scope.kind === 'realm') {
    for (const entry of chosen) end(c, order, entry, disconnect);
  } else {
    for (const entry of chosen) if (!hasSession(entry)) end(c, order, entry, sendAway);
    for (const lma of lmasInUse(c.mag)) if (chosen.some((e) => hasSession(e) && e.lma?.id === lma.id)) revokeAll(c, order, lma);
  }
  settleOne(c, order);
}

const inScope = (scope: GiveUpScope) => (e: Entry): boolean => {
  switch (scope.kind) {
    case 'all':
      return true;
    case 'lma':
      return e.lma?.id === scope.lma;
    case 'nai':
      return e.profile?.nai === scope.nai;
    case 'realm':
      return e.profile?.nai.toLowerCase().endsWith(scope.realm.toLowerCase()) ?? false;
  }
};

const hasSession = (e: Entry): boolean => e.state.name === 'active' || e.state.name === 'registering' || e.state.name === 'deregistering';

function revokeAll(c: Context, order: Order, lma: LmaPeer): void {
  const { mag } = c;
  const to = endpointTo(lma, mag.careOf);
  order.left += 1;
  if (!to) {
    endAll(c, order, lma, undefined, false);
    return settleOne(c, order);
  }
  do mag.revocation = (mag.revocation + 1) & 0xffff;
  while (mag.ownRevocations.has(mag.revocation));
  const sentAt = nextTimestamp(c);
  const message: BindingRevocationIndication = {
    kind: 'bindingRevocationIndication',
    trigger: TRIGGER.PER_PEER_POLICY,
    sequence: mag.revocation,
    flags: { proxy: true, ipv4Only: false, global: true },
    // The Timestamp keeps a recording from being used against what is registered later.
    options: [{ kind: 'mnIdentifier', subtype: NAI, identifier: mag.config.identity }, { kind: 'timestamp', timestamp: sentAt }],
  };
  const own: OwnRevocation = { order, lma, to, message, sentAt, attempt: 0, interval: mag.config.timers.initMinDelayBris };
  mag.ownRevocations.set(message.sequence, own);
  transmit(c, own);
}

function transmit(c: Context, own: OwnRevocation): void {
  c.effects.push({ kind: 'send', to: own.to, peer: own.lma.id, message: own.message });
  c.mag.peerDeadlines.set(timerOf(own), c.now.at + own.interval, 'repeat a Binding Revocation Indication', { kind: 'revocation', own });
}

/** No BRA in time: the same message again, twice as patient, at most BRIMaxRetriesNumber times (§6.3). */
export function onOwnRevocationTimer(c: Context, own: OwnRevocation): void {
  const { briMaxRetriesNumber, maxBrackTimeout } = c.mag.config.timers;
  if (own.attempt < briMaxRetriesNumber) {
    own.attempt += 1;
    own.interval = Math.min(own.interval * 2, maxBrackTimeout);
    return transmit(c, own);
  }
  settle(c, own, undefined);
}

export function onOwnRevocationAnswer(c: Context, received: Received, bra: BindingRevocationAcknowledgement): void {
  const own = c.mag.ownRevocations.get(bra.sequence);
  if (own?.to.remote !== received.from.remote) return void c.effects.push({ kind: 'discard', reason: 'a revocation acknowledgement that nobody asked for' });
  settle(c, own, bra.status);
}

/** What the LMA gave up, or does not have, goes silently; where it does not let us revoke in bulk, each session is de-registered. */
function settle(c: Context, own: OwnRevocation, status: number | undefined): void {
  c.mag.ownRevocations.delete(own.message.sequence);
  c.mag.peerDeadlines.drop(timerOf(own));
  const heeded = status === undefined || status === RS.SUCCESS || status === RS.PARTIAL_SUCCESS || status === RS.BINDING_DOES_NOT_EXIST;
  endAll(c, own.order, own.lma, heeded ? own.sentAt : undefined, status !== undefined, heeded);
  settleOne(c, own.order);
}

/** A session that asked anew after the BRI had left lives on at the LMA. */
function endAll(c: Context, order: Order, lma: LmaPeer, revokedAt: Timestamp | undefined, answered: boolean, silently = true): void {
  for (const entry of entriesOf(c.mag.list)) {
    if (entry.lma?.id !== lma.id || !hasSession(entry)) continue;
    const renewed = revokedAt !== undefined && entry.newestUpdate !== undefined && entry.newestUpdate > revokedAt;
    if (!answered) order.unanswered += 1;
    end(c, order, entry, silently && !renewed ? sendAway : disconnect);
  }
}

function end(c: Context, order: Order, entry: Entry, how: typeof disconnect): void {
  order.bindings += 1;
  how(c, entry, order.event.reason);
}

function sendAway(c: Context, entry: Entry, reason: string): void {
  c.effects.push({ kind: 'deauthenticate', interface: entry.interface, mac: entry.mac, reason });
  drop(c, entry, reason);
}

function settleOne(c: Context, order: Order): void {
  order.left -= 1;
  const { left, event, ...report } = order;
  if (left === 0 && event.id !== undefined) c.effects.push({ kind: 'gaveUp', id: event.id, report });
}

const timerOf = (own: OwnRevocation): string => `revocation ${own.message.sequence}`;
