/**
 * The conversation with one phone: `step(conversation, event, now) -> effects` with `deadline(conversation)`. It knows the
 * phone's session, holds what the phone asked until the session can answer it, and nothing else.
 */
import { formatPrefix, type Ipv4, type Ipv6, type Prefix } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import { DecodeError } from '../../protocol/codec.ts';
import { discard } from '../../protocol/entity.ts';
import type { ArpPacket } from '../../protocol/neighbour/arp.ts';
import { earliest, type Deadline, type Millis, type Now, type Seconds } from '../../protocol/units.ts';
import { decideArp } from './arp.ts';
import { accept, refuse, type Reply } from './dhcpReply.ts';
import { decide, serverFor, strange } from './dhcpServer.ts';
import type { AccessEffect, AccessEvent, DiscardReason } from './events.ts';
import { arpFrame, dhcpFrame, neighbourFrame, readFrame, stationOf, type DhcpRequest, type Neighbour, type Received } from './frame.ts';
import { answerSolicitation, canBeThePhones, learn } from './neighbour.ts';
import { RA_DESTINATION, interval, routerAdvertisement, spend, withdrawal } from './routerAdvertisement.ts';
import { NO_SESSION, advertisesTheSame, type Session } from './session.ts';

/** As long as a client goes on with one transaction before the next attempt (RFC 2131 §4.1: 4, 8, 16 s). */
const HOLD: Millis = 16_000;

interface Held<T> {
  readonly what: T;
  readonly until: Millis;
}

export interface Conversation {
  readonly mac: Mac;
  session: Session;
  /** When the session was told; its lifetime runs from then. */
  since: Millis;
  /** The default router of this or an earlier session. */
  router: Ipv4 | undefined;
  /** The newest of each that waits for the session. */
  dhcp: Held<DhcpRequest> | undefined;
  arp: Held<ArpPacket> | undefined;
  solicitation: Held<true> | undefined;
  /** What the phone was told to use and was not told to leave. */
  advertised: readonly Prefix[];
  nextAdvertisement: Millis | undefined;
  /** When the allowance of answers to router solicitations is whole again. */
  allowance: Millis;
  /** The phone's IPv6 addresses as heard, the newest first. */
  addresses: readonly Ipv6[];
}

export const startConversation = (mac: Mac): Conversation => ({
  mac,
  session: NO_SESSION,
  since: 0,
  router: undefined,
  dhcp: undefined,
  arp: undefined,
  solicitation: undefined,
  advertised: [],
  nextAdvertisement: undefined,
  allowance: 0,
  addresses: [],
});

/** Mutates `c`. Never throws on what a phone can send: that becomes a `discard`. */
export function step(c: Conversation, event: AccessEvent, now: Now): AccessEffect[] {
  switch (event.kind) {
    case 'frame':
      return onFrame(c, event.frame, event.checksumReady ?? true, now.at);
    case 'session':
      return onSession(c, event.session, now.at);
    case 'timer':
      return onTimer(c, now.at);
  }
}

export function deadline(c: Conversation): Deadline | undefined {
  const held = [c.dhcp, c.arp, c.solicitation].map((h) => h && { at: h.until, why: 'give up what is held for a session' });
  return earliest(...held, c.nextAdvertisement === undefined ? undefined : { at: c.nextAdvertisement, why: 'unsolicited router advertisement' });
}

const discarded = (reason: DiscardReason): AccessEffect[] => [discard(reason)];

function onFrame(c: Conversation, frame: Uint8Array, checksumReady: boolean, at: Millis): AccessEffect[] {
  if (stationOf(frame) !== c.mac) return discarded('other-station');
  let received: Received;
  try {
    received = readFrame(frame, checksumReady);
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    return [discard(`frame-${e.reason}`)];
  }
  switch (received.kind) {
    case 'dhcp':
      return onDhcp(c, received, at);
    case 'arp':
      return onArp(c, received.packet, at);
    case 'neighbour':
      return onNeighbour(c, received, at);
    case 'other':
      return [];
  }
}

function onDhcp(c: Conversation, request: DhcpRequest, at: Millis): AccessEffect[] {
  const fault = strange(request, c.mac, c.session.ipv4?.router);
  if (fault) return discarded(fault);
  const alreadyAsked = c.dhcp !== undefined;
  // What the client says now takes the place of what is held: it has moved on.
  c.dhcp = undefined;
  return answerDhcp(c, request, { over: false, alreadyAsked }, at);
}

function answerDhcp(c: Conversation, request: DhcpRequest, { over, alreadyAsked }: { over: boolean; alreadyAsked: boolean }, at: Millis): AccessEffect[] {
  const { message } = request;
  const { ipv4 } = c.session;
  const decision = decide(request, c.session, c.router, over);
  switch (decision.kind) {
    case 'reply':
      if (!ipv4) return discarded('dhcp-no-ipv4');
      return [sendDhcp(c, ipv4.router, accept(message, decision.type, ipv4, c.session, decision.lease))];
    case 'nak': {
      const server = serverFor(request, c.session, c.router);
      return [sendDhcp(c, server, refuse(message, server, decision.why))];
    }
    case 'hold': {
      c.dhcp = { what: request, until: at + HOLD };
      if (c.session.state === 'pending' || alreadyAsked) return [];
      const { clientIdentifier } = message.options;
      const { wantedAddress } = decision;
      return [{ kind: 'wantBinding', mac: c.mac, ...(clientIdentifier === undefined ? {} : { clientId: clientIdentifier }), ...(wantedAddress === undefined ? {} : { wantedAddress }) }];
    }
    case 'release':
      return [{ kind: 'releaseIpv4', mac: c.mac }];
    case 'decline':
      return [{ kind: 'declineIpv4', mac: c.mac, address: decision.address }];
    case 'discard':
      return discarded(decision.reason);
  }
}

function sendDhcp(c: Conversation, source: Ipv4, { message, destination }: Reply): AccessEffect {
  const names = { OFFER: 'dhcp-offer', ACK: 'dhcp-ack', NAK: 'dhcp-nak' } as const;
  const type = message.options.messageType as keyof typeof names;
  return { kind: 'sendFrame', name: names[type], frame: dhcpFrame(c.mac, source, destination, message) };
}

function onArp(c: Conversation, packet: ArpPacket, at: Millis): AccessEffect[] {
  const decision = decideArp(packet, c.mac, c.session);
  switch (decision.kind) {
    case 'answer':
      return [{ kind: 'sendFrame', name: 'arp-reply', frame: arpFrame(c.mac, decision.packet) }];
    case 'hold':
      c.arp = { what: packet, until: at + HOLD };
      return [];
    case 'silence':
      return [];
    case 'discard':
      return discarded(decision.reason);
  }
}

function onNeighbour(c: Conversation, heard: Neighbour, at: Millis): AccessEffect[] {
  c.addresses = learn(c.addresses, heard, c.session);
  if (heard.message.kind === 'routerAdvertisement') return discarded('rogue-ra');
  if (heard.message.kind === 'routerSolicitation') return onSolicitation(c, at);
  const answer = answerSolicitation(heard, c.session);
  if (!answer) return [];
  if (c.session.state === 'none' || c.session.state === 'refused') return discarded('nd-no-session');
  return [{ kind: 'sendFrame', name: 'neighbour-advertisement', frame: neighbourFrame(c.mac, c.session.linkLocal, answer.destination, answer.message) }];
}

function onSolicitation(c: Conversation, at: Millis): AccessEffect[] {
  switch (c.session.state) {
    case 'refused':
      return discarded('rs-refused');
    case 'none':
    case 'pending': {
      const ask = c.session.state === 'none' && !c.solicitation && !c.dhcp;
      c.solicitation = { what: true, until: at + HOLD };
      return ask ? [{ kind: 'wantBinding', mac: c.mac }] : [];
    }
    case 'active': {
      if (c.session.prefixes.length === 0) return discarded('rs-no-ipv6');
      const wholeAt = spend(c.allowance, at);
      if (wholeAt === undefined) return discarded('rs-rate-limited');
      c.allowance = wholeAt;
      return [advertise(c, [], at)];
    }
  }
}

/** What is left of the granted lifetime. */
const left = (c: Conversation, at: Millis): Seconds => Math.max(0, Math.floor(c.session.prefixLifetime - (at - c.since) / 1000));

/** Sends the session's advertisement and sets the time of the next. */
function advertise(c: Conversation, gone: readonly Prefix[], at: Millis): AccessEffect {
  const remaining = left(c, at);
  c.advertised = c.session.prefixes;
  // A lifetime that ran out was not renewed: what went out says so, and repeating it would tell nothing more.
  c.nextAdvertisement = remaining > 0 ? at + interval(c.session) : undefined;
  return { kind: 'sendFrame', name: 'router-advertisement', frame: neighbourFrame(c.mac, c.session.linkLocal, RA_DESTINATION, routerAdvertisement(c.session, remaining, gone)) };
}

function withdraw(c: Conversation, from: Ipv6, gone: readonly Prefix[]): AccessEffect {
  return { kind: 'sendFrame', name: 'router-withdrawal', frame: neighbourFrame(c.mac, from, RA_DESTINATION, withdrawal(gone)) };
}

function onSession(c: Conversation, session: Session, at: Millis): AccessEffect[] {
  const before = c.session;
  c.session = session;
  c.since = at;
  c.router = session.ipv4?.router ?? c.router;
  if (session.state === 'pending') {
    // Nothing is advertised without a registration (RFC 5213 §6.9.2), and nothing withdrawn before it has failed.
    c.nextAdvertisement = undefined;
    return [];
  }
  const effects = adviseRouter(c, before, at);
  if (session.state === 'none') return effects;
  c.addresses = c.addresses.filter((a) => canBeThePhones(a, session));
  return [...effects, ...settle(c, at)];
}

/** Router advertisements that a change of session makes necessary. */
function adviseRouter(c: Conversation, before: Session, at: Millis): AccessEffect[] {
  const { session } = c;
  const live = session.state === 'active' ? session.prefixes : [];
  const kept = new Set(live.map(formatPrefix));
  const gone = c.advertised.filter((p) => !kept.has(formatPrefix(p)));
  if (live.length === 0) {
    c.advertised = [];
    c.nextAdvertisement = undefined;
    return gone.length > 0 ? [withdraw(c, before.linkLocal, gone)] : [];
  }
  const moved = c.advertised.length > 0 && before.linkLocal !== session.linkLocal;
  const asked = c.solicitation !== undefined;
  if (!asked && before.state === 'active' && c.nextAdvertisement !== undefined && advertisesTheSame(before, session)) return [];
  return [...(moved ? [withdraw(c, before.linkLocal, [])] : []), advertise(c, gone, at)];
}

/** Answers what was held, now that the session can. */
function settle(c: Conversation, at: Millis): AccessEffect[] {
  const { dhcp, arp, solicitation } = c;
  c.dhcp = undefined;
  c.arp = undefined;
  c.solicitation = undefined;
  return [
    ...(arp ? onArp(c, arp.what, at) : []),
    ...(dhcp ? settleDhcp(c, dhcp.what, at) : []),
    // With prefixes the advertisement has gone out already.
    ...(solicitation && c.advertised.length === 0 ? onSolicitation(c, at) : []),
  ];
}

/** The server that a held message was for may have turned out to be another one. */
function settleDhcp(c: Conversation, request: DhcpRequest, at: Millis): AccessEffect[] {
  const fault = strange(request, c.mac, c.session.ipv4?.router);
  return fault ? discarded(fault) : answerDhcp(c, request, { over: true, alreadyAsked: true }, at);
}

function onTimer(c: Conversation, at: Millis): AccessEffect[] {
  const effects: AccessEffect[] = [];
  for (const key of ['dhcp', 'arp', 'solicitation'] as const) {
    const held = c[key];
    if (!held || held.until > at) continue;
    c[key] = undefined;
    effects.push(...discarded('held-too-long'));
  }
  if (c.nextAdvertisement !== undefined && c.nextAdvertisement <= at) effects.push(advertise(c, [], at));
  return effects;
}
