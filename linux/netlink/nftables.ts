/**
 * nftables through nfnetlink: tables of family inet (IPv4 and IPv6), sets, and rules as lists of expressions (linux/netfilter/nf_tables.h).
 * Everything of one `commit` happens at once or not at all. Numbers are in network byte order here.
 */
import { decode, encode, struct, u16, u32, u64, u8, Writer } from '../../protocol/codec.ts';
import { cString, n16, n32 } from '../abi.ts';
import { check, native } from '../native.ts';
import { growSendBuffer } from '../sockets/endpoint.ts';
import { netlink, openNetlink, throwUnlessZero } from './socket.ts';
import { attributes, decodeMessages, encodeMessage, layout, NLM_F_ACK, NLM_F_CREATE, NLM_F_REQUEST, NLMSG_ERROR, writeAttribute } from './wire.ts';

export const NETLINK_NETFILTER = 12;
const SUBSYSTEM = 10;
const BATCH_BEGIN = 16;
const BATCH_END = 17;
const INET = 1;
const NLM_F_APPEND = 0x800;
const WHAT = 'the nftables socket';
/** Octets; the kernel reserves none of them. */
const LARGEST_COMMIT = 64 << 20;

const header = struct({ family: u8, version: u8, resource: u16 });
const object = layout(header, { table: [1, cString], name: [2, cString], data: [4, attributes({ packets: [2, u64] })] });

/** An attribute's data: a number of 32 bits, text, octets, or attributes. */
type Data = number | string | Uint8Array | readonly Attribute[];
type Attribute = readonly [number: number, data: Data];

function octetsOf(data: Data): Uint8Array {
  if (typeof data === 'number') return encode(u32, data >>> 0);
  if (typeof data === 'string') return encode(cString, data);
  if (data instanceof Uint8Array) return data;
  const w = new Writer();
  for (const [number, inner] of data) writeAttribute(w, number, octetsOf(inner));
  return w.finish();
}

/** One change; those of a `commit` come in their order. */
export interface Change {
  /** For error messages. */
  readonly what: string;
  readonly type: number;
  readonly flags: number;
  readonly attributes: readonly Attribute[];
}

/** One step of a rule. */
export type Expression = readonly [number: 1, data: readonly Attribute[]];
const expression = (name: string, data: readonly Attribute[]): Expression => [1, [[1, name], [2, data]]];
const value = (raw: Uint8Array): readonly Attribute[] => [[1, raw]];

/** Registers are of 4 octets each. */
const REGISTER = 8;
const META = { mark: 3, iifname: 6, oifname: 7, hardware: 8, family: 15, protocol: 16 } as const;
/** ARPHRD_ETHER, if_arp.h */
const ETHERNET = 1;
const BASE = { link: 0, network: 1, transport: 2 } as const;
const VERDICTS = { drop: 0, accept: 1 } as const;
const IFNAMSIZ = 16;
const FAMILY = { 4: 2, 6: 10 } as const;
/** As nft numbers it. */
const IFNAME = 41;
const CT_ZONE = 17;
const ORIGINAL = 0;

const loadMeta = (key: keyof typeof META): Expression => expression('meta', [[1, REGISTER], [2, META[key]]]);
const compare = (operation: 0 | 1, raw: Uint8Array): Expression => expression('cmp', [[1, REGISTER], [2, operation], [3, value(raw)]]);
const isEqual = (raw: Uint8Array): Expression => compare(0, raw);

/** A device as an element of a set. */
export function deviceName(device: string): Uint8Array {
  const name = new Uint8Array(IFNAMSIZ);
  name.set(new TextEncoder().encode(device).subarray(0, IFNAMSIZ - 1));
  return name;
}
/** Loads the name of the device on which it arrives into the register `at` (counted in fours) and the three behind it. */
export const loadDevice = (at: number): Expression => expression('meta', [[1, REGISTER + at], [2, META.iifname]]);
export const arrivesOn = (device: string): Expression[] => [loadMeta('iifname'), isEqual(deviceName(device))];
/** Not before it is routed. */
export const leavesOn = (device: string): Expression[] => [loadMeta('oifname'), isEqual(deviceName(device))];
export const arrivesElsewhereThan = (device: string): Expression[] => [loadMeta('iifname'), compare(1, deviceName(device))];
export const leavesElsewhereThan = (device: string): Expression[] => [loadMeta('oifname'), compare(1, deviceName(device))];
export const arrivesOnAny = (set: string): Expression[] => [loadMeta('iifname'), isIn(set)];
export const leavesOnAny = (set: string): Expression[] => [loadMeta('oifname'), isIn(set)];
export const leavesOnNone = (set: string): Expression[] => [loadMeta('oifname'), isNotIn(set)];
export const isOfProtocol = (protocol: number): Expression[] => [loadMeta('protocol'), isEqual(Uint8Array.of(protocol))];
/** It has an Ethernet header, so that there is a MAC to load. */
export const isEthernet = (): Expression[] => [loadMeta('hardware'), isEqual(encode(n16, ETHERNET))];
export const isOfFamily = (family: 4 | 6): Expression[] => [loadMeta('family'), isEqual(Uint8Array.of(FAMILY[family]))];
/** Loads octets of the packet's header into the register `at` (counted in fours). */
export const load = (base: keyof typeof BASE, offset: number, length: number, at = 0): Expression => expression('payload', [[1, REGISTER + at], [2, BASE[base]], [3, offset], [4, length]]);
/** Keeps the bits of the first registers that are set in `mask`. */
export const mask = (bits: Uint8Array): Expression => expression('bitwise', [[1, REGISTER], [2, REGISTER], [3, bits.length], [4, value(bits)], [5, value(new Uint8Array(bits.length))]]);
export const equals = isEqual;
const put = (raw: Uint8Array): Expression => expression('immediate', [[1, REGISTER], [2, value(raw)]]);
/** The mark that rules of routing can ask for, all of it. */
export const setMark = (mark: number): Expression[] => [put(encode(n32, mark)), expression('meta', [[3, REGISTER], [2, META.mark]])];
export const isMarked = (mark: number): Expression[] => [loadMeta('mark'), isEqual(encode(n32, mark))];
/**
 * Connections of what passes here are kept apart from those of other zones, even where their addresses are the same. `begun`: only as
 * they are on this side; their answers come from where zones are not known, so what they look like there has to differ.
 */
export const setZone = (zone: number, which: 'all' | 'begun'): Expression[] => [put(encode(n16, zone)), expression('ct', [[2, CT_ZONE], ...(which === 'begun' ? [[3, Uint8Array.of(ORIGINAL)] as const] : []), [4, REGISTER]])];
/** Counts what comes so far; `nft list` shows it. */
export const counted = (): Expression => expression('counter', []);
/** Counts by a counter that the table has, for `readCounters`. */
export const countedBy = (counter: string): Expression => expression('objref', [[1, COUNTER], [2, counter]]);
/** The first registers are an element of the set. */
export const isIn = (set: string): Expression => expression('lookup', [[1, set], [2, REGISTER]]);
/** Puts what the map has for the first registers into the register `at`; what it does not have ends the rule. */
export const look = (map: string, at: number): Expression => expression('lookup', [[1, map], [2, REGISTER], [3, REGISTER + at]]);
/** Another source: IPv4 address and least and greatest port, each from a register. */
export const translateSource = (address: number, least: number, greatest: number): Expression =>
  expression('nat', [[1, 0], [2, FAMILY[4]], [3, REGISTER + address], [5, REGISTER + least], [6, REGISTER + greatest]]);
/** The first registers are no element of the set. */
export const isNotIn = (set: string): Expression => expression('lookup', [[1, set], [2, REGISTER], [5, 1]]);
export const verdict = (name: keyof typeof VERDICTS): Expression => expression('immediate', [[1, 0], [2, [[2, [[1, VERDICTS[name]]]]]]]);

/** Goes on in another chain, and comes back from its end. */
export const jump = (chain: string): Expression => expression('immediate', [[1, 0], [2, [[2, [[1, JUMP], [2, chain]]]]]]);

/** NFT_JUMP */
const JUMP = -3;
/** NFT_OBJECT_COUNTER */
const COUNTER = 1;
const NEW = { table: 0, chain: 3, rule: 6, set: 9, elements: 12, object: 18 } as const;
const LIST_OBJECTS = 19;
const DELETE = { table: 2, elements: 14 } as const;
const HOOKS = { prerouting: 0, input: 1, forward: 2, postrouting: 4 } as const;
const ACCEPT = 1;
const SET = { constant: 2, interval: 4, map: 8 } as const;
const INTERVAL_END = 1;

/** Adding it twice is free. */
export const newTable = (table: string): Change => ({ what: `add the table ${table}`, type: NEW.table, flags: NLM_F_CREATE, attributes: [[1, table]] });
/** @throws on commit, NativeError `ENOENT`, when it is not there */
export const deleteTable = (table: string): Change => ({ what: `delete the table ${table}`, type: DELETE.table, flags: 0, attributes: [[1, table]] });
/** What passes the hook is asked for here; the lower the priority, the sooner. */
export const newChain = (table: string, chain: string, hook: keyof typeof HOOKS, priority: number, type: 'filter' | 'nat' = 'filter'): Change => ({
  what: `add the chain ${chain}`,
  type: NEW.chain,
  flags: NLM_F_CREATE,
  attributes: [[1, table], [3, chain], [4, [[1, HOOKS[hook]], [2, priority]]], [5, ACCEPT], [7, type]],
});
/** A chain for `jump`. */
export const newInnerChain = (table: string, chain: string): Change => ({ what: `add the chain ${chain}`, type: NEW.chain, flags: NLM_F_CREATE, attributes: [[1, table], [3, chain]] });
export const newCounter = (table: string, counter: string): Change => ({ what: `add the counter ${counter}`, type: NEW.object, flags: NLM_F_CREATE, attributes: [[1, table], [2, counter], [3, COUNTER], [4, []]] });
/** `types`: what `nft` is to take the parts of a key for, by its own numbers; `length`: of a key, whose parts are padded to fours. */
export const newSet = (table: string, set: string, id: number, types: readonly number[], length: number, flags = 0): Change => ({
  what: `add the set ${set}`,
  type: NEW.set,
  flags: NLM_F_CREATE,
  attributes: [[1, table], [2, set], [3, flags], [4, typeNumber(types)], [5, length], [10, id]],
});
const typeNumber = (types: readonly number[]): number => types.reduce((all, type) => (all << 6) | type, 0);
/** Of devices, for `deviceName`. That its keys are in the machine's own order is for `nft list` alone. */
export function newDeviceSet(table: string, set: string, id: number): Change {
  const made = newSet(table, set, id, [IFNAME], IFNAMSIZ);
  return { ...made, attributes: [...made.attributes, [13, Uint8Array.of(0, 4, ...encode(n32, 1))]] };
}
/** Of ranges: `newRanges` fills it. */
export const newIntervalSet = (table: string, set: string, id: number, type: number, length: number): Change => newSet(table, set, id, [type], length, SET.constant | SET.interval);
/** A set whose elements have data, each of `dataLength`. */
export function newMap(table: string, map: string, id: number, types: readonly number[], length: number, dataTypes: readonly number[], dataLength: number): Change {
  const set = newSet(table, map, id, types, length, SET.constant | SET.map);
  return { ...set, attributes: [...set.attributes, [6, typeNumber(dataTypes)], [7, dataLength]] };
}
export const newRule = (table: string, chain: string, expressions: readonly Expression[]): Change => ({
  what: `add a rule to the chain ${chain}`,
  type: NEW.rule,
  flags: NLM_F_CREATE | NLM_F_APPEND,
  attributes: [[1, table], [2, chain], [4, expressions]],
});
const elements = (table: string, set: string, keys: readonly Uint8Array[]): readonly Attribute[] => [[1, table], [2, set], [3, keys.map((key): Attribute => [1, [[1, value(key)]]])]];
/** Adding them twice is free. */
export const newElements = (table: string, set: string, keys: readonly Uint8Array[]): Change => ({ what: `add to the set ${set}`, type: NEW.elements, flags: NLM_F_CREATE, attributes: elements(table, set, keys) });
/** Sorted, and none touches another. */
export const newRanges = (table: string, set: string, ranges: readonly { readonly first: Uint8Array; readonly behind: Uint8Array | undefined }[]): Change => ({
  what: `add to the set ${set}`,
  type: NEW.elements,
  flags: NLM_F_CREATE,
  attributes: [[1, table], [2, set], [3, ranges.flatMap(({ first, behind }): Attribute[] => [[1, [[1, value(first)]]], ...(behind ? [[1, [[1, value(behind)], [3, INTERVAL_END]]] as const] : [])])]],
});
export const newMappings = (table: string, map: string, entries: readonly (readonly [key: Uint8Array, data: Uint8Array])[]): Change => ({
  what: `add to the map ${map}`,
  type: NEW.elements,
  flags: NLM_F_CREATE,
  attributes: [[1, table], [2, map], [3, entries.map(([key, data]): Attribute => [1, [[1, value(key)], [2, value(data)]]])]],
});
/** @throws on commit, NativeError `ENOENT`, when one is not there */
export const deleteElements = (table: string, set: string, keys: readonly Uint8Array[]): Change => ({ what: `delete from the set ${set}`, type: DELETE.elements, flags: 0, attributes: elements(table, set, keys) });

export interface Nftables {
  /** All of it, or nothing. @throws NativeError for the first that the kernel refuses */
  commit(changes: readonly Change[]): void;
  /** Packets, by the names of a table's counters; nothing of a table that is not there. @throws NativeError */
  readCounters(table: string): Record<string, bigint>;
  close(): void;
}

/** @throws NativeError */
export function nftables(): Nftables {
  const n = native();
  const fd = openNetlink(WHAT, 0, NETLINK_NETFILTER);
  growSendBuffer(fd, LARGEST_COMMIT);
  const buffer = new Uint8Array(65536);
  const lengths = new Uint32Array(3);
  const listing = netlink(NETLINK_NETFILTER);
  const envelope = (type: number, sequence: number) => encodeMessage({ type, flags: NLM_F_REQUEST, sequence, body: encode(header, { family: 0, version: 0, resource: SUBSYSTEM }) });

  return {
    commit(changes) {
      const messages = changes.map(({ type, flags, attributes }, i) => {
        const body = Buffer.concat([encode(header, { family: INET, version: 0, resource: 0 }), octetsOf(attributes)]);
        return encodeMessage({ type: (SUBSYSTEM << 8) | type, flags: NLM_F_REQUEST | NLM_F_ACK | flags, sequence: i + 1, body });
      });
      check(WHAT, n.sendmsg(fd, Buffer.concat([envelope(BATCH_BEGIN, 0), ...messages, envelope(BATCH_END, changes.length + 1)])));
      // The kernel has answered all of it when sendmsg returns.
      const answers: ReturnType<typeof decodeMessages> = [];
      for (let got = n.recvmsg(fd, buffer, null, null, lengths); got >= 0; got = n.recvmsg(fd, buffer, null, null, lengths)) answers.push(...decodeMessages(buffer.slice(0, got)));
      for (const answer of answers) if (answer.type === NLMSG_ERROR) throwUnlessZero(changes[answer.sequence - 1]?.what ?? 'change nftables', answer);
    },
    readCounters(table) {
      const listed = listing.dump({ what: `list the counters of ${table}`, type: (SUBSYSTEM << 8) | LIST_OBJECTS, layout: object, body: { family: INET, version: 0, resource: 0, table } });
      return Object.fromEntries(listed.flatMap(({ body }) => {
        const { name, table: of, data } = decode(object, body);
        return name === undefined || of !== table ? [] : [[name, data?.packets ?? 0n] as const];
      }));
    },
    close() {
      listing.close();
      n.close(fd);
    },
  };
}
