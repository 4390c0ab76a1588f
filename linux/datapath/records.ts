/** A path as the maps' records, and back. */
import { formatIp, formatIpv6, ipv4ToNumber, parseIp, parseIpv6 } from '../../protocol/address.ts';
import { decode, encode } from '../../protocol/codec.ts';
import type { ValueOf } from '../../protocol/codec.ts';
import { DATA_PORT } from '../../protocol/gre.ts';
import type { Path, PathAction, Rates, Tunnel, TunnelTransport } from '../../protocol/paths.ts';
import { FLAG, TRANSPORT, addressKey, receiveEntry, sendEntry } from './layout.ts';
import { meterOf, rateOf } from './rates.ts';
import { NO_MAC, target } from './table.ts';
import type { Target } from './table.ts';
import { n32 } from '../abi.ts';

export type SendRecord = ValueOf<typeof sendEntry.codec>;
export type ReceiveRecord = ValueOf<typeof receiveEntry.codec>;
export type Keyed = readonly [key: Uint8Array, value: Uint8Array];

export interface Records {
  readonly receive: Keyed;
  /** One for each address. */
  readonly sends: readonly Keyed[];
}

export interface Particulars {
  readonly since: bigint;
  /** Of the MAG's access interface; 0 at the LMA. */
  readonly accessIfindex: number;
  /** The port of a tunnel end behind a NAT may be learned: at the LMA. */
  readonly learns: boolean;
}

const V4 = 4;
const V6 = 6;

const padded = (octets: Uint8Array, size: number): Uint8Array => {
  const out = new Uint8Array(size);
  out.set(octets.subarray(0, size));
  return out;
};

/** An outer address, with the port behind it over UDP. */
function endpoint(address: string, transport: TunnelTransport, port: number): Uint8Array {
  const out = padded(parseIp(address), 16);
  if (transport === 'udp4') out.set([port >> 8, port & 0xff], 4);
  return out;
}

export const keyOctets = (key: number): Uint8Array => Uint8Array.of(key >>> 24, (key >>> 16) & 255, (key >>> 8) & 255, key & 255);
export const keyNumber = (octets: Uint8Array): number => new DataView(octets.buffer, octets.byteOffset).getUint32(0);
export const indexOctets = (index: number): Uint8Array => encode(n32, index);

const NO_ADDRESS = new Uint8Array(8);
const ADDRESS_AT = addressKey.offsets['address'] as number;

export function putIpv4Key(into: Target, at: number, space: number, address: string): void {
  addressKey.put(into, at, { space, family: V4, address: NO_ADDRESS });
  into.view.setUint32(at + ADDRESS_AT, ipv4ToNumber(address));
}

export const putPrefixKey = (into: Target, at: number, space: number, address: string): void =>
  addressKey.put(into, at, { space, family: V6, address: padded(parseIpv6(address), 8) });

function keyOf(put: (into: Target, at: number, space: number, address: string) => void, space: number, address: string): Uint8Array {
  const key = target(addressKey.codec.size);
  put(key, 0, space, address);
  return key.octets;
}

/** The keys of the path's addresses. */
export const addressKeys = (path: Path): Uint8Array[] => [
  ...(path.ipv4 ? [keyOf(putIpv4Key, path.space, path.ipv4)] : []),
  ...path.prefixes.map((p) => keyOf(putPrefixKey, path.space, p.address)),
];

/** The space, and the address as text: IPv4, or the first of a /64. */
export function addressOf(key: Uint8Array): [space: number, address: string] {
  const { space, family, address } = decode(addressKey.codec, key);
  return [space, family === V4 ? formatIp(address.subarray(0, 4)) : formatIpv6(padded(address, 16))];
}

const portOf = (tunnel: Tunnel, learns: boolean): number => tunnel.remotePort ?? (learns ? 0 : DATA_PORT);

/** Few ends, many paths. */
const endpoints = new Map<string, Uint8Array>();
const MOST_ENDPOINTS = 4096;

function knownEndpoint(address: string, transport: TunnelTransport, port: number): Uint8Array {
  if (transport === 'udp4') return endpoint(address, transport, port);
  const known = endpoints.get(address);
  if (known) return known;
  if (endpoints.size >= MOST_ENDPOINTS) endpoints.clear();
  const made = endpoint(address, transport, port);
  endpoints.set(address, made);
  return made;
}

const SEND_FLAG: Readonly<Record<PathAction, number>> = { forward: 0, drop: FLAG.drop, hold: FLAG.hold, queue: FLAG.hold };
const RECEIVE_FLAG: Readonly<Record<PathAction, number>> = { ...SEND_FLAG, queue: 0 };
const sendFlag = (path: Path): number => SEND_FLAG[path.action ?? 'forward'];
const receiveFlag = (path: Path): number => RECEIVE_FLAG[path.action ?? 'forward'];
/** Nothing but what becomes of packets down differs: the receiving side stays as it is. */
export const isTurn = (held: Path, wanted: Path, learns: boolean): boolean =>
  RECEIVE_FLAG[held.action ?? 'forward'] === RECEIVE_FLAG[wanted.action ?? 'forward'] && samePath({ ...held, action: 'forward' }, { ...wanted, action: 'forward' }, learns);
/** Which flow the send entry is for: a path with an access link is a MAG's. */
const sendDirection = (path: Path): 'up' | 'down' => (path.access ? 'up' : 'down');
const receiveDirection = (path: Path): 'up' | 'down' => (path.access ? 'down' : 'up');
/** As the send entry of an LMA and the flows have it. */
export const moveOf = (since: bigint): number => Number(since & 0xffff_ffffn);

/** Writes the value of all its send records. */
export function putSend(into: Target, at: number, path: Path, { since, accessIfindex, learns }: Particulars): void {
  const { tunnel, index, access } = path;
  const { transport } = tunnel;
  sendEntry.put(into, at, {
    index,
    sendKey: tunnel.sendKey,
    receiveKey: tunnel.receiveKey,
    place: accessIfindex || moveOf(since),
    local: knownEndpoint(tunnel.local, transport, 0),
    remote: knownEndpoint(tunnel.remote, transport, portOf(tunnel, learns)),
    mtu: tunnel.mtu,
    mac: access?.mac ?? NO_MAC,
    transport: TRANSPORT[transport],
    flags: (path.peers ? FLAG.peers : 0) | sendFlag(path),
    ...meterOf(path.rates?.[sendDirection(path)]),
  });
}

export function putReceive(into: Target, at: number, path: Path, { since, learns }: Particulars): void {
  const { tunnel, index, space } = path;
  const { transport } = tunnel;
  receiveEntry.put(into, at, {
    index,
    space,
    transport: TRANSPORT[transport],
    flags: (learns && transport === 'udp4' ? FLAG.learn : 0) | receiveFlag(path),
    since,
    remote: knownEndpoint(tunnel.remote, transport, portOf(tunnel, learns)),
    local: knownEndpoint(tunnel.local, transport, 0),
    ipv4: path.ipv4 ? ipv4ToNumber(path.ipv4) : 0,
    mtu: tunnel.mtu,
    prefix: path.prefixes[0] ? padded(parseIpv6(path.prefixes[0].address), 8) : NO_ADDRESS,
    ...meterOf(path.rates?.[receiveDirection(path)]),
  });
}

export function recordsOf(path: Path, particulars: Particulars): Records {
  const send = target(sendEntry.codec.size);
  const receive = target(receiveEntry.codec.size);
  putSend(send, 0, path, particulars);
  putReceive(receive, 0, path, particulars);
  return { receive: [keyOctets(path.tunnel.receiveKey), receive.octets], sends: addressKeys(path).map((key) => [key, send.octets]) };
}

export interface FoundPath {
  readonly path: Path;
  readonly since: bigint;
}

/**
 * The paths that are whole: a receive record and a send record for each address that it names. `interfaceName`: of an ifindex,
 * undefined when it is gone.
 */
export function pathsOf(receives: readonly Keyed[], sends: readonly Keyed[], interfaceName: (index: number) => string | undefined): FoundPath[] {
  const byIndex = new Map<number, { readonly send: SendRecord; ipv4?: string; readonly prefixes: string[] }>();
  for (const [key, value] of sends) {
    const { family, address } = decode(addressKey.codec, key);
    const send = decode(sendEntry.codec, value);
    const found = byIndex.get(send.index) ?? { send, prefixes: [] };
    if (family === V4) found.ipv4 = formatIp(address.subarray(0, 4));
    else found.prefixes.push(formatIpv6(padded(address, 16)));
    byIndex.set(send.index, found);
  }
  return receives.flatMap(([key, value]): FoundPath[] => {
    const receive = decode(receiveEntry.codec, value);
    const found = byIndex.get(receive.index);
    if (!found || found.send.receiveKey !== keyNumber(key) || (receive.ipv4 !== 0) !== (found.ipv4 !== undefined)) return [];
    const { send, ipv4, prefixes } = found;
    const first = receive.prefix.some((b) => b !== 0) ? formatIpv6(padded(receive.prefix, 16)) : undefined;
    if ((first !== undefined) !== prefixes.length > 0) return [];
    const name = interfaceName(send.place);
    const path: Path = {
      index: receive.index,
      space: receive.space,
      ...(ipv4 === undefined ? {} : { ipv4 }),
      prefixes: prefixes.sort((a, b) => Number(b === first) - Number(a === first) || (a < b ? -1 : 1)).map((address) => ({ address, length: 64 })),
      tunnel: tunnelOf(send, receive, keyNumber(key)),
      ...(name === undefined ? {} : { access: { interface: name, mac: send.mac } }),
      ...(send.flags & FLAG.peers ? { peers: true } : {}),
      ...ratesOf(name === undefined ? { up: rateOf(receive), down: rateOf(send) } : { up: rateOf(send), down: rateOf(receive) }),
      ...actionOf(send, receive),
    };
    return [{ path, since: receive.since }];
  });
}

const actionOf = (send: SendRecord, receive: ReceiveRecord): { readonly action?: PathAction } => {
  if (receive.flags & FLAG.drop) return { action: 'drop' };
  if (send.flags & FLAG.hold) return { action: receive.flags & FLAG.hold ? 'hold' : 'queue' };
  return {};
};

const ratesOf = ({ up, down }: { readonly [D in keyof Rates]: Rates[D] | undefined }): { readonly rates?: Rates } =>
  up || down ? { rates: { ...(up ? { up } : {}), ...(down ? { down } : {}) } } : {};

function tunnelOf(send: SendRecord, receive: ReceiveRecord, receiveKey: number): Tunnel {
  const transport = (Object.keys(TRANSPORT) as TunnelTransport[]).find((t) => TRANSPORT[t] === receive.transport) ?? 'gre6';
  const size = transport === 'gre6' ? 16 : 4;
  return {
    transport,
    local: formatIp(receive.local.subarray(0, size)),
    remote: formatIp(receive.remote.subarray(0, size)),
    ...(transport === 'udp4' ? { remotePort: learnedPort(receive) } : {}),
    sendKey: send.sendKey,
    receiveKey,
    mtu: receive.mtu,
  };
}

/** The port that stands behind the remote address; 0 = not learned. */
export const learnedPort = ({ remote }: ReceiveRecord): number => ((remote[4] as number) << 8) | (remote[5] as number);

/** Whether setting `wanted` would change what is held. A port that is learned anyway need not be equal. */
export function samePath(held: Path, wanted: Path, learns: boolean): boolean {
  const plain = (p: Path) => {
    const free = learns && !wanted.tunnel.remotePort;
    const { tunnel } = p;
    return JSON.stringify([
      p.index, p.space, p.ipv4 ?? '', p.prefixes.map((x) => x.address).sort(), tunnel.transport, tunnel.local, tunnel.remote, tunnel.sendKey, tunnel.receiveKey, tunnel.mtu,
      tunnel.transport !== 'udp4' || free ? 0 : portOf(tunnel, learns), p.access?.interface ?? '', p.access?.mac ?? '', p.peers ?? false,
      meterOf(p.rates?.up), meterOf(p.rates?.down), p.action ?? 'forward',
    ]);
  };
  return plain(held) === plain(wanted);
}
