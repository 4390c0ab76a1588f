/** What the shells do between an entity's effects and the octets: signed and encoded, decoded and verified (RFC 4285). */
import { createHmac } from 'node:crypto';
import { ANY_IPV6 } from '../../protocol/address.ts';
import { DecodeError } from '../../protocol/codec.ts';
import type { Endpoint, Received, Send } from '../../protocol/entity.ts';
import { encodeAuthenticated, verify } from '../../protocol/mobility/authentication.ts';
import { decodeMessage, encodeMessage, SIGNALLING_PORT, type Transport } from '../../protocol/mobility/header.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import { find } from '../../protocol/mobility/options.ts';
import type { Packet } from './network.ts';

export interface Signing {
  readonly role: 'mag' | 'lma';
  /** MAG: named in what it signs. */
  readonly identity?: string;
  /** Whose message it says that it is. */
  readonly claimed: (message: MobilityMessage) => string | undefined;
  readonly keyOf: (peer: string) => Uint8Array | undefined;
}

const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array => createHmac('sha1', key).update(data).digest();
const magAddress = (signing: Signing, e: Endpoint): string => (e.transport === 'udp' ? ANY_IPV6 : signing.role === 'mag' ? e.local : e.remote);

export function toPacket(signing: Signing, { to, message, peer }: Send): Packet {
  const transport: Transport = to.transport === 'ipv6' ? { kind: 'ipv6', source: to.local, destination: to.remote } : { kind: 'udp' };
  const key = peer === undefined ? undefined : signing.keyOf(peer);
  const { identity } = signing;
  const named = identity === undefined || find(message.options, 'magIdentifier') ? message : { ...message, options: [...message.options, { kind: 'magIdentifier', subtype: 1, identifier: identity } as const] };
  const octets = key ? encodeAuthenticated(named, transport, magAddress(signing, to), key, hmac) : encodeMessage(message, transport);
  return { transport: to.transport, source: to.local, sourcePort: SIGNALLING_PORT, destination: to.remote, destinationPort: to.remotePort ?? SIGNALLING_PORT, octets };
}

/** Undefined: malformed or not authentic, so dropped. */
export function fromPacket(signing: Signing, packet: Packet): Received | undefined {
  const transport: Transport = packet.transport === 'ipv6' ? { kind: 'ipv6', source: packet.source, destination: packet.destination } : { kind: 'udp' };
  const from: Endpoint = {
    transport: packet.transport,
    local: packet.destination,
    remote: packet.source,
    ...(packet.transport === 'udp' ? { remotePort: packet.sourcePort } : {}),
  };
  try {
    const message = decodeMessage(packet.octets, transport);
    const peer = signing.claimed(message);
    const key = peer === undefined ? undefined : signing.keyOf(peer);
    return peer !== undefined && key && verify(packet.octets, message, magAddress(signing, from), key, hmac) ? { kind: 'message', from, message, peer } : undefined;
  } catch (e) {
    if (e instanceof DecodeError) return undefined;
    throw e;
  }
}
