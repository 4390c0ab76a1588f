/** What passed, from the statistics of tunnel interfaces. They begin at nothing with each interface, and a path may have had several. */
import type { PathCounters } from '../../protocol/paths.ts';
import type { Millis } from '../../protocol/units.ts';
import type { Netlink } from '../netlink/socket.ts';
import { getTunnel } from '../netlink/tunnel.ts';
import type { TunnelStats } from '../netlink/tunnel.ts';

export interface KernelCounters {
  /** The path is about to change: what was counted up to now is kept. */
  pause(index: number): void;
  /** The path's interface is this one. `kept`: found there after a crash, and all it has counted belongs to the path. */
  begin(index: number, name: string, how: 'new' | 'moved' | 'kept'): void;
  of(index: number): PathCounters | undefined;
  /** When it was noticed that a packet had come since the last `begin`; who asks rarely hears late. */
  firstDown(index: number): Millis | undefined;
  drops(): Record<string, bigint>;
}

const FIELDS = ['receivedPackets', 'sentPackets', 'receivedOctets', 'sentOctets', 'receiveErrors', 'sendErrors', 'receiveDropped', 'sendDropped'] as const satisfies readonly (keyof TunnelStats)[];
const combine = (a: TunnelStats, b: TunnelStats, sign: 1n | -1n): TunnelStats =>
  Object.fromEntries(FIELDS.map((f) => [f, a[f] + sign * b[f]])) as Record<(typeof FIELDS)[number], bigint>;
const NOTHING: TunnelStats = { receivedPackets: 0n, sentPackets: 0n, receivedOctets: 0n, sentOctets: 0n, receiveErrors: 0n, sendErrors: 0n, receiveDropped: 0n, sendDropped: 0n };

interface Counted {
  readonly name: string;
  /** To add to the interface's own: what earlier ones of the path had, less what this one had before it was the path's. */
  readonly offset: TunnelStats;
  readonly receivedAtBegin: bigint;
  last: TunnelStats;
  first: Millis | undefined;
}

export function kernelCounters(nl: Netlink): KernelCounters {
  const all = new Map<number, Counted>();
  /** Of paths whose index is used again. */
  let forgotten = NOTHING;
  const statsOf = (name: string): TunnelStats | undefined => getTunnel(nl, name)?.stats;

  function read(c: Counted): TunnelStats {
    const stats = statsOf(c.name);
    if (stats) c.last = combine(c.offset, stats, 1n);
    return c.last;
  }

  return {
    pause(index) {
      const c = all.get(index);
      if (c) read(c);
    },
    begin(index, name, how) {
      const stats = statsOf(name) ?? NOTHING;
      const before = all.get(index);
      if (how === 'new' && before) forgotten = combine(forgotten, before.last, 1n);
      const total = { new: NOTHING, kept: stats, moved: before && before.name === name ? combine(before.offset, stats, 1n) : (before?.last ?? NOTHING) }[how];
      all.set(index, { name, offset: combine(total, stats, -1n), receivedAtBegin: stats.receivedPackets, last: total, first: undefined });
    },
    of(index) {
      const c = all.get(index);
      if (!c) return undefined;
      const total = read(c);
      return { upOctets: total.sentOctets, upPackets: total.sentPackets, downOctets: total.receivedOctets, downPackets: total.receivedPackets };
    },
    firstDown(index) {
      const c = all.get(index);
      if (c && c.first === undefined && (statsOf(c.name)?.receivedPackets ?? 0n) > c.receivedAtBegin) c.first = Number(process.hrtime.bigint()) / 1e6;
      return c?.first;
    },
    drops() {
      const total = [...all.values()].map(read).reduce((sum, t) => combine(sum, t, 1n), forgotten);
      return { notReceived: total.receiveErrors + total.receiveDropped, notSent: total.sendErrors + total.sendDropped };
    },
  };
}
