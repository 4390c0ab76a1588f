/**
 * Keeps the NAT's mapping of the data port open, and tells the LMA which one it is: a data packet with the session's key and
 * source whose inner protocol is 59, so that nobody has to handle it. Sent from UDP 5437 by a socket; the data path's own
 * packets carry the same addresses and ports, so the NAT sees one flow.
 */
import { udpSocket, type UdpSocket } from '../linux/sockets/udpSocket.ts';
import { encode } from '../protocol/codec.ts';
import { DATA_PORT, grePacket, tlvPacket } from '../protocol/gre.ts';
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, ipv4Of, ipv4Packet, ipv6Packet, PROTOCOL_GRE } from '../protocol/ip.ts';
import type { Path } from '../protocol/paths.ts';

const NO_NEXT_HEADER = 59;

/** The UDP payload: TLV header, GRE with the uplink key, an empty inner packet from the session's address. */
export function keepalivePayload(path: Path): Uint8Array {
  const inner = path.ipv4 === undefined ? innerIpv6(path) : encode(ipv4Packet, { ...ipv4Of(path.ipv4, path.tunnel.remote, NO_NEXT_HEADER, new Uint8Array(0)), ttl: 1 });
  const gre = encode(grePacket, { protocolType: path.ipv4 === undefined ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4, checksummed: false, key: path.tunnel.sendKey, payload: inner });
  return encode(tlvPacket, { nextHeader: PROTOCOL_GRE, payload: gre });
}

function innerIpv6(path: Path): Uint8Array {
  const source = path.prefixes[0]?.address ?? '::';
  return encode(ipv6Packet, { version: 6, trafficClass: 0, flowLabel: 0, hopLimit: 1, source, destination: source, nextHeader: NO_NEXT_HEADER, payload: new Uint8Array(0) });
}

export interface Keepalive {
  send(path: Path): void;
  close(): void;
}

/** The socket is opened when the first session behind a NAT appears. */
export function createKeepalive(onError: (error: Error) => void): Keepalive {
  let socket: UdpSocket | undefined;
  return {
    send(path) {
      socket ??= udpSocket({ port: DATA_PORT, onMessage: () => undefined, onError });
      socket.send(keepalivePayload(path), { address: path.tunnel.remote, port: path.tunnel.remotePort ?? DATA_PORT, source: path.tunnel.local });
    },
    close: () => socket?.close(),
  };
}
