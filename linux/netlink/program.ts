/** BPF programs on interfaces: a clsact qdisc, and cls_bpf filters in direct-action mode on its two sides. */
import { decode, hex, reserved, struct, u8 } from '../../protocol/codec.ts';
import { cString, int, n32 } from '../abi.ts';
import { unless } from './socket.ts';
import type { Netlink } from './socket.ts';
import { AF_UNSPEC, attributes, layout, NLM_F_CREATE, NLM_F_EXCL } from './wire.ts';

const RTM_NEWQDISC = 36;
const RTM_DELQDISC = 37;
const RTM_NEWTFILTER = 44;
const RTM_DELTFILTER = 45;
const RTM_GETTFILTER = 46;

const TC_H_CLSACT = 0xfffffff1;
const CLSACT_HANDLE = 0xffff0000;
export type Direction = 'ingress' | 'egress';
const PARENT: Readonly<Record<Direction, number>> = { ingress: 0xfffffff2, egress: 0xfffffff3 };

const TCA_BPF_FLAG_ACT_DIRECT = 1;
/** htons(ETH_P_ALL) in the low half of tcm_info, whatever the byte order: 0x0300 on little-endian machines, 0x0003 on others. */
const ALL_PROTOCOLS = new Uint16Array(Uint8Array.of(0, 3).buffer)[0] as number;

const fixed = struct({ family: u8, _pad: reserved(3), index: int, handle: n32, parent: n32, info: n32 });
const bpf = attributes({ fd: [6, n32], name: [7, cString], flags: [8, n32], tag: [10, hex()], id: [11, n32] });
const wire = layout(fixed, { kind: [1, cString], options: [2, bpf] });
/** Other classifiers have options of their own, so those are read only once the kind is known. */
const kindOnly = layout(fixed, { kind: [1, cString] });

export interface Attachment {
  readonly index: number;
  readonly direction: Direction;
  /** Filters of one direction run in this order; 1 to 65535. */
  readonly priority: number;
}

export interface AttachedProgram extends Attachment {
  readonly name: string;
  /** As `bpftool prog` shows it; it tells whether a program of an earlier run is still there. */
  readonly programId: number;
  /** 8 octets in hex: the same for the same instructions. */
  readonly tag: string;
}

const HANDLE = 1;
const DEFAULT_PRIORITY = 1;

/**
 * Runs the program on every packet of that direction; one that was there at this priority is replaced without a gap.
 * @throws NativeError; `EEXIST` when another program put an `ingress` qdisc on the interface
 */
export function attachProgram(nl: Netlink, index: number, direction: Direction, programFd: number, name: string, priority = DEFAULT_PRIORITY): void {
  addClsact(nl, index);
  nl.request({
    what: `attach the program ${name} to ${direction} of interface ${index}`,
    type: RTM_NEWTFILTER,
    flags: NLM_F_CREATE,
    layout: wire,
    body: { ...filter(index, direction, priority), kind: 'bpf', options: { fd: programFd, name, flags: TCA_BPF_FLAG_ACT_DIRECT } },
  });
}

/** Detaching what is not there is free. @throws NativeError */
export function detachProgram(nl: Netlink, index: number, direction: Direction, priority = DEFAULT_PRIORITY): void {
  unless(['ENOENT', 'EINVAL', 'ENODEV'], () =>
    nl.request({ what: `detach the program from ${direction} of interface ${index}`, type: RTM_DELTFILTER, layout: wire, body: { ...filter(index, direction, priority), kind: 'bpf' } }),
  );
}

/** The BPF programs of one direction; none when there is no clsact. */
export function listPrograms(nl: Netlink, index: number, direction: Direction): AttachedProgram[] {
  let messages: readonly { readonly body: Uint8Array }[] = [];
  unless(['EINVAL', 'ENODEV'], () => {
    messages = nl.dump({ what: `list the filters of ${direction} on interface ${index}`, type: RTM_GETTFILTER, layout: wire, body: { ...filter(index, direction, 0), handle: 0, info: 0 } });
  });
  return messages
    .filter((m) => decode(kindOnly, m.body).kind === 'bpf')
    .map((m) => decode(wire, m.body))
    .flatMap(({ handle, info, options }) =>
      // A filter chain is announced by a message of handle 0, before its filters.
      handle === 0 || options === undefined
        ? []
        : [{ index, direction, priority: info >>> 16, name: options.name ?? '', programId: options.id ?? 0, tag: (options.tag ?? '').replaceAll(':', '') }],
    );
}

/** Adding it twice is free. @throws NativeError */
export function addClsact(nl: Netlink, index: number): void {
  unless(['EEXIST'], () => nl.request({ what: `add clsact to interface ${index}`, type: RTM_NEWQDISC, flags: NLM_F_CREATE | NLM_F_EXCL, layout: wire, body: clsact(index) }));
}

/** Removes it with all its filters, also those of others. Removing what is not there is free. @throws NativeError */
export function removeClsact(nl: Netlink, index: number): void {
  unless(['ENOENT', 'EINVAL', 'ENODEV'], () => nl.request({ what: `remove clsact from interface ${index}`, type: RTM_DELQDISC, layout: wire, body: clsact(index) }));
}

const clsact = (index: number) => ({ family: AF_UNSPEC, index, handle: CLSACT_HANDLE, parent: TC_H_CLSACT, info: 0, kind: 'clsact' });
const filter = (index: number, direction: Direction, priority: number) => ({
  family: AF_UNSPEC,
  index,
  handle: HANDLE,
  parent: PARENT[direction],
  info: priority * 65536 + ALL_PROTOCOLS,
});
