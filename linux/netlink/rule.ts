/** Policy rules: which routing table answers for which packets. */
import { decode, Reader, reserved, struct, u8 } from '../../protocol/codec.ts';
import { AF_INET, AF_INET6, cString, n32 } from '../abi.ts';
import { unless } from './socket.ts';
import type { Netlink } from './socket.ts';
import { AF_UNSPEC, ip, layout, NLM_F_CREATE, NLM_F_EXCL } from './wire.ts';

const RTM_NEWRULE = 32;
const RTM_DELRULE = 33;
const RTM_GETRULE = 34;

const FR_ACT_TO_TBL = 1;

const fixed = struct({ family: u8, destinationLength: u8, sourceLength: u8, tos: u8, table: u8, _reserved: reserved(2), action: u8, flags: n32 });
const wire = layout(fixed, {
  destination: [1, ip],
  source: [2, ip],
  iif: [3, cString],
  priority: [6, n32],
  mark: [10, n32],
  longTable: [15, n32],
  mask: [16, n32],
  oif: [17, cString],
});

export interface Rule {
  readonly family: 4 | 6;
  /** Rules are asked in this order, lowest first. */
  readonly priority: number;
  readonly table: number;
  /** Packets that came in over this interface; `lo` = made here. */
  readonly iif?: string;
  /** Packets bound to leave over this interface. */
  readonly oif?: string;
  readonly mark?: { readonly value: number; readonly mask: number };
  /** Prefixes: `192.0.2.0/24`. */
  readonly from?: string;
  readonly to?: string;
}

/** Adding it twice is free. @throws NativeError */
export function addRule(nl: Netlink, rule: Rule): void {
  unless(['EEXIST'], () => nl.request({ what: `add ${describe(rule)}`, type: RTM_NEWRULE, flags: NLM_F_CREATE | NLM_F_EXCL, layout: wire, body: body(rule) }));
}

/** Deleting what is not there is free. @throws NativeError */
export function deleteRule(nl: Netlink, rule: Rule): void {
  unless(['ENOENT'], () => nl.request({ what: `delete ${describe(rule)}`, type: RTM_DELRULE, layout: wire, body: body(rule) }));
}

/** The rules of both families that send to a table. */
export function listRules(nl: Netlink): Rule[] {
  return nl.dump({ what: 'list the rules', type: RTM_GETRULE, layout: wire, body: EMPTY }).flatMap((m) => decodeRule(m.body) ?? []);
}

function decodeRule(octets: Uint8Array): Rule | undefined {
  const { family, action } = fixed.read(new Reader(octets));
  if ((family !== AF_INET && family !== AF_INET6) || action !== FR_ACT_TO_TBL) return undefined;
  const m = decode(wire, octets);
  return {
    family: family === AF_INET ? 4 : 6,
    priority: m.priority ?? 0,
    table: m.longTable ?? m.table,
    ...(m.iif === undefined ? {} : { iif: m.iif }),
    ...(m.oif === undefined ? {} : { oif: m.oif }),
    ...(m.mark === undefined ? {} : { mark: { value: m.mark, mask: m.mask ?? 0xffffffff } }),
    ...(m.source === undefined ? {} : { from: `${m.source}/${m.sourceLength}` }),
    ...(m.destination === undefined ? {} : { to: `${m.destination}/${m.destinationLength}` }),
  };
}

const EMPTY = { family: AF_UNSPEC, destinationLength: 0, sourceLength: 0, tos: 0, table: 0, action: FR_ACT_TO_TBL, flags: 0 };

function body({ family, priority, table, iif, oif, mark, from, to }: Rule) {
  const [source, sourceLength] = split(from);
  const [destination, destinationLength] = split(to);
  return {
    ...EMPTY,
    family: family === 4 ? AF_INET : AF_INET6,
    table: table < 256 ? table : 0,
    longTable: table,
    priority,
    iif,
    oif,
    mark: mark?.value,
    mask: mark?.mask,
    source,
    sourceLength,
    destination,
    destinationLength,
  };
}

const split = (prefix: string | undefined): [string | undefined, number] => {
  const [address, length] = prefix?.split('/') ?? [];
  return [address, Number(length ?? 0)];
};

const describe = (rule: Rule) => `the IPv${rule.family} rule ${rule.priority} to table ${rule.table}`;
