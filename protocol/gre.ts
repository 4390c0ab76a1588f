/**
 * Subscriber packets between MAG and LMA: plain IP in IP, GRE with or without a key (RFC 2784, 2890, 5845), and IPv4-UDP
 * 5437 with the inner packet or a TLV header in it (RFC 5844 §4, RFC 5845 §7).
 */
import { checksum } from './checksum.ts';
import { DecodeError, EncodeError, Writer, decode, encode, reserved, struct, u16, u32, u8, type Codec } from './codec.ts';
import {
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  PROTOCOL_GRE,
  PROTOCOL_IPV4,
  PROTOCOL_IPV6,
  PROTOCOL_UDP,
  ipv4Packet,
  ipv6Packet,
  isFragment,
  udpDatagram,
  type Ipv4Packet,
  type Ipv6Packet,
} from './ip.ts';

/** `pmip6-data` (RFC 5844 §4.1.3). */
export const DATA_PORT = 5437;

export interface GrePacket {
  readonly protocolType: number;
  /** With the C bit. Ours go without. */
  readonly checksummed: boolean;
  readonly key?: number;
  readonly sequence?: number;
  readonly payload: Uint8Array;
}

const C = 0x8000;
const K = 0x2000;
const S = 0x1000;
/** RFC 2784 §2.3: a receiver discards on bits 1 to 5, of which RFC 2890 gave K and S a meaning, and on another version than 0. */
const FORBIDDEN = 0x4c07;

export const grePacket: Codec<GrePacket> = {
  read: (r) => {
    const start = r.offset;
    const flags = r.uint(2);
    if (flags & FORBIDDEN) throw new DecodeError('value', `GRE flags ${flags.toString(16)} are not of RFC 2784 or 2890`);
    const protocolType = r.uint(2);
    if (flags & C) {
      if (checksum(r.octets.subarray(start, r.end)) !== 0) throw new DecodeError('checksum', 'GRE checksum is wrong');
      r.advance(4);
    }
    const key = flags & K ? { key: r.uint(4) } : {};
    const sequence = flags & S ? { sequence: r.uint(4) } : {};
    return { protocolType, checksummed: (flags & C) !== 0, ...key, ...sequence, payload: r.take(r.remaining).slice() };
  },
  write: (w, p) => {
    const all = new Writer();
    u16.write(all, (p.checksummed ? C : 0) | (p.key === undefined ? 0 : K) | (p.sequence === undefined ? 0 : S));
    u16.write(all, p.protocolType);
    if (p.checksummed) all.zeros(4);
    if (p.key !== undefined) u32.write(all, p.key);
    if (p.sequence !== undefined) u32.write(all, p.sequence);
    all.bytes(p.payload);
    if (p.checksummed) all.patch(4, checksum(all.finish()), 2);
    w.bytes(all.finish());
  },
};

export interface TlvPacket {
  /** 4, 41 or 47 */
  readonly nextHeader: number;
  readonly payload: Uint8Array;
}

const tlvHeader = struct({ _typeAndReserved: reserved(1), nextHeader: u8, length: u16 });

/** RFC 5845 §7: the length is that of what follows; where it and the datagram's disagree, the packet is discarded. */
export const tlvPacket: Codec<TlvPacket> = {
  read: (r) => {
    if (r.remaining > 0 && (r.octets[r.offset] as number) >> 4 !== 0) throw new DecodeError('unknown-type', 'TLV header of another type than 0');
    const { nextHeader, length } = tlvHeader.read(r);
    if (length !== r.remaining) throw new DecodeError('length', `TLV length ${length}, ${r.remaining} octets there`);
    return { nextHeader, payload: r.take(length).slice() };
  },
  write: (w, p) => {
    tlvHeader.write(w, { nextHeader: p.nextHeader, length: p.payload.length });
    w.bytes(p.payload);
  },
};

/** One subscriber packet inside its tunnel. What a tunnel's `protocol` field says follows from the rest and is not repeated. */
export interface DataPacket {
  readonly outer: Omit<Ipv4Packet, 'protocol' | 'payload'> | Omit<Ipv6Packet, 'nextHeader' | 'payload'>;
  /** IPv4-UDP encapsulation; one of the ports is 5437, the other may be a NAT's. */
  readonly udp?: { readonly sourcePort: number; readonly destinationPort: number };
  /** A TLV header stands between UDP and GRE or the inner packet. */
  readonly tlv?: true;
  readonly gre?: Omit<GrePacket, 'protocolType' | 'payload'>;
  /** An IPv4 or IPv6 packet, by its first four bits; not looked into. */
  readonly inner: Uint8Array;
}

export const dataPacket: Codec<DataPacket> = {
  read: (r) => {
    if (r.remaining === 0) throw new DecodeError('truncated', 'an empty packet');
    if ((r.octets[r.offset] as number) >> 4 === 6) {
      const { nextHeader, payload, ...outer } = ipv6Packet.read(r);
      return { outer, ...readProtocol(nextHeader, payload) };
    }
    const packet = ipv4Packet.read(r);
    if (isFragment(packet)) throw new DecodeError('value', 'a fragment of a tunnel packet');
    const { protocol, payload, ...outer } = packet;
    if (protocol !== PROTOCOL_UDP) return { outer, ...readProtocol(protocol, payload) };
    const { payload: inUdp, ...udp } = decode(udpDatagram(outer.source, outer.destination), payload);
    if (udp.sourcePort !== DATA_PORT && udp.destinationPort !== DATA_PORT) throw new DecodeError('unknown-type', 'UDP, and neither port is 5437');
    return { outer, udp, ...readUdpData(inUdp) };
  },
  write: (w, p) => {
    const version = versionOf(p.inner);
    if (version !== 4 && version !== 6) throw new EncodeError('the inner packet is neither IPv4 nor IPv6');
    const inGre = p.gre ? encode(grePacket, { ...p.gre, protocolType: version === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6, payload: p.inner }) : p.inner;
    const protocol = p.gre ? PROTOCOL_GRE : version === 4 ? PROTOCOL_IPV4 : PROTOCOL_IPV6;
    if (p.outer.version === 6) {
      if (p.udp || p.tlv) throw new EncodeError('UDP encapsulation is for IPv4 transport only');
      return ipv6Packet.write(w, { ...p.outer, nextHeader: protocol, payload: inGre });
    }
    if (!p.udp) {
      if (p.tlv) throw new EncodeError('a TLV header stands in UDP only');
      return ipv4Packet.write(w, { ...p.outer, protocol, payload: inGre });
    }
    if (p.gre && !p.tlv) throw new EncodeError('GRE in UDP needs the TLV header');
    const inUdp = p.tlv ? encode(tlvPacket, { nextHeader: protocol, payload: inGre }) : p.inner;
    const payload = encode(udpDatagram(p.outer.source, p.outer.destination), { ...p.udp, payload: inUdp });
    return ipv4Packet.write(w, { ...p.outer, protocol: PROTOCOL_UDP, payload });
  },
};

/** What is left of a data packet below its outer headers. */
type Carried = Pick<DataPacket, 'gre' | 'inner'>;

/** RFC 5845 §7.1: the first four bits after UDP tell an IPv4 packet, an IPv6 packet or a TLV header. */
function readUdpData(payload: Uint8Array): Carried & Pick<DataPacket, 'tlv'> {
  const version = versionOf(payload);
  if (version === 0) {
    const { nextHeader, payload: inTlv } = decode(tlvPacket, payload);
    return { tlv: true, ...readProtocol(nextHeader, inTlv) };
  }
  if (version !== 4 && version !== 6) throw new DecodeError('value', 'neither IPv4, IPv6 nor a TLV header follows UDP');
  return { inner: payload };
}

function readProtocol(protocol: number, payload: Uint8Array): Carried {
  if (protocol === PROTOCOL_GRE) {
    const { protocolType, payload: inner, ...gre } = decode(grePacket, payload);
    return { gre, inner: ofFamily(inner, protocolType, ETHERTYPE_IPV4, ETHERTYPE_IPV6) };
  }
  return { inner: ofFamily(payload, protocol, PROTOCOL_IPV4, PROTOCOL_IPV6) };
}

function ofFamily(inner: Uint8Array, said: number, four: number, six: number): Uint8Array {
  if (said !== four && said !== six) throw new DecodeError('unknown-type', `protocol ${said} carries no subscriber packet`);
  if (versionOf(inner) !== (said === four ? 4 : 6)) throw new DecodeError('value', 'the inner packet is of another family than its tunnel header says');
  return inner;
}

const versionOf = (packet: Uint8Array): number | undefined => (packet.length === 0 ? undefined : (packet[0] as number) >> 4);
