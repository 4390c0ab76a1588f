/**
 * The server side of RFC 5176 as a function of what comes and now: who may ask, whether the request is genuine, fresh and new,
 * and the answer's octets. A request that came before gets the same answer again and is not acted upon twice.
 */
import { discard, type Discard } from '../../protocol/entity.ts';
import { valueOf, type AttributeKind, type RadiusAttribute } from '../../protocol/radius/attributes.ts';
import { CODE, ERROR_CAUSE } from '../../protocol/radius/codes.ts';
import { trim, type RadiusPacket } from '../../protocol/radius/packet.ts';
import type { Millis, Now, Seconds } from '../../protocol/units.ts';
import { formatHex } from '../../protocol/mac.ts';
import { checkMessageAuthenticator, requestFits, sealReply } from './authenticators.ts';
import { tryDecode } from './replies.ts';
import type { DynamicAnswer, DynamicAuthorizationClient, DynamicRequest, NasIdentity } from './types.ts';

export interface DynamicOptions {
  readonly clients: readonly DynamicAuthorizationClient[];
  readonly nas: NasIdentity;
  readonly requireMessageAuthenticator: boolean;
  readonly requireEventTimestamp: boolean;
  readonly window: Millis;
}

/** Where a request came from and through which of our sockets. */
export interface Asker {
  readonly socket: number;
  readonly address: string;
  readonly port: number;
}

/** A request that waits for its answer, or has it. */
export interface Ticket {
  readonly from: Asker;
  readonly packet: RadiusPacket;
  readonly secret: string;
  /** Until when a copy is recognised, on the clock of `Now.at`. */
  readonly until: Millis;
  reply?: Uint8Array;
}

export interface DynamicRequests {
  readonly options: DynamicOptions;
  readonly tickets: Map<string, Ticket>;
}

export type DynamicEffect =
  | { readonly kind: 'act'; readonly ticket: Ticket; readonly request: DynamicRequest }
  | { readonly kind: 'reply'; readonly to: Asker; readonly octets: Uint8Array }
  | Discard;

/** What is remembered; above this nothing new is taken on until something expired. */
export const MOST_TICKETS = 4096;

const REQUESTS: Readonly<Record<number, DynamicRequest['kind']>> = { [CODE.DISCONNECT_REQUEST]: 'disconnect', [CODE.COA_REQUEST]: 'coa' };
const REPLIES = {
  disconnect: { ack: CODE.DISCONNECT_ACK, nak: CODE.DISCONNECT_NAK },
  coa: { ack: CODE.COA_ACK, nak: CODE.COA_NAK },
} as const;

/** A Disconnect-Request names a NAS and a session and asks for nothing else (RFC 5176 §3, §3.6). */
const IN_DISCONNECT: readonly AttributeKind[] = [
  'userName', 'nasIpAddress', 'nasPort', 'framedIpAddress', 'replyMessage', 'class', 'ciscoAvPair', 'vendorSpecific', 'calledStationId', 'callingStationId', 'nasIdentifier', 'proxyState',
  'acctSessionId', 'acctTerminateCause', 'acctMultiSessionId', 'eventTimestamp', 'nasPortType', 'messageAuthenticator', 'nasPortId', 'chargeableUserIdentity', 'nasIpv6Address', 'framedInterfaceId', 'framedIpv6Prefix', 'mobileNodeIdentifier',
];

export const createDynamicRequests = (options: DynamicOptions): DynamicRequests => ({ options, tickets: new Map() });

export function received(d: DynamicRequests, octets: Uint8Array, from: Asker, now: Now): DynamicEffect[] {
  const client = d.options.clients.find((c) => c.address === from.address);
  if (!client) return [discard('request of a client that is not permitted')];
  const packet = tryDecode(octets);
  if (typeof packet === 'string') return [discard(packet)];
  const kind = REQUESTS[packet.code];
  if (!kind) return [discard('request with an unexpected code')];
  const doubt = doubtOf(d.options, trim(octets), packet, client.secret, now);
  if (doubt !== undefined) return [discard(doubt)];

  forget(d, now.at);
  // Without the port: a copy sent from another one is still a copy.
  const key = `${from.address} ${packet.identifier} ${formatHex(packet.authenticator)}`;
  const before = d.tickets.get(key);
  if (before) return [discard('request received again'), ...(before.reply ? [{ kind: 'reply', to: from, octets: before.reply } as const] : [])];
  if (d.tickets.size >= MOST_TICKETS) return [discard('too many requests')];
  // A genuine request may be ahead of our clock, and is fresh for that much longer.
  const ticket: Ticket = { from, packet, secret: client.secret, until: now.at + 2 * d.options.window };
  d.tickets.set(key, ticket);

  const fault = faultOf(d.options.nas, kind, packet.attributes);
  if (fault !== undefined) return answered(ticket, { kind: 'nak', errorCause: fault }, now);
  return [{ kind: 'act', ticket, request: { kind, attributes: packet.attributes, from: from.address } }];
}

/** Why nothing is answered at all: whoever sent this may not know the secret, or repeats what somebody else sent. */
function doubtOf(options: DynamicOptions, octets: Uint8Array, packet: RadiusPacket, secret: string, now: Now): string | undefined {
  if (!requestFits(octets, secret)) return 'wrong Request Authenticator';
  const sealed = checkMessageAuthenticator(octets, 'zeros', secret);
  if (sealed === 'wrong') return 'wrong Message-Authenticator';
  if (sealed === 'absent' && options.requireMessageAuthenticator) return 'no Message-Authenticator';
  const stamp: Seconds | undefined = valueOf(packet.attributes, 'eventTimestamp');
  if (stamp === undefined) return options.requireEventTimestamp ? 'no Event-Timestamp' : undefined;
  // RFC 5176 §6.3; the stamp has whole seconds.
  return Math.abs(Math.floor(now.wall / 1000) - stamp) * 1000 > options.window ? 'Event-Timestamp outside the window' : undefined;
}

/** The Error-Cause of a request that nobody needs to be asked about. */
function faultOf(nas: NasIdentity, kind: DynamicRequest['kind'], attributes: readonly RadiusAttribute[]): number | undefined {
  const names = { nasIdentifier: nas.identifier, nasIpAddress: nas.ipv4, nasIpv6Address: nas.ipv6 };
  for (const a of attributes) if ((a.kind === 'nasIdentifier' || a.kind === 'nasIpAddress' || a.kind === 'nasIpv6Address') && a.value !== names[a.kind]) return ERROR_CAUSE.NAS_IDENTIFICATION_MISMATCH;
  // All attributes are mandatory, so what is not known cannot be carried out (RFC 5176 §3).
  if (attributes.some((a) => a.kind === 'unknown')) return ERROR_CAUSE.UNSUPPORTED_ATTRIBUTE;
  if (kind === 'disconnect' && attributes.some((a) => !IN_DISCONNECT.includes(a.kind))) return ERROR_CAUSE.UNSUPPORTED_ATTRIBUTE;
  // Authorize Only would have us ask the RADIUS server again (RFC 5176 §3.2).
  if (valueOf(attributes, 'serviceType') !== undefined) return ERROR_CAUSE.UNSUPPORTED_SERVICE;
  return undefined;
}

/** The answer to a request that was acted upon. @throws EncodeError if its attributes do not fit a packet */
export function answered(ticket: Ticket, answer: DynamicAnswer, now: Now): DynamicEffect[] {
  const { packet, secret, from } = ticket;
  const own: readonly RadiusAttribute[] = answer.kind === 'ack' ? (answer.attributes ?? []) : [{ kind: 'errorCause', value: answer.errorCause }];
  const attributes: RadiusAttribute[] = [
    ...own,
    { kind: 'eventTimestamp', value: Math.floor(now.wall / 1000) },
    // Unchanged and in their order (RFC 5176 §3.1).
    ...packet.attributes.filter((a) => a.kind === 'proxyState'),
  ];
  const code = REPLIES[REQUESTS[packet.code] ?? 'disconnect'][answer.kind];
  ticket.reply = sealReply({ code, identifier: packet.identifier, attributes }, packet.authenticator, secret);
  return [{ kind: 'reply', to: from, octets: ticket.reply }];
}

/** Tickets are in the order of their expiry. */
function forget(d: DynamicRequests, at: Millis): void {
  for (const [key, { until }] of d.tickets) {
    if (until > at) return;
    d.tickets.delete(key);
  }
}
