/** The vectors' session, as paths and packets of both ends. */
import { decode, encode } from '../../protocol/codec.ts';
import { dataPacket } from '../../protocol/gre.ts';
import type { DataPacket } from '../../protocol/gre.ts';
import type { Path, Tunnel, TunnelTransport } from '../../protocol/paths.ts';
import { octetsOf, vectors } from '../vectors/index.ts';
import { ENDS } from './bench.ts';

export const UP = 0x0b000007;
export const DOWN = 0x0d000009;
export const PHONE = { ipv4: '192.0.2.1', ipv6: '2001:db8:f00d:1:224:d7ff:fe8e:21a4', prefix: '2001:db8:f00d:1::' };
export const HOST = { ipv4: '203.0.113.200', ipv6: '2001:db8:ffff::80' };

const end = (side: 'mag' | 'lma', transport: TunnelTransport) => (transport === 'gre6' ? ENDS[side].gre6 : ENDS[side].ipv4);

/** A path of one side of the vectors' tunnels. */
export function path(side: 'mag' | 'lma', transport: TunnelTransport, change: Partial<Tunnel> = {}, rest: Partial<Path> = {}): Path {
  const other = side === 'mag' ? 'lma' : 'mag';
  const keys = side === 'mag' ? { sendKey: UP, receiveKey: DOWN } : { sendKey: DOWN, receiveKey: UP };
  return {
    index: 3, space: 0, ipv4: PHONE.ipv4, prefixes: [{ address: PHONE.prefix, length: 64 }],
    tunnel: { transport, local: end(side, transport), remote: end(other, transport), remotePort: 5437, mtu: 1452, ...keys, ...change },
    ...rest,
  };
}

export const vector = (name: string) => octetsOf(vectors.find((v) => v.name === name)?.hex ?? '');
export const innerOf = (name: string) => decode(dataPacket, vector(name)).inner;

/** What a MAG sends towards the LMA, by the codec. */
export const outerUp = (transport: TunnelTransport, inner: Uint8Array, change: Partial<DataPacket> = {}, outer: object = {}): Uint8Array =>
  encode(dataPacket, {
    outer: transport === 'gre6'
      ? { version: 6, trafficClass: 0, flowLabel: 0, hopLimit: 64, source: ENDS.mag.gre6, destination: ENDS.lma.gre6, ...outer }
      : { version: 4, trafficClass: 0, identification: 0, dontFragment: true, moreFragments: false, fragmentOffset: 0, ttl: 64, source: ENDS.mag.ipv4, destination: ENDS.lma.ipv4, options: new Uint8Array(0), ...outer },
    ...(transport === 'udp4' ? { udp: { sourcePort: 5437, destinationPort: 5437 }, tlv: true as const } : {}),
    gre: { checksummed: false, key: UP },
    inner,
    ...change,
  });
