/**
 * The authenticators of RADIUS, all MD5 because the RFCs say so. A packet is sealed here after it was encoded, and checked
 * before anything in it is believed. Every comparison takes the same time wherever the difference is.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { AUTHENTICATOR_AT, AUTHENTICATOR_LENGTH, encodePacket, HEADER_LENGTH, messageAuthenticatorAt, type RadiusPacket } from '../../protocol/radius/packet.ts';
import { formatHex } from '../../protocol/mac.ts';
import type { RadiusAttribute } from '../../protocol/radius/attributes.ts';

const NOTHING = new Uint8Array(AUTHENTICATOR_LENGTH);
const BLANK: RadiusAttribute = { kind: 'messageAuthenticator', value: formatHex(NOTHING) };
const md5 = (...parts: (Uint8Array | string)[]): Uint8Array => parts.reduce((hash, part) => hash.update(part), createHash('md5')).digest();

/** `packet` with another authenticator in its header, and a blank Message-Authenticator if `blankAt` says where one is. */
function withAuthenticator(packet: Uint8Array, authenticator: Uint8Array, blankAt?: number): Uint8Array {
  const copy = Uint8Array.from(packet); // slice() of a Buffer would be no copy
  copy.set(authenticator, AUTHENTICATOR_AT);
  if (blankAt !== undefined) copy.set(NOTHING, blankAt);
  return copy;
}

/** HMAC-MD5 of the packet as its sender had it when the Message-Authenticator was still blank (RFC 3579 §3.2, RFC 5176 §3.4). */
const messageAuthenticator = (packet: Uint8Array, authenticator: Uint8Array, at: number, secret: string): Uint8Array =>
  createHmac('md5', secret).update(withAuthenticator(packet, authenticator, at)).digest();

export const authenticatorOf = (packet: Uint8Array): Uint8Array => packet.subarray(AUTHENTICATOR_AT, AUTHENTICATOR_AT + AUTHENTICATOR_LENGTH);

/** With a blank Message-Authenticator in front, where the attack of CVE-2024-3596 cannot put anything before it. */
const encodeBlank = (packet: RadiusPacket): Uint8Array => encodePacket({ ...packet, attributes: [BLANK, ...packet.attributes] });

function writeMessageAuthenticator(octets: Uint8Array, authenticator: Uint8Array, secret: string): void {
  const at = HEADER_LENGTH + 2;
  octets.set(messageAuthenticator(octets, authenticator, at, secret), at);
}

/**
 * Seals octets that were changed in place: the Message-Authenticator, if they have one, and the authenticator of the header. `asks`: that
 * of an Access-Request stands already; any other request's is made; a reply's is made of the request's.
 */
export function writeAuthenticators(packet: Uint8Array, asks: 'as it is' | 'of a request' | Uint8Array, secret: string): void {
  const base = asks === 'as it is' ? Uint8Array.from(authenticatorOf(packet)) : asks === 'of a request' ? NOTHING : asks;
  const at = messageAuthenticatorAt(packet);
  if (at !== undefined) packet.set(messageAuthenticator(packet, base, at, secret), at);
  if (asks !== 'as it is') packet.set(md5(withAuthenticator(packet, base), secret), AUTHENTICATOR_AT);
}

/** An Access-Request: the Request Authenticator is `packet.authenticator`, 16 random octets (RFC 2865 §3). @throws EncodeError */
export function sealAccessRequest(packet: RadiusPacket, secret: string): Uint8Array {
  const octets = encodeBlank(packet);
  writeMessageAuthenticator(octets, packet.authenticator, secret);
  return octets;
}

/** An Accounting-Request (RFC 2866 §3: no Message-Authenticator is asked for). @throws EncodeError */
export function sealAccountingRequest(packet: Omit<RadiusPacket, 'authenticator'>, secret: string): Uint8Array {
  const octets = encodePacket({ ...packet, authenticator: NOTHING });
  octets.set(md5(octets, secret), AUTHENTICATOR_AT);
  return octets;
}

/** A Disconnect- or CoA-Request, as a client of dynamic authorization makes it (RFC 5176 §2.3, §3.4). @throws EncodeError */
export function sealDynamicRequest(packet: Omit<RadiusPacket, 'authenticator'>, secret: string): Uint8Array {
  const octets = encodeBlank({ ...packet, authenticator: NOTHING });
  writeMessageAuthenticator(octets, NOTHING, secret);
  octets.set(md5(octets, secret), AUTHENTICATOR_AT);
  return octets;
}

/** An answer to a request with this authenticator (RFC 2865 §3, RFC 3579 §3.2). @throws EncodeError */
export function sealReply(packet: Omit<RadiusPacket, 'authenticator'>, requestAuthenticator: Uint8Array, secret: string): Uint8Array {
  const octets = encodeBlank({ ...packet, authenticator: requestAuthenticator });
  writeMessageAuthenticator(octets, requestAuthenticator, secret);
  octets.set(md5(octets, secret), AUTHENTICATOR_AT);
  return octets;
}

/** Response Authenticator = MD5(Code, Identifier, Length, Request Authenticator, Attributes, secret) (RFC 2865 §3). */
export const replyFits = (reply: Uint8Array, requestAuthenticator: Uint8Array, secret: string): boolean =>
  timingSafeEqual(md5(withAuthenticator(reply, requestAuthenticator), secret), authenticatorOf(reply));

/** The authenticator of Accounting-, Disconnect- and CoA-Requests: as a reply's, over zeros (RFC 2866 §3, RFC 5176 §2.3). */
export const requestFits = (request: Uint8Array, secret: string): boolean => replyFits(request, NOTHING, secret);

/** `authenticator`: what stood in the header when it was computed: of a reply the request's, of a CoA- or Disconnect-Request zeros. */
export function checkMessageAuthenticator(packet: Uint8Array, authenticator: Uint8Array | 'zeros', secret: string): 'fits' | 'wrong' | 'absent' {
  const at = messageAuthenticatorAt(packet);
  if (at === undefined) return 'absent';
  const expected = messageAuthenticator(packet, authenticator === 'zeros' ? NOTHING : authenticator, at, secret);
  return timingSafeEqual(expected, packet.subarray(at, at + AUTHENTICATOR_LENGTH)) ? 'fits' : 'wrong';
}

/** User-Password: blocks of 16 octets, each hidden with the secret and the block before it (RFC 2865 §5.2). At most 128 octets. */
export function hidePassword(password: Uint8Array, requestAuthenticator: Uint8Array, secret: string): Uint8Array {
  const out = new Uint8Array(Math.max(16, Math.ceil(password.length / 16) * 16));
  out.set(password);
  let previous = requestAuthenticator;
  for (let at = 0; at < out.length; at += 16) {
    const pad = md5(secret, previous);
    for (let i = 0; i < 16; i++) out[at + i] = (out[at + i] as number) ^ (pad[i] as number);
    previous = out.subarray(at, at + 16);
  }
  return out;
}
