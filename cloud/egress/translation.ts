/** Source translation by two small maps, whatever the number of subscribers: group of addresses -> outside address, place in the group -> ports. */
import { encode, u32 } from '../../protocol/codec.ts';
import { ipv4ToNumber, parseIpv4 } from '../../protocol/address.ts';
import { isMarked, isOfFamily, leavesOnNone, load, look, mask, newMap, newMappings, translateSource } from '../../linux/netlink/nftables.ts';
import type { Change, Expression } from '../../linux/netlink/nftables.ts';
import { groupsOf, outsideOf, portsOf, type Nat44 } from './portBlocks.ts';

export interface Translation {
  readonly nat: Nat44;
  /** Of packets of its address space. */
  readonly mark: number;
}

/** `ipv4_addr` and `inet_service` as nft numbers them. */
const IPV4 = 7;
const PORT = 13;
const SOURCE_AT = 12;
/** Ids of the sets of one transaction; the others are below. */
const FIRST_ID = 10_000;
/** Elements in one message; the kernel takes some more. */
const PORTION = 1000;
/** Registers of four octets: the source, then what the maps have for it. */
const AT = { outside: 1, least: 2, greatest: 3 } as const;

/** Behind the sets of `table`, and before rules that ask them. */
export function translation(table: string, all: readonly Translation[]): { readonly maps: Change[]; readonly rules: Expression[][] } {
  const maps = all.flatMap(({ nat }, i) => [
    newMap(table, `groups-${i}`, FIRST_ID + i * 2, [IPV4], 4, [IPV4], 4),
    ...inPortions(Array.from({ length: groupsOf(nat) }, (_, g) => [encode(u32, ipv4ToNumber(nat.network) + g * nat.subscribersPerAddress), parseIpv4(outsideOf(nat, g))] as const)).map((p) => newMappings(table, `groups-${i}`, p)),
    newMap(table, `ports-${i}`, FIRST_ID + i * 2 + 1, [IPV4], 4, [PORT, PORT], 8),
    ...inPortions(Array.from({ length: nat.subscribersPerAddress }, (_, place) => [encode(u32, place), ports(nat, place)] as const)).map((p) => newMappings(table, `ports-${i}`, p)),
  ]);
  return { maps, rules: all.map(translate) };
}

function translate({ nat, mark }: Translation, i: number): Expression[] {
  const places = nat.subscribersPerAddress - 1;
  const source = load('network', SOURCE_AT, 4);
  return [
    ...isMarked(mark),
    ...isOfFamily(4),
    ...leavesOnNone('inside'),
    source,
    mask(encode(u32, ~places >>> 0)),
    look(`groups-${i}`, AT.outside),
    source,
    mask(encode(u32, places)),
    look(`ports-${i}`, AT.least),
    translateSource(AT.outside, AT.least, AT.greatest),
  ];
}

/** Each port in the first half of a register. */
function ports(nat: Nat44, place: number): Uint8Array {
  const { first, last } = portsOf(nat, place);
  return Uint8Array.of(first >> 8, first & 255, 0, 0, last >> 8, last & 255, 0, 0);
}

const inPortions = <T>(all: readonly T[]): T[][] => Array.from({ length: Math.ceil(all.length / PORTION) }, (_, i) => all.slice(i * PORTION, (i + 1) * PORTION));
