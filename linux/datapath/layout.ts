/**
 * What the programs and this process share, in one place: the maps' structures, their names, the drop reasons. The C side is
 * pmip.layout.h, written from here by scripts/build-bpf.mjs; a test compares the two. Whoever changes a structure raises
 * VERSION: maps of another version are not taken over after a restart.
 */
import { MAG_MAC } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import { DATA_PORT } from '../../protocol/gre.ts';
import { be32, c16, c32, c64, c8, gap, mac, octets16, octets8, structure } from './table.ts';

export const VERSION = 3;

/** What a device is to the programs. */
export const KIND = { pseudo: 1, again: 2, access: 3, hold: 4 } as const;
export const ROLE = { mag: 1, lma: 2 } as const;
/** The number is the outer protocol's, so that it reads well in a dump: 47 over IPv4 and IPv6, UDP. */
export const TRANSPORT = { gre4: 4, gre6: 6, udp4: 17 } as const;
/** The last two say what becomes of a path's packets; without either they are forwarded. `hold`: down, to the device of `holds`; up, dropped. */
export const FLAG = { peers: 1, learn: 2, drop: 4, hold: 8 } as const;
/** What guests may ask at an address of the gateway besides DHCP: bits. The first says only that the entry is there. */
export const GATEWAY = { known: 1, dns: 2 } as const;
/** Which of a path's two flows, and of the home's limits. */
export const DIRECTION = { up: 0, down: 1 } as const;
/** The home's third limit, of solicitations: its time alone is used. */
const SOLICITATIONS = 2;
/**
 * The kernel remembers who solicits, in one table for all interfaces (net.ipv6.neigh.default.gc_thresh3, 1024), and forgets nobody before
 * five seconds are over. 50 a second with 100 at once leave the home's LAN two thirds of it.
 */
const SOLICITATION_NS = 20_000_000;
const SOLICITATIONS_AHEAD_NS = 100 * SOLICITATION_NS;
/** A rate is what an octet costs, in 2^-12 ns; a burst is how far the cost may run ahead, in 2^20 ns (about a millisecond). */
export const COST_SHIFT = 12;
export const BURST_SHIFT = 20;

/** Both ends of the pseudo-device have this MAC, so that the stack takes what either receives for its own. */
export const PSEUDO_MAC = '02:00:00:00:00:01';
/** What IPv6 needs of every link (RFC 8200 §5), so the least a path carries; also the size that the stack fragments to. */
export const MINIMUM_MTU = 1280;
/** A station's address change behind a NAT is believed this long after the path was set: until then stragglers of the old home arrive. */
export const STRAGGLERS_NS = 3_000_000_000;
/** At most one ICMP error per path, CPU and this time (RFC 4443 §2.4 (f)). */
export const ERROR_INTERVAL_NS = 5_000_000;
/** Octets of the packet that an ICMP error quotes. */
export const QUOTED = 128;
export const MAX_SPACES = 256;
/** How long a route, and the answer that an address is not this machine's, are believed. */
export const BELIEVED_NS = 10_000_000;
/** Slots per CPU for such answers; powers of two. */
const ROUTES = 1024;
const PASSAGES = 256;

/** Paths whose packets are held at the same time. */
export const MOST_HELD = 8192;

/** Why packets are dropped, in the order of the counters. */
export const DROPS = [
  'unknownSource', // an address that no path has, from an access link or at the MAG's pseudo-device
  'unknownDestination', // an address of the LMA's pools that no path has
  'unknownKey', // a GRE key that no path has; over UDP dropped, else left to the stack
  'wrongPeer', // a known key from another tunnel end
  'wrongAddress', // a known key, and an inner address that is not the session's
  'stationSpoof', // a subscriber's address from another station or access interface
  'peerDenied', // subscriber to subscriber, and one of them may not
  'notLearned', // the NAT's port of the tunnel end is not known yet
  'tooBig', // larger than the path's MTU; the sender was told
  'congestion', // congestion marked on the tunnel, and the inner packet cannot carry the mark (RFC 6040 §4.2)
  'malformed', // lengths that contradict each other
  'fragment', // a fragment of a tunnel packet: left to the stack
  'noRoute', // no route to the tunnel end
  'failed', // the kernel refused a helper call
  'policed', // more than the subscriber's rate; from guests, more solicitations than the kernel is to remember
  'hostFirst', // more than the home leaves to all guests together
  'closed', // the path is there to drop
  'notOffered', // from a guest for the gateway itself or for this link, and nothing that guests are offered there
  'multicast', // from a guest for many, and neither DHCP nor neighbour discovery
  'rogue', // what only servers and routers send, from a guest: DHCP answers, router advertisements, redirects
  'hidden', // neighbour discovery or DHCP behind options, extension headers or in fragments (RFC 6980, RFC 7113)
  'etherType', // from a guest: a VLAN tag, or neither ARP, IP nor EAPOL
  'stationToStation', // from a port of an access bridge for another one: the bridge does not forward it, it is only counted here
] as const;
export type DropReason = (typeof DROPS)[number];

/** A subscriber's address: IPv4 in the first four octets, or the /64 of an IPv6 address. */
export const addressKey = structure('address_key', { space: c16, family: c16, address: octets8 });

/**
 * How to send for one address: at the MAG found by the inner source, at the LMA by the inner destination. With the 64 octets that the
 * kernel's hash puts before it, key included, an entry fills two cache lines, neighbours of each other.
 */
export const sendEntry = structure('send', {
  index: c32,
  sendKey: be32,
  receiveKey: be32,
  place: c32, // MAG: index of the access interface; LMA: the low half of the receive entry's `since`
  local: octets16,
  remote: octets16,
  cost: c32, // 0 = no limit
  mtu: c16,
  burst: c16,
  mac,
  transport: c8,
  flags: c8,
});

/**
 * What to accept under one GRE key. `remote` is what the outer source must be; for UDP the port stands behind the IPv4 address,
 * so that a learned mapping is one 64-bit store.
 */
export const receiveEntry = structure('receive', {
  index: c32,
  space: c16,
  transport: c8,
  flags: c8,
  since: c64,
  remote: octets16,
  local: octets16,
  ipv4: be32,
  mtu: c16,
  burst: c16,
  prefix: octets8, // the first one; further ones are found by their send entries
  cost: c32,
  _gap: gap(4),
});

/**
 * One direction of a path: its counters and the state of its policer, in one cache line. Times are CLOCK_MONOTONIC in nanoseconds; `tat` is
 * when all that has passed will have been paid for at the rate (GCRA). `first` counts while `move` is the low half of the path's `since`.
 */
export const flowEntry = structure('flow', {
  octets: c64,
  packets: c64,
  policed: c64,
  last: c64,
  tat: c64,
  first: c64, // down
  lastError: c64,
  move: c32,
  _gap: gap(4),
});

/**
 * Two for a path whose packets are held, by its index twice and once more: what the programs held, and what the process has sent or
 * given up of it. Once that is `open`, a packet that finds both equal is the next one in order, and passes.
 */
export const holdEntry = structure('hold', {
  packets: c64,
  until: c64, // then all pass, should the process be gone; 0 = never
  ifindex: c32,
  open: c32,
});

/** What a home leaves to all its guests together, by direction. */
export const limitEntry = structure('limit', { tat: c64, cost: c32, burst: c32 });

export const deviceEntry = structure('device', { kind: c8, role: c8, space: c16 });
export const stationKey = structure('station_key', { ifindex: c32, mac, _gap: gap(2) });
/** An address of the gateway itself that guests may reach, by the access interface. */
export const gatewayKey = structure('gateway_key', { ifindex: c32, family: c32, address: octets16 });

/** The way to a tunnel end as it was found last, until it is looked up again. Not read here. */
export const routeEntry = structure('route', { local: octets16, remote: octets16, hop: octets16, until: c64, ifindex: c32, family: c16, mtu: c16 });
/** A destination that guests sent to and that is no address of this machine, until that is asked again. Not read here. */
export const passageEntry = structure('passage', { address: octets16, until: c64, ifindex: c32, family: c32 });

const STRUCTURES = [addressKey, sendEntry, receiveEntry, flowEntry, holdEntry, limitEntry, deviceEntry, stationKey, gatewayKey, routeEntry, passageEntry];

const octetsIn = (address: Mac): string => `{ ${address.split(':').map((o) => `0x${o}`).join(', ')} }`;
const screaming = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c}`).toUpperCase();
const constants = (prefix: string, values: Readonly<Record<string, number>>): string[] =>
  Object.entries(values).map(([name, value]) => `#define ${prefix}_${screaming(name)} ${value}`);

/** pmip.layout.h. */
export function layoutHeader(): string {
  return [
    '/* SPDX-License-Identifier: GPL-2.0-only OR MIT */',
    '/* Written by scripts/build-bpf.mjs from linux/datapath/layout.ts. */',
    ...constants('KIND', KIND),
    ...constants('ROLE', ROLE),
    ...constants('TRANSPORT', TRANSPORT),
    ...constants('FLAG', FLAG),
    ...constants('GATEWAY', GATEWAY),
    ...constants('DIRECTION', DIRECTION),
    `#define COST_SHIFT ${COST_SHIFT}`,
    `#define BURST_SHIFT ${BURST_SHIFT}`,
    `#define SOLICITATIONS ${SOLICITATIONS}`,
    `#define SOLICITATION_NS ${SOLICITATION_NS}ULL`,
    `#define SOLICITATIONS_AHEAD_NS ${SOLICITATIONS_AHEAD_NS}ULL`,
    ...constants('DROP', Object.fromEntries(DROPS.map((name, i) => [name, i]))),
    `#define DROP_REASONS ${DROPS.length}`,
    `#define DATA_PORT ${DATA_PORT}`,
    `#define STRAGGLERS_NS ${STRAGGLERS_NS}ULL`,
    `#define ERROR_INTERVAL_NS ${ERROR_INTERVAL_NS}ULL`,
    `#define BELIEVED_NS ${BELIEVED_NS}ULL`,
    `#define ROUTES ${ROUTES}`,
    `#define PASSAGES ${PASSAGES}`,
    `#define MINIMUM_MTU ${MINIMUM_MTU}`,
    `#define QUOTED ${QUOTED}`,
    `#define MAX_SPACES ${MAX_SPACES}`,
    `#define PSEUDO_MAC ${octetsIn(PSEUDO_MAC)}`,
    `#define MAG_MAC ${octetsIn(MAG_MAC)}`,
    ...STRUCTURES.map((s) => s.declaration),
    '',
  ].join('\n');
}

const HASH = 1;
const ARRAY = 2;
const PERCPU_ARRAY = 6;
const LRU_HASH = 9;

/** BPF_F_MMAPABLE: the values begin at a page, so none of 64 octets lies in two cache lines. */
const ON_A_PAGE = 1 << 10;

const U32 = 4;
const U64 = 8;

export interface MapTable {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  /** One value per possible CPU. */
  readonly perCpu?: true;
  readonly flags?: number;
  entries(maxPaths: number): number;
}

/**
 * The maps by the names that the programs use. All is allocated at once: on some kernels a map that grows as it is filled runs out
 * of memory for a moment (seen on 6.1). A million paths take about 0.6 GB.
 */
export const MAPS = {
  sends: { type: HASH, keySize: addressKey.codec.size, valueSize: sendEntry.codec.size, entries: (n) => n * 2 },
  receives: { type: HASH, keySize: U32, valueSize: receiveEntry.codec.size, entries: (n) => n },
  flows: { type: ARRAY, keySize: U32, valueSize: flowEntry.codec.size, flags: ON_A_PAGE, entries: (n) => n * 2 },
  holds: { type: HASH, keySize: U32, valueSize: holdEntry.codec.size, entries: (n) => Math.min(n, MOST_HELD) * 2 },
  limits: { type: ARRAY, keySize: U32, valueSize: limitEntry.codec.size, entries: () => 3 },
  drops: { type: PERCPU_ARRAY, keySize: U32, valueSize: U64, perCpu: true, entries: () => DROPS.length },
  devices: { type: HASH, keySize: U32, valueSize: deviceEntry.codec.size, entries: () => 1024 },
  spaces: { type: ARRAY, keySize: U32, valueSize: U32, entries: () => MAX_SPACES },
  gateways: { type: HASH, keySize: gatewayKey.codec.size, valueSize: U32, entries: () => 1024 },
  routes: { type: PERCPU_ARRAY, keySize: U32, valueSize: routeEntry.codec.size, perCpu: true, entries: () => ROUTES },
  passages: { type: PERCPU_ARRAY, keySize: U32, valueSize: passageEntry.codec.size, perCpu: true, entries: () => PASSAGES },
  stations: { type: LRU_HASH, keySize: stationKey.codec.size, valueSize: U64, entries: () => 8192 },
} as const satisfies Readonly<Record<string, MapTable>>;
export type MapName = keyof typeof MAPS;

/** The programs by the names of their sections. */
export const PROGRAMS = ['encap', 'again', 'release', 'decap', 'decapRaw', 'access', 'across'] as const;
export type ProgramName = (typeof PROGRAMS)[number];
