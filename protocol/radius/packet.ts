/**
 * The RADIUS packet (RFC 2865 §3). Authenticators are octets here; runtime/radius makes and checks them.
 *
 *   | Code | Identifier | Length          |
 *   | Authenticator, 16 octets            |
 *   | Attributes ...
 */
import { DecodeError, EncodeError, Reader, Writer } from '../codec.ts';
import { readAttributes, writeAttributes, type RadiusAttribute } from './attributes.ts';

export const HEADER_LENGTH = 20;
export const MAX_LENGTH = 4096;
export const AUTHENTICATOR_AT = 4;
export const AUTHENTICATOR_LENGTH = 16;
const MESSAGE_AUTHENTICATOR = 80;

export interface RadiusPacket {
  readonly code: number;
  /** 0 to 255 */
  readonly identifier: number;
  readonly authenticator: Uint8Array;
  readonly attributes: readonly RadiusAttribute[];
}

/**
 * The octets of one packet: what is behind its Length is padding and left out.
 * @throws DecodeError if Length and datagram contradict each other (RFC 2865 §3: silently discarded)
 */
export function trim(datagram: Uint8Array): Uint8Array {
  const r = new Reader(datagram);
  r.advance(2);
  const length = r.uint(2);
  if (length < HEADER_LENGTH || length > MAX_LENGTH) throw new DecodeError('length', `a RADIUS packet of ${length} octets`);
  if (length > datagram.length) throw new DecodeError('truncated', `${length} octets announced, ${datagram.length} there`);
  return datagram.subarray(0, length);
}

/** @throws DecodeError */
export function decodePacket(datagram: Uint8Array): RadiusPacket {
  const r = new Reader(trim(datagram));
  const code = r.uint(1);
  const identifier = r.uint(1);
  r.advance(2);
  const authenticator = Uint8Array.from(r.take(AUTHENTICATOR_LENGTH));
  return { code, identifier, authenticator, attributes: readAttributes(r) };
}

/** @throws EncodeError if an attribute does not fit, or all of them do not fit 4096 octets */
export function encodePacket(packet: RadiusPacket): Uint8Array {
  if (packet.authenticator.length !== AUTHENTICATOR_LENGTH) throw new EncodeError(`an authenticator of ${packet.authenticator.length} octets`);
  const w = new Writer();
  w.uint(packet.code, 1);
  w.uint(packet.identifier, 1);
  w.uint(0, 2);
  w.bytes(packet.authenticator);
  writeAttributes(w, packet.attributes);
  if (w.length > MAX_LENGTH) throw new EncodeError(`${w.length} octets; a RADIUS packet holds ${MAX_LENGTH}`);
  w.patch(2, w.length, 2);
  return w.finish();
}

/** Where the value of the first Message-Authenticator begins, in octets that `decodePacket` accepts. */
export function messageAuthenticatorAt(packet: Uint8Array): number | undefined {
  for (let at = HEADER_LENGTH; at + 2 <= packet.length; at += packet[at + 1] as number) {
    if (packet[at] === MESSAGE_AUTHENTICATOR && packet[at + 1] === 2 + AUTHENTICATOR_LENGTH) return at + 2;
  }
  return undefined;
}
