/**
 * The internet host of the simulated lab: echoes datagrams, and keeps a connection per peer that knows only whoever opened it,
 * as a TCP server does. A peer that changes its address is reset.
 */
import { DecodeError, decode, encode } from '../../protocol/codec.ts';
import { ipv4Of, ipv4Packet, ipv6Packet, PROTOCOL_UDP, udpDatagram, type UdpDatagram } from '../../protocol/ip.ts';

export const ECHO_PORT = 7;
export const STREAM_PORT = 9;
/** First octet of a stream segment. */
export const SEGMENT = { open: 1, data: 2, acknowledge: 3, reset: 4 } as const;

export interface Datagram extends UdpDatagram {
  readonly source: string;
  readonly destination: string;
}

/** An IP packet with a UDP datagram in it, either family. */
export function packetOf(d: Datagram): Uint8Array {
  const payload = encode(udpDatagram(d.source, d.destination), d);
  if (!d.source.includes(':')) return encode(ipv4Packet, ipv4Of(d.source, d.destination, PROTOCOL_UDP, payload));
  return encode(ipv6Packet, { version: 6, trafficClass: 0, flowLabel: 0, hopLimit: 64, source: d.source, destination: d.destination, nextHeader: PROTOCOL_UDP, payload });
}

/** Undefined for anything else than UDP. */
export function datagramOf(packet: Uint8Array): Datagram | undefined {
  try {
    if ((packet[0] ?? 0) >> 4 === 6) {
      const { source, destination, nextHeader, payload } = decode(ipv6Packet, packet);
      return nextHeader === PROTOCOL_UDP ? { source, destination, ...decode(udpDatagram(source, destination), payload) } : undefined;
    }
    const { source, destination, protocol, payload } = decode(ipv4Packet, packet);
    return protocol === PROTOCOL_UDP ? { source, destination, ...decode(udpDatagram(source, destination), payload) } : undefined;
  } catch (e) {
    if (e instanceof DecodeError) return undefined;
    throw e;
  }
}

export const segment = (kind: number, sequence: number): Uint8Array => Uint8Array.of(kind, sequence >>> 24, sequence >>> 16, sequence >>> 8, sequence);
export const sequenceOf = (payload: Uint8Array): number => new DataView(payload.buffer, payload.byteOffset).getUint32(1);

/** `answer` sends a packet back towards the anchor. */
export function internetHost(answer: (packet: Uint8Array) => void): (packet: Uint8Array) => void {
  const expected = new Map<string, number>();
  return (packet) => {
    const d = datagramOf(packet);
    if (!d) return;
    const back = (payload: Uint8Array): void => answer(packetOf({ source: d.destination, destination: d.source, sourcePort: d.destinationPort, destinationPort: d.sourcePort, payload }));
    if (d.destinationPort === ECHO_PORT) return back(d.payload);
    if (d.destinationPort !== STREAM_PORT || d.payload.length !== 5) return;
    const peer = `${d.source} ${d.sourcePort}`;
    if (d.payload[0] === SEGMENT.open) expected.set(peer, 0);
    const next = expected.get(peer);
    if (next === undefined) return back(segment(SEGMENT.reset, 0));
    const advanced = d.payload[0] === SEGMENT.data && sequenceOf(d.payload) === next ? next + 1 : next;
    expected.set(peer, advanced);
    back(segment(SEGMENT.acknowledge, advanced));
  };
}
