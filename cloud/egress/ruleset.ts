/**
 * The filter and the translation as one nftables table of family inet, made anew as a whole. A packet of a subscriber comes in on
 * the pseudo-device of its address space (`pmip0`, …) with the address that its tunnel was checked for; here it is seen what it may
 * reach and what it looks like outside.
 */
import {
  arrivesElsewhereThan, arrivesOn, arrivesOnAny, counted, deleteTable, deviceName, equals, isIn, isNotIn, isOfFamily, isOfProtocol, leavesElsewhereThan, leavesOn, leavesOnAny, load,
  newChain, newDeviceSet, newElements, newIntervalSet, newRanges, newRule, newTable, setMark, setZone, verdict,
} from '../../linux/netlink/nftables.ts';
import type { Change, Expression } from '../../linux/netlink/nftables.ts';
import type { Nat44 } from './portBlocks.ts';
import { rangesOf } from './ranges.ts';
import { translation } from './translation.ts';

export const TABLE = 'roamstead-egress';

export interface SpaceEgress {
  readonly space: number;
  /** `pmip0`, and its peer, on which fragments come */
  readonly device: string;
  readonly peer: string;
  readonly pools: readonly string[];
  readonly nat44: readonly Nat44[];
  /** Those that its phones are told; they answer wherever they are. */
  readonly resolvers: readonly string[];
  /** Its own way out; without one it shares the machine's. */
  readonly upstream?: string | undefined;
}

export interface Filter {
  readonly bogons: readonly string[];
  readonly management: readonly string[];
}

/** What the translated of an address space are marked with, all bits. */
export const markOf = (space: number): number => 0x5213_0000 + space;

/** Priorities of nf_ip_hook_priorities: before connection tracking, the usual filter, and the translation of sources. */
const RAW = -300;
const FILTER = 0;
const SRCNAT = 100;
/** As nft numbers its types. */
const TYPE = { ipv4: 7, ipv6: 8 } as const;
const OF = { 4: { type: TYPE.ipv4, octets: 4, source: 12, destination: 16 }, 6: { type: TYPE.ipv6, octets: 16, source: 8, destination: 24 } } as const;
const FAMILIES = [4, 6] as const;
type Family = (typeof FAMILIES)[number];
const ICMP = { 4: 1, 6: 58 } as const;
/** TCP and UDP have their ports at the same place. */
const TRANSPORTS = [6, 17] as const;
const DESTINATION_PORT_AT = 2;
const DNS = Uint8Array.of(0, 53);

const source = (family: Family): Expression[] => [...isOfFamily(family), load('network', OF[family].source, OF[family].octets)];
const destination = (family: Family): Expression[] => [...isOfFamily(family), load('network', OF[family].destination, OF[family].octets)];
const drop = (...expressions: Expression[]): Expression[] => [...expressions, counted(), verdict('drop')];
const familyOf = (network: string): Family => (network.includes(':') ? 6 : 4);

/** Everything, in place of what was there. */
export function ruleset(spaces: readonly SpaceEgress[], filter: Filter | undefined): Change[] {
  const rules = (chain: string, all: readonly (readonly Expression[])[]): Change[] => all.map((expressions) => newRule(TABLE, chain, expressions));
  const { maps, rules: translations } = translation(TABLE, spaces.flatMap((s) => s.nat44.map((nat) => ({ nat, mark: markOf(s.space) }))));
  return [
    // So that there is one to delete.
    newTable(TABLE),
    deleteTable(TABLE),
    newTable(TABLE),
    ...sets(spaces, filter),
    ...maps,
    newChain(TABLE, 'sources', 'prerouting', RAW - 2),
    newChain(TABLE, 'destinations', 'prerouting', RAW - 1),
    newChain(TABLE, 'spaces', 'prerouting', RAW),
    newChain(TABLE, 'anchor', 'input', FILTER),
    newChain(TABLE, 'passing', 'forward', FILTER),
    newChain(TABLE, 'leaving', 'postrouting', SRCNAT, 'nat'),
    ...(filter ? [...rules('sources', FAMILIES.flatMap((f) => sources(spaces, f))), ...rules('destinations', FAMILIES.flatMap((f) => destinations(spaces, f))), ...rules('anchor', [...spaces.flatMap((s) => asksResolver(s)), ...ANCHOR]), ...rules('passing', FAMILIES.map(fromBogons))] : []),
    ...rules('spaces', spaces.flatMap(apart)),
    ...rules('passing', spaces.flatMap(between)),
    ...rules('leaving', translations),
  ];
}

function sets(spaces: readonly SpaceEgress[], filter: Filter | undefined): Change[] {
  const all: ((id: number) => Change[])[] = [];
  const devices = (name: string, names: readonly string[]) => all.push((id) => [newDeviceSet(TABLE, name, id), newElements(TABLE, name, names.map(deviceName))]);
  const ranges = (name: string, family: Family, networks: readonly string[]) => {
    const own = rangesOf(networks.filter((n) => familyOf(n) === family));
    all.push((id) => [newIntervalSet(TABLE, name, id, OF[family].type, OF[family].octets), ...(own.length > 0 ? [newRanges(TABLE, name, own)] : [])]);
  };
  devices('inside', spaces.map((s) => s.device));
  devices('own', ['lo', ...spaces.flatMap((s) => [s.device, s.peer])]);
  for (const family of FAMILIES) {
    for (const s of spaces) ranges(`pools${family}-${s.space}`, family, s.pools);
    for (const s of spaces) ranges(`resolvers${family}-${s.space}`, family, s.resolvers);
    ranges(`bogons${family}`, family, filter?.bogons ?? []);
    ranges(`closed${family}`, family, [...(filter?.bogons ?? []), ...(filter?.management ?? [])]);
  }
  for (const s of spaces) ranges(`outside-${s.space}`, 4, s.nat44.map((n) => `${n.outside}/${32 - Math.log2(n.outsideSize)}`));
  return all.flatMap((make, i) => make(i + 1));
}

/** A source is where its address is at home (uRPF): a subscriber's in the pools of its space, and nobody else's in any. */
const sources = (spaces: readonly SpaceEgress[], family: Family): Expression[][] => [
  ...spaces.map((s) => drop(...arrivesOn(s.device), ...source(family), isNotIn(`pools${family}-${s.space}`))),
  // Of what the machine itself makes, fragments among it, any source is right.
  [...arrivesOnAny('own'), ...isOfFamily(family), verdict('accept')],
  ...spaces.filter((s) => s.space === 0 || s.upstream !== undefined).map((s) => drop(...(s.upstream === undefined ? [] : arrivesOn(s.upstream)), ...source(family), isIn(`pools${family}-${s.space}`))),
];

/** Bogons and the operator's own networks are closed to subscribers, other subscribers of their pools excepted. */
const destinations = (spaces: readonly SpaceEgress[], family: Family): Expression[][] => [
  ...spaces.map((s) => [...arrivesOn(s.device), ...destination(family), isIn(`pools${family}-${s.space}`), verdict('accept')]),
  ...spaces.flatMap((s) => asksResolver(s, [family])),
  drop(...arrivesOnAny('inside'), ...destination(family), isIn(`closed${family}`)),
];

/** DNS to the resolvers that phones are told of, which may well stand among what is closed, or be the anchor itself. */
const asksResolver = (s: SpaceEgress, families: readonly Family[] = FAMILIES): Expression[][] =>
  families.flatMap((family) =>
    TRANSPORTS.map((protocol) => [...arrivesOn(s.device), ...destination(family), isIn(`resolvers${family}-${s.space}`), ...isOfProtocol(protocol), load('transport', DESTINATION_PORT_AT, 2), equals(DNS), verdict('accept')]),
  );

/** Of the anchor itself they get answers to a ping, and nothing else. */
const ANCHOR: readonly Expression[][] = [...FAMILIES.map((f) => [...arrivesOnAny('inside'), ...isOfProtocol(ICMP[f]), verdict('accept')]), drop(...arrivesOnAny('inside'))];

/** Only of what is passed on: a machine's own neighbours have such addresses, too. */
const fromBogons = (family: Family): Expression[] => drop(...leavesOnAny('inside'), ...source(family), isIn(`bogons${family}`));

/**
 * Connections of two spaces with the same addresses are two connections. Where a space has no way out of its own, its answers come
 * among all others: the outside address tells whose they are, and the mark which routing table knows the way back.
 */
function apart(s: SpaceEgress): Expression[][] {
  const marked = s.nat44.length > 0 ? [[...arrivesOn(s.device), ...isOfFamily(4), ...setMark(markOf(s.space))]] : [];
  if (s.space === 0) return marked;
  if (s.upstream !== undefined) return [...marked, ...[s.device, s.upstream].map((device) => [...arrivesOn(device), ...setZone(s.space, 'all')])];
  return [...marked, [...arrivesOn(s.device), ...isOfFamily(4), ...setZone(s.space, 'begun')], [...arrivesElsewhereThan(s.device), ...destination(4), isIn(`outside-${s.space}`), ...setMark(markOf(s.space))]];
}

/** Nothing passes from one space to another, nor from a space's own network to another network. */
const between = (s: SpaceEgress): Expression[][] => [
  drop(...arrivesOn(s.device), ...leavesOnAny('inside'), ...leavesElsewhereThan(s.device)),
  ...(s.upstream === undefined
    ? []
    : [
        drop(...arrivesOn(s.device), ...leavesElsewhereThan(s.device), ...leavesElsewhereThan(s.upstream)),
        drop(...arrivesOn(s.upstream), ...leavesElsewhereThan(s.device)),
        drop(...leavesOn(s.device), ...arrivesElsewhereThan(s.device), ...arrivesElsewhereThan(s.upstream)),
      ]),
];
