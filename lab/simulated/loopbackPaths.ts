/**
 * The data path of the simulated lab: the same tunnels as everywhere (UDP 5437, TLV header, GRE with key), carried by ordinary
 * sockets on loopback addresses. Keys and inner addresses are checked as the real one checks them.
 */
import { createSocket } from 'node:dgram';
import { fakePaths, type FakePaths } from '../../linux/datapath/fakePaths.ts';
import { formatIpv4, formatIpv6, maskIpv6, type Ipv4 } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import { decode, DecodeError, encode } from '../../protocol/codec.ts';
import { DATA_PORT, grePacket, tlvPacket } from '../../protocol/gre.ts';
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, PROTOCOL_GRE } from '../../protocol/ip.ts';
import type { Path, Paths } from '../../protocol/paths.ts';
import type { Millis } from '../../protocol/units.ts';

export interface LoopbackPaths extends Paths {
  /** A packet from a phone (MAG) or from the internet host (LMA). False: no path takes it. */
  send(inner: Uint8Array, from?: { readonly interface: string; readonly mac: Mac }): boolean;
  seen: FakePaths['seen'];
  close(): void;
}

export interface LoopbackOptions {
  readonly role: 'mag' | 'lma';
  readonly address: Ipv4;
  readonly now: () => Millis;
  readonly onPacket: (path: Path, inner: Uint8Array) => void;
}

/** @throws the system's error when the address and port are taken */
export function openLoopbackPaths({ role, address, now, onPacket }: LoopbackOptions): Promise<LoopbackPaths> {
  const fake = fakePaths({ role });
  const socket = createSocket('udp4');
  const holds = (path: Path, inner: string): boolean => path.ipv4 === inner || path.prefixes.some((p) => p.address === maskIpv6(inner, p.length));
  const owner = (inner: string): Path | undefined => fake.list().find((p) => (inner.includes(':') ? p.ipv4 !== inner && holds(p, inner) : p.ipv4 === inner));

  socket.on('message', (datagram) => {
    const received = open(datagram);
    const path = received && fake.list().find((p) => p.tunnel.receiveKey === received.key);
    if (!received || !path) return fake.dropped('unknownKey');
    const { source, destination } = addressesOf(received.inner);
    if (owner(role === 'mag' ? destination : source)?.index !== path.index) return fake.dropped('wrongAddress');
    fake.passed(path.index, role === 'mag' ? 'down' : 'up', 1, received.inner.length, now());
    onPacket(path, received.inner);
  });

  const paths: LoopbackPaths = {
    ...fake,
    send(inner, from) {
      const { source, destination } = addressesOf(inner);
      const path = owner(role === 'mag' ? source : destination);
      if (!path || (from && (path.access?.mac !== from.mac || path.access.interface !== from.interface))) {
        fake.dropped(role === 'mag' ? 'unknownSource' : 'unknownDestination');
        return false;
      }
      fake.passed(path.index, role === 'mag' ? 'up' : 'down', 1, inner.length, now());
      const protocolType = source.includes(':') ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
      const gre = encode(grePacket, { protocolType, checksummed: false, key: path.tunnel.sendKey, payload: inner });
      socket.send(encode(tlvPacket, { nextHeader: PROTOCOL_GRE, payload: gre }), DATA_PORT, path.tunnel.remote);
      return true;
    },
    close: () => socket.close(),
  };
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(DATA_PORT, address, () => resolve(paths));
  });
}

function open(datagram: Uint8Array): { readonly key: number | undefined; readonly inner: Uint8Array } | undefined {
  try {
    const gre = decode(grePacket, decode(tlvPacket, datagram).payload);
    return gre.payload.length < 40 && (gre.payload[0] ?? 0) >> 4 === 6 ? undefined : { key: gre.key, inner: gre.payload };
  } catch (e) {
    if (e instanceof DecodeError) return undefined;
    throw e;
  }
}

export function addressesOf(inner: Uint8Array): { readonly source: string; readonly destination: string } {
  return (inner[0] ?? 0) >> 4 === 6
    ? { source: formatIpv6(inner.subarray(8, 24)), destination: formatIpv6(inner.subarray(24, 40)) }
    : { source: formatIpv4(inner.subarray(12, 16)), destination: formatIpv4(inner.subarray(16, 20)) };
}
