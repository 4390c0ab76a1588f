/**
 * Frames and packets around the messages: Ethernet, IPv4 (RFC 791), IPv6 (RFC 8200), UDP (RFC 768), whole and with their
 * checksums. Fragments are told apart and not put together, IPv4 options are carried and not read, and IPv6 extension
 * headers stay in the payload: nothing that speaks with this product needs more.
 */
import type { Ipv4, Ipv6 } from './address.ts';
import type { Mac } from './mac.ts';
import { checksum, pseudoHeaderSum, sum16 } from './checksum.ts';
import { DecodeError, EncodeError, Reader, Writer, encode, ipv4, ipv6, mac, octets, struct, u16, u32, u8, type Codec } from './codec.ts';

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_IPV6 = 0x86dd;

export const PROTOCOL_IPV4 = 4;
export const PROTOCOL_UDP = 17;
export const PROTOCOL_IPV6 = 41;
export const PROTOCOL_GRE = 47;
export const PROTOCOL_ICMPV6 = 58;

export interface EthernetFrame {
  readonly destination: Mac;
  readonly source: Mac;
  /** At least 0x600; below that the field is an 802.3 length, which nobody here speaks. */
  readonly etherType: number;
  /** What follows the header, with the padding of short frames: the packet inside knows its own length. */
  readonly payload: Uint8Array;
}

export const ethernetFrame: Codec<EthernetFrame> = struct({ destination: mac, source: mac, etherType: u16, payload: octets() });

/** Without the frame check sequence (IEEE 802.3 §4.2.3.3: 64 octets with it). */
const SHORTEST_FRAME = 60;

/** The octets of a frame, padded with zeros to the shortest that Ethernet allows. */
export function encodeFrame(frame: EthernetFrame): Uint8Array {
  const w = new Writer();
  ethernetFrame.write(w, frame);
  w.zeros(Math.max(0, SHORTEST_FRAME - w.length));
  return w.finish();
}

/** Decodes what `octets` begin with; the rest (padding of a short frame, surplus of a datagram) is nobody's. Throws `DecodeError`. */
export const decodeFirst = <T>(codec: Codec<T>, input: Uint8Array): T => codec.read(new Reader(input));

export interface Ipv4Packet {
  readonly version: 4;
  /** DSCP and ECN */
  readonly trafficClass: number;
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** In units of 8 octets. */
  readonly fragmentOffset: number;
  readonly ttl: number;
  readonly protocol: number;
  readonly source: Ipv4;
  readonly destination: Ipv4;
  /** As they came, a multiple of 4 octets, at most 40. */
  readonly options: Uint8Array;
  readonly payload: Uint8Array;
}

const ipv4Header = struct({
  versionAndLength: u8,
  trafficClass: u8,
  totalLength: u16,
  identification: u16,
  fragment: u16,
  ttl: u8,
  protocol: u8,
  checksum: u16,
  source: ipv4,
  destination: ipv4,
});
const IPV4_HEADER = 20;

export const ipv4Packet: Codec<Ipv4Packet> = {
  read: (r) => {
    const start = r.offset;
    const h = ipv4Header.read(r);
    const headerLength = (h.versionAndLength & 15) * 4;
    if (h.versionAndLength >> 4 !== 4) throw new DecodeError('value', `IP version ${h.versionAndLength >> 4} where 4 belongs`);
    if (headerLength < IPV4_HEADER || h.totalLength < headerLength) throw new DecodeError('length', `IPv4 header of ${headerLength} octets in a packet of ${h.totalLength}`);
    const options = r.take(headerLength - IPV4_HEADER).slice();
    if (checksum(r.octets.subarray(start, r.offset)) !== 0) throw new DecodeError('checksum', 'IPv4 header checksum is wrong');
    return {
      version: 4,
      trafficClass: h.trafficClass,
      identification: h.identification,
      dontFragment: (h.fragment & 0x4000) !== 0,
      moreFragments: (h.fragment & 0x2000) !== 0,
      fragmentOffset: h.fragment & 0x1fff,
      ttl: h.ttl,
      protocol: h.protocol,
      source: h.source,
      destination: h.destination,
      options,
      payload: r.take(h.totalLength - headerLength).slice(),
    };
  },
  write: (w, p) => {
    const headerLength = IPV4_HEADER + p.options.length;
    if (headerLength % 4 !== 0 || headerLength > 60) throw new EncodeError(`IPv4 options of ${p.options.length} octets`);
    const header = new Writer();
    ipv4Header.write(header, {
      ...p,
      versionAndLength: 0x40 | (headerLength / 4),
      totalLength: headerLength + p.payload.length,
      fragment: (p.dontFragment ? 0x4000 : 0) | (p.moreFragments ? 0x2000 : 0) | p.fragmentOffset,
      checksum: 0,
    });
    header.bytes(p.options);
    header.patch(10, checksum(header.finish()), 2);
    w.bytes(header.finish());
    w.bytes(p.payload);
  },
};

/** A packet of this host: whole, not to be fragmented, so its identification says nothing (RFC 6864 §4.1). */
export const ipv4Of = (source: Ipv4, destination: Ipv4, protocol: number, payload: Uint8Array): Ipv4Packet => ({
  version: 4,
  trafficClass: 0,
  identification: 0,
  dontFragment: true,
  moreFragments: false,
  fragmentOffset: 0,
  ttl: 64,
  protocol,
  source,
  destination,
  options: new Uint8Array(0),
  payload,
});

export const isFragment = (p: Ipv4Packet): boolean => p.moreFragments || p.fragmentOffset > 0;

export interface Ipv6Packet {
  readonly version: 6;
  readonly trafficClass: number;
  readonly flowLabel: number;
  readonly nextHeader: number;
  readonly hopLimit: number;
  readonly source: Ipv6;
  readonly destination: Ipv6;
  readonly payload: Uint8Array;
}

const ipv6Header = struct({ first: u32, payloadLength: u16, nextHeader: u8, hopLimit: u8, source: ipv6, destination: ipv6 });

export const ipv6Packet: Codec<Ipv6Packet> = {
  read: (r) => {
    const { first, payloadLength, ...h } = ipv6Header.read(r);
    if (first >>> 28 !== 6) throw new DecodeError('value', `IP version ${first >>> 28} where 6 belongs`);
    return { version: 6, trafficClass: (first >>> 20) & 0xff, flowLabel: first & 0xfffff, ...h, payload: r.take(payloadLength).slice() };
  },
  write: (w, p) => {
    const first = 6 * 2 ** 28 + p.trafficClass * 2 ** 20 + p.flowLabel;
    ipv6Header.write(w, { ...p, first, payloadLength: p.payload.length });
    w.bytes(p.payload);
  },
};

export interface UdpDatagram {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
}

const udpHeader = struct({ sourcePort: u16, destinationPort: u16, length: u16, checksum: u16 });
const UDP_HEADER = 8;

/**
 * A datagram between two addresses of one family, always sent with its checksum. A received one without (zero) passes over
 * IPv4 and is refused over IPv6 (RFC 8200 §8.1).
 *
 * @param verify false for a frame whose checksum the sending host left to hardware that is not there (AF_PACKET on a veth,
 *   `TP_STATUS_CSUMNOTREADY`)
 */
export const udpDatagram = (source: string, destination: string, verify = true): Codec<UdpDatagram> => ({
  read: (r) => {
    const start = r.offset;
    const { length, checksum: sum, sourcePort, destinationPort } = udpHeader.read(r);
    if (length < UDP_HEADER) throw new DecodeError('length', `UDP length ${length}`);
    const payload = r.take(length - UDP_HEADER).slice();
    const covered = r.octets.subarray(start, start + length);
    const absent = sum === 0 && !source.includes(':');
    if (verify && !absent && (sum === 0 || checksum(covered, pseudoHeaderSum(source, destination, PROTOCOL_UDP, length)) !== 0)) {
      throw new DecodeError('checksum', 'UDP checksum is wrong');
    }
    return { sourcePort, destinationPort, payload };
  },
  write: (w, d) => {
    const length = UDP_HEADER + d.payload.length;
    const at = w.length;
    udpHeader.write(w, { ...d, length, checksum: 0 });
    w.bytes(d.payload);
    const pseudo = pseudoHeaderSum(source, destination, PROTOCOL_UDP, length);
    // RFC 768: zero means "no checksum", so a computed zero is sent as its other form.
    w.patch(at + 6, checksum(encode(udpHeader, { ...d, length, checksum: 0 }), sum16(d.payload, pseudo)) || 0xffff, 2);
  },
});

