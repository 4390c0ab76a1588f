/**
 * A RADIUS packet passed on under another secret (RFC 2865 §2.3). Nothing is decoded and written anew: what a proxy does not know goes
 * through as it came. The Request Authenticator of an Access-Request stays, so that only what is hidden with the secret changes.
 */
import { createHash } from 'node:crypto';
import { HEADER_LENGTH } from '../../protocol/radius/packet.ts';
import { CODE } from '../../protocol/radius/codes.ts';
import { authenticatorOf, checkMessageAuthenticator, replyFits, requestFits, writeAuthenticators } from './authenticators.ts';

export interface Rekeying {
  /** 0 to 255, of the packet that goes out. */
  readonly identifier: number;
  readonly from: string;
  readonly to: string;
}

const USER_PASSWORD = 2;
const TUNNEL_PASSWORD = 69;
const VENDOR_SPECIFIC = 26;
/** RFC 2548 §2.4: the keys of the radio link, hidden as a tunnel's password is. */
const MICROSOFT = 311;
const MPPE_KEYS = [16, 17];
const BLOCK = 16;

const IDENTIFIER_AT = 1;

/** Undefined: it is what it says it is. Otherwise why it is not. */
export function distrust(request: Uint8Array, secret: string): string | undefined {
  if (request[0] === CODE.ACCESS_REQUEST) return checkMessageAuthenticator(request, authenticatorOf(request), secret) === 'fits' ? undefined : 'Message-Authenticator absent or wrong';
  if (request[0] === CODE.ACCOUNTING_REQUEST) return requestFits(request, secret) ? undefined : 'Request Authenticator wrong';
  return 'neither Access-Request nor Accounting-Request';
}

/** A request that `distrust` found nothing against, in octets that `decodePacket` accepts. */
export function rekeyRequest(request: Uint8Array, { identifier, from, to }: Rekeying): Uint8Array {
  const out = Uint8Array.from(request);
  out[IDENTIFIER_AT] = identifier;
  if (out[0] === CODE.ACCESS_REQUEST) for (const { type, at, length } of attributesOf(out)) if (type === USER_PASSWORD) hideAnew(out.subarray(at, at + length), authenticatorOf(request), from, to);
  writeAuthenticators(out, out[0] === CODE.ACCESS_REQUEST ? 'as it is' : 'of a request', to);
  return out;
}

export interface ReplyRekeying extends Rekeying {
  /** As it went out to the server, and as it had come in. */
  readonly asked: Uint8Array;
  readonly asking: Uint8Array;
}

/** The reply for who asked; or why it is not believed. */
export function rekeyReply(reply: Uint8Array, { identifier, from, to, asked, asking }: ReplyRekeying): Uint8Array | string {
  if (!replyFits(reply, asked, from)) return 'Response Authenticator wrong';
  const checked = checkMessageAuthenticator(reply, asked, from);
  if (checked === 'wrong' || (checked === 'absent' && reply[0] !== CODE.ACCOUNTING_RESPONSE)) return `Message-Authenticator ${checked}`;
  const out = Uint8Array.from(reply);
  out[IDENTIFIER_AT] = identifier;
  for (const { type, at, length } of attributesOf(out)) for (const hidden of saltedIn(out, type, at, length)) hideAnew(hidden.value, hidden.seed(asked), from, to);
  writeAuthenticators(out, asking, to);
  return out;
}

interface Place {
  readonly type: number;
  /** Where the value begins. */
  readonly at: number;
  readonly length: number;
}

function* attributesOf(packet: Uint8Array): Generator<Place> {
  for (let at = HEADER_LENGTH; at + 2 <= packet.length; at += packet[at + 1] as number) yield { type: packet[at] as number, at: at + 2, length: (packet[at + 1] as number) - 2 };
}

interface Hidden {
  readonly value: Uint8Array;
  readonly seed: (authenticator: Uint8Array) => Uint8Array;
}

/** Values behind a salt of two octets (RFC 2868 §3.5, RFC 2548 §2.4.2). */
function saltedIn(packet: Uint8Array, type: number, at: number, length: number): Hidden[] {
  const salted = (salt: number, end: number): Hidden => ({ value: packet.subarray(salt + 2, end), seed: (authenticator) => new Uint8Array([...authenticator, packet[salt] as number, packet[salt + 1] as number]) });
  if (type === TUNNEL_PASSWORD) return length > 3 ? [salted(at + 1, at + length)] : [];
  if (type !== VENDOR_SPECIFIC || length < 4) return [];
  const view = new DataView(packet.buffer, packet.byteOffset);
  if (view.getUint32(at) !== MICROSOFT) return [];
  const all: Hidden[] = [];
  for (let sub = at + 4; sub + 4 <= at + length && (packet[sub + 1] as number) >= 4; sub += packet[sub + 1] as number) {
    const end = Math.min(sub + (packet[sub + 1] as number), at + length);
    if (MPPE_KEYS.includes(packet[sub] as number)) all.push(salted(sub + 2, end));
  }
  return all;
}

const md5 = (...parts: (string | Uint8Array)[]): Uint8Array => parts.reduce((hash, part) => hash.update(part), createHash('md5')).digest();

/** In place: blocks of 16 octets, each hidden with the secret and the block before it (RFC 2865 §5.2). */
function hideAnew(value: Uint8Array, seed: Uint8Array, from: string, to: string): void {
  let [before, after] = [seed, seed];
  for (let at = 0; at < value.length; at += BLOCK) {
    const block = value.subarray(at, at + BLOCK);
    const was = Uint8Array.from(block);
    const [opens, hides] = [md5(from, before), md5(to, after)];
    for (let i = 0; i < block.length; i++) block[i] = (block[i] as number) ^ (opens[i] as number) ^ (hides[i] as number);
    [before, after] = [was, Uint8Array.from(block)];
  }
}
