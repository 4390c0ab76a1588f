/** The authenticators once more, written from the RFCs and not from the product, so that both do not err alike. */
import { createHash, createHmac } from 'node:crypto';
import { encodePacket, type RadiusPacket } from '../../../protocol/radius/packet.ts';

const md5 = (octets: Uint8Array, secret: string): Buffer => createHash('md5').update(octets).update(secret, 'utf8').digest();
const blank = `${'00:'.repeat(15)}00`;

/** Response Authenticator over octets that hold the Request Authenticator (RFC 2865 §3). */
export function replySealed(octets: Uint8Array, requestAuthenticator: Uint8Array, secret: string): Uint8Array {
  const out = Buffer.from(octets);
  Buffer.from(requestAuthenticator).copy(out, 4);
  md5(out, secret).copy(out, 4);
  return Uint8Array.from(out);
}

/** With a Message-Authenticator in front (RFC 3579 §3.2), then the Response Authenticator. */
export function sealReply(packet: Omit<RadiusPacket, 'authenticator'>, requestAuthenticator: Uint8Array, secret: string): Uint8Array {
  const octets = Buffer.from(encodePacket({ ...packet, authenticator: requestAuthenticator, attributes: [{ kind: 'messageAuthenticator', value: blank }, ...packet.attributes] }));
  createHmac('md5', secret).update(octets).digest().copy(octets, 22);
  return replySealed(octets, requestAuthenticator, secret);
}

/** A Disconnect- or CoA-Request: both over zeros (RFC 5176 §2.3, §3.4). */
export const sealRequest = (packet: Omit<RadiusPacket, 'authenticator'>, secret: string): Uint8Array => sealReply(packet, new Uint8Array(16), secret);
