/** Neighbours: which MAC an address has on an interface, and behind which port of a bridge a station is. */
import type { Mac } from '../../protocol/mac.ts';
import { decode, hex, Reader, reserved, struct, u8 } from '../../protocol/codec.ts';
import type { Millis } from '../../protocol/units.ts';
import { AF_INET, AF_INET6, int, n16, n32 } from '../abi.ts';
import { unless } from './socket.ts';
import type { Netlink } from './socket.ts';
import { AF_UNSPEC, ip, layout, NLM_F_CREATE, NLM_F_REPLACE } from './wire.ts';

export const AF_BRIDGE = 7;
export const RTM_NEWNEIGH = 28;
export const RTM_DELNEIGH = 29;
const RTM_GETNEIGH = 30;

/** NUD_*, linux/neighbour.h */
const STATES = { incomplete: 0x01, reachable: 0x02, stale: 0x04, delay: 0x08, probe: 0x10, failed: 0x20, noarp: 0x40, permanent: 0x80 } as const;
export type NeighbourState = keyof typeof STATES;
const STATE_NAMES = new Map<number, NeighbourState>(Object.entries(STATES).map(([name, n]) => [n, name as NeighbourState]));

const fixed = struct({ family: u8, _pad: reserved(3), index: int, state: n16, flags: u8, type: u8 });
const wire = layout(fixed, { address: [1, ip], mac: [2, hex()] });
/** struct nda_cacheinfo: how long ago, in clock_t; `updated` is the last frame from there, `used` the last one to there. */
const bridgeWire = layout(fixed, { mac: [2, hex()], cache: [3, struct({ confirmed: n32, used: n32, updated: n32, references: n32 })], master: [9, n32] });
/** clock_t is in these a second on every architecture that Node runs on. */
const USER_HZ = 100;

export interface Neighbour {
  readonly index: number;
  readonly address: string;
  /** Absent while it is not resolved. */
  readonly mac?: Mac;
  /** Undefined: none yet. */
  readonly state: NeighbourState | undefined;
}

/** A permanent entry, whatever was there before. @throws NativeError */
export function replaceNeighbour(nl: Netlink, { index, address, mac }: { readonly index: number; readonly address: string; readonly mac: Mac }): void {
  const body = { ...key(index, address), state: STATES.permanent, mac };
  nl.request({ what: `set the neighbour ${address} (${mac}) on interface ${index}`, type: RTM_NEWNEIGH, flags: NLM_F_CREATE | NLM_F_REPLACE, layout: wire, body });
}

/** Deleting what is not there is free. @throws NativeError */
export function deleteNeighbour(nl: Netlink, { index, address }: { readonly index: number; readonly address: string }): void {
  unless(['ENOENT', 'ENODEV'], () => nl.request({ what: `delete the neighbour ${address} on interface ${index}`, type: RTM_DELNEIGH, layout: wire, body: key(index, address) }));
}

export const listNeighbours = (nl: Netlink): Neighbour[] =>
  nl.dump({ what: 'list the neighbours', type: RTM_GETNEIGH, layout: wire, body: EMPTY }).flatMap((m) => decodeNeighbour(m.body) ?? []);

/** Undefined for what is no IP neighbour: a bridge tells its forwarding table in the same messages. @throws DecodeError */
export function decodeNeighbour(octets: Uint8Array): Neighbour | undefined {
  const { family } = fixed.read(new Reader(octets));
  if (family !== AF_INET && family !== AF_INET6) return undefined;
  const { index, address, mac, state } = decode(wire, octets);
  if (address === undefined) return undefined;
  return { index, address, state: STATE_NAMES.get(state), ...(mac ? { mac } : {}) };
}

export interface BridgeEntry {
  readonly mac: Mac;
  /** Index of the bridge, and of its port behind which the station is. */
  readonly bridge: number;
  readonly port: number;
  /** How long ago the station's last frame came, in steps of 10 ms. */
  readonly age: Millis;
}

/** Stations in the forwarding tables of all bridges, once for each VLAN. An entry goes when the bridge has heard nothing for its ageing time, 300 s. */
export function listBridgeEntries(nl: Netlink): BridgeEntry[] {
  const all = nl.dump({ what: 'list the forwarding tables of bridges', type: RTM_GETNEIGH, layout: bridgeWire, body: { ...EMPTY, family: AF_BRIDGE } });
  return all.flatMap(({ body }) => {
    const { index, mac, master, cache } = decode(bridgeWire, body);
    return mac === undefined || master === undefined || cache === undefined ? [] : [{ mac, bridge: master, port: index, age: (cache.updated * 1000) / USER_HZ }];
  });
}

const EMPTY = { family: AF_UNSPEC, index: 0, state: 0, flags: 0, type: 0 };
const key = (index: number, address: string) => ({ ...EMPTY, family: address.includes(':') ? AF_INET6 : AF_INET, index, address });
