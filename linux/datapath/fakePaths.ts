/** The port `Paths` by hand: keeps what is set, refuses what the real one refuses and what it is told to, and prints itself. */
import type { Mac } from '../../protocol/mac.ts';
import { PathError } from '../../protocol/paths.ts';
import type { Path, PathCounters, Paths, Policed } from '../../protocol/paths.ts';
import type { Millis } from '../../protocol/units.ts';
import { samePath } from './records.ts';
import { registry } from './registry.ts';
import type { Limits } from './registry.ts';

export interface FakePaths extends Paths {
  /** Every set from now on fails for this reason, until called without one. */
  refuse(reason?: string): void;
  /** A frame of the station was received. */
  seen(accessInterface: string, mac: Mac, at: Millis): void;
  /** The subscriber's packets passed. */
  passed(index: number, direction: 'up' | 'down', packets: number, octets: number, at: Millis): void;
  /** The subscriber's packets were more than its rate. */
  exceeded(index: number, direction: 'up' | 'down', packets: number): void;
  dropped(reason: string, packets?: number): void;
  /** One line per path, by index. */
  toString(): string;
}

const NOTHING: Policed = { up: 0n, down: 0n };
const NONE: PathCounters = { upOctets: 0n, upPackets: 0n, downOctets: 0n, downPackets: 0n };

/** The clock of `firstDown` and `lastSeen` is the caller's: the times given to `passed` and `seen`. */
export function fakePaths({ role = 'mag', maxPaths = 1024, spaces = 16 }: Partial<Limits> = {}): FakePaths {
  const rules = registry({ role, maxPaths, spaces });
  const held = new Map<number, Path>();
  const counters = new Map<number, PathCounters>();
  const policed = new Map<number, Policed>();
  const stations = new Map<string, Millis>();
  const firsts = new Map<number, Millis>();
  const drops = new Map<string, bigint>();
  let refusal: string | undefined;

  function set(path: Path): void {
    const old = held.get(path.index);
    if (old && samePath(old, path, role === 'lma')) return;
    if (refusal !== undefined) throw new PathError(`Path ${path.index} was not set: ${refusal}`);
    rules.check(path);
    if (old) rules.release(old);
    else {
      counters.set(path.index, NONE);
      policed.set(path.index, NOTHING);
    }
    held.set(path.index, path);
    rules.hold(path);
    firsts.delete(path.index);
  }

  function remove(index: number): void {
    const old = held.get(index);
    if (!old) return;
    rules.release(old);
    held.delete(index);
  }

  return {
    set,
    remove,
    reconcile(all) {
      const wanted = new Set(all.map((p) => p.index));
      const gone = [...held.keys()].filter((index) => !wanted.has(index));
      gone.forEach(remove);
      for (const path of all) rules.rivals(path).forEach(remove);
      const failures = all.flatMap((path) => {
        try {
          set(path);
          return [];
        } catch (error) {
          return [error];
        }
      });
      if (failures.length > 0) throw failures[0];
      return { removed: gone.length };
    },
    holds: (index) => held.has(index),
    list: () => [...held.values()],
    counters: (index) => counters.get(index),
    policed: (index) => policed.get(index),
    lastSeen: (accessInterface, mac) => stations.get(`${accessInterface} ${mac}`),
    firstDown: (index) => (held.has(index) ? firsts.get(index) : undefined),
    drops: () => Object.fromEntries(drops),
    refuse(reason) {
      refusal = reason;
    },
    seen: (accessInterface, mac, at) => void stations.set(`${accessInterface} ${mac}`, at),
    passed(index, direction, packets, octets, at) {
      const c = counters.get(index) ?? NONE;
      counters.set(index, direction === 'up'
        ? { ...c, upPackets: c.upPackets + BigInt(packets), upOctets: c.upOctets + BigInt(octets) }
        : { ...c, downPackets: c.downPackets + BigInt(packets), downOctets: c.downOctets + BigInt(octets) });
      if (direction === 'down' && held.has(index) && !firsts.has(index)) firsts.set(index, at);
    },
    exceeded(index, direction, packets) {
      const p = policed.get(index) ?? NOTHING;
      policed.set(index, { ...p, [direction]: p[direction] + BigInt(packets) });
    },
    dropped: (reason, packets = 1) => void drops.set(reason, (drops.get(reason) ?? 0n) + BigInt(packets)),
    toString: () => [...held.values()].sort((a, b) => a.index - b.index).map(printPath).join('\n'),
  };
}

/** `5: 10.1.0.5 2001:db8:1:5::/64 gre6 2001:db8:a::2 > 2001:db8:b::2 key 0x5005 < 0xd005 mtu 1452 on lan0 02:00:00:00:02:05` */
export function printPath({ index, space, ipv4, prefixes, tunnel, access, peers, rates, action = 'forward' }: Path): string {
  const hex = (key: number) => `0x${key.toString(16)}`;
  return [
    `${index}:`,
    ...(space ? [`space ${space}`] : []),
    ...(ipv4 ? [ipv4] : []),
    ...prefixes.map((p) => `${p.address}/${p.length}`),
    `${tunnel.transport} ${tunnel.local} > ${tunnel.remote}${tunnel.remotePort === undefined ? '' : `:${tunnel.remotePort}`}`,
    `key ${hex(tunnel.sendKey)} < ${hex(tunnel.receiveKey)} mtu ${tunnel.mtu}`,
    ...(access ? [`on ${access.interface} ${access.mac}`] : []),
    ...(peers ? ['peers'] : []),
    ...(['up', 'down'] as const).flatMap((way) => (rates?.[way] ? [`${way} ${rates[way].rate} bit/s burst ${rates[way].burst}`] : [])),
    ...(action === 'forward' ? [] : [action]),
  ].join(' ');
}
