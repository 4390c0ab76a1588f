/** The port `Paths` over open maps. What surrounds the programs is `start`'s business, in bpfPaths.ts. */
import { formatIp } from '../../protocol/address.ts';
import { formatHex } from '../../protocol/mac.ts';
import type { Mac } from '../../protocol/mac.ts';
import { decode, encode } from '../../protocol/codec.ts';
import type { ValueOf } from '../../protocol/codec.ts';
import { PathError } from '../../protocol/paths.ts';
import type { Path, PathCounters, Paths, Policed } from '../../protocol/paths.ts';
import { DIRECTION, DROPS, flowEntry, receiveEntry, stationKey } from './layout.ts';
import { pathWriter } from './pathWriter.ts';
import type { Maps } from './loader.ts';
import type { Phones } from './phones.ts';
import { meterOf } from './rates.ts';
import { registry } from './registry.ts';
import type { Limits } from './registry.ts';
import { addressKeys, addressOf, indexOctets, isTurn, keyNumber, keyOctets, learnedPort, moveOf, pathsOf, recordsOf, samePath } from './records.ts';
import { n64 } from '../abi.ts';

export interface Around extends Limits {
  /** Monotonic nanoseconds, the clock of the programs. */
  now(): bigint;
  /** Index of the access interface of that space. @throws PathError */
  accessIndex(name: string, space: number): number;
  readonly interfaceName: (index: number) => string | undefined;
  /** All flows are zero. */
  readonly fresh: boolean;
  /** At the MAG. */
  readonly phones?: Phones;
}

interface Held {
  readonly path: Path;
  readonly since: bigint;
  readonly ifindex: number;
}

type Flow = ValueOf<typeof flowEntry.codec>;

const MS = 1_000_000;
const EMPTY_FLOW = new Uint8Array(flowEntry.codec.size);

export interface PathTable extends Paths {
  /** Writes the paths of an access interface again: its index has changed. @throws PathError */
  rewrite(accessInterface: string): void;
  /** The path as it was set. */
  get(index: number): Path | undefined;
  /** Something came up over the tunnel since the path was last set or moved. */
  heard(index: number): boolean;
}

export function pathTable(maps: Maps, around: Around): PathTable {
  const { role, phones } = around;
  const learns = role === 'lma';
  const held = new Map<number, Held>();
  const rules = registry(around);
  /** Indexes that may have counted for another path. */
  const used = new Uint8Array(around.maxPaths);

  function hold(path: Path, since: bigint): void {
    const ifindex = path.access ? around.accessIndex(path.access.interface, path.space) : 0;
    held.set(path.index, { path, since, ifindex });
    used[path.index] = 1;
    rules.hold(path);
  }

  function release({ path }: Held): void {
    held.delete(path.index);
    rules.release(path);
  }

  const found = () => pathsOf(maps.receives.entries(), maps.sends.entries(), around.interfaceName);

  /** A mapping learned for the same tunnel end is kept. */
  function withLearned(path: Path, old: Path | undefined): Path {
    const { tunnel } = path;
    if (!learns || tunnel.transport !== 'udp4' || tunnel.remotePort || old?.tunnel.transport !== 'udp4' || old.tunnel.remote !== tunnel.remote) return path;
    const record = maps.receives.lookup(keyOctets(old.tunnel.receiveKey));
    if (!record) return path;
    const receive = decode(receiveEntry.codec, record);
    return { ...path, tunnel: { ...tunnel, remote: formatIp(receive.remote.subarray(0, 4)), remotePort: learnedPort(receive) } };
  }

  /** The receiving side first, then the sending side. */
  function write(path: Path, since: bigint): void {
    const accessIfindex = path.access ? around.accessIndex(path.access.interface, path.space) : 0;
    const { receive, sends } = recordsOf(path, { since, accessIfindex, learns });
    phones?.add(path, accessIfindex);
    maps.receives.update(...receive);
    for (const send of sends) maps.sends.update(...send);
  }

  /** What `gone` has and `kept` has not; the sending side first. */
  function erase(gone: Held, kept?: Held): void {
    const keys = new Set(kept ? addressKeys(kept.path).map(formatHex) : []);
    for (const key of addressKeys(gone.path)) if (!keys.has(formatHex(key))) maps.sends.remove(key);
    if (kept?.path.tunnel.receiveKey !== gone.path.tunnel.receiveKey) maps.receives.remove(keyOctets(gone.path.tunnel.receiveKey));
    phones?.remove(gone.path, gone.ifindex, kept?.path, kept?.ifindex);
  }

  const flowKey = (index: number, direction: keyof typeof DIRECTION) => indexOctets(index * 2 + DIRECTION[direction]);

  function clearFlows(index: number): void {
    if (around.fresh && !used[index]) return;
    for (const direction of ['up', 'down'] as const) maps.flows.update(flowKey(index, direction), EMPTY_FLOW);
  }

  function put(path: Path, old: Held | undefined): void {
    const since = around.now();
    const actual = withLearned(path, old?.path);
    const ifindex = path.access ? around.accessIndex(path.access.interface, path.space) : 0;
    const fresh: Held = { path, since, ifindex };
    try {
      if (!old) clearFlows(path.index);
      write(actual, since);
      if (old) erase(old, fresh);
    } catch (error) {
      erase(fresh, old);
      if (old) write(withLearned(old.path, old.path), old.since);
      throw new PathError(`Path ${path.index} was not set: ${(error as Error).message}`, { cause: error });
    }
    if (old) release(old);
    hold(path, since);
  }

  function set(path: Path): void {
    const old = held.get(path.index);
    if (old && samePath(old.path, path, learns)) return;
    rules.check(path);
    if (old && isTurn(old.path, path, learns)) turn(path, old);
    else put(path, old);
  }

  /** The path has not moved, so what is dated and learned since it did stays. */
  function turn(path: Path, { since, ifindex }: Held): void {
    for (const send of recordsOf(withLearned(path, path), { since, accessIfindex: ifindex, learns }).sends) maps.sends.update(...send);
    held.set(path.index, { path, since, ifindex });
  }

  function remove(index: number): void {
    const old = held.get(index);
    if (!old) return;
    try {
      erase(old);
    } catch (error) {
      throw new PathError(`Path ${index} was not removed: ${(error as Error).message}`, { cause: error });
    }
    release(old);
  }

  /** New paths in batches: a start with very many of them is to take seconds. */
  function setNew(paths: readonly Path[]): void {
    const since = around.now();
    const begun: Path[] = [];
    const writer = pathWriter(maps, { since, accessIfindex: 0, learns });
    try {
      for (const path of paths) {
        rules.check(path);
        rules.hold(path);
        begun.push(path);
        clearFlows(path.index);
        writer.add(path);
      }
      writer.finish();
      for (const path of paths) {
        held.set(path.index, { path, since, ifindex: 0 });
        used[path.index] = 1;
      }
    } catch (error) {
      for (const path of begun) {
        erase({ path, since, ifindex: 0 });
        release({ path, since, ifindex: 0 });
      }
      throw new PathError(`${paths.length} paths were not set: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Records that belong to no path, as a crash between two writes leaves them. */
  function sweep(): void {
    phones?.keepOnly([...held.values()], around.spaces);
    if (around.fresh) return;
    for (const [key] of maps.receives.entries()) if (rules.ofKey(keyNumber(key)) === undefined) maps.receives.remove(key);
    for (const [key] of maps.sends.entries()) if (rules.ofAddress(...addressOf(key)) === undefined) maps.sends.remove(key);
  }

  function flow(index: number, direction: keyof typeof DIRECTION): Flow | undefined {
    const record = maps.flows.lookup(flowKey(index, direction));
    return record && decode(flowEntry.codec, record);
  }

  /** What is held says the rates to the bit; in the records they are rounded. */
  function asSet(path: Path): Path {
    const rates = held.get(path.index)?.path.rates;
    const same = (['up', 'down'] as const).every((d) => JSON.stringify(meterOf(rates?.[d])) === JSON.stringify(meterOf(path.rates?.[d])));
    return same && rates ? { ...path, rates } : path;
  }

  for (const { path, since } of found()) {
    try {
      hold(path, since);
    } catch (error) {
      if (!(error instanceof PathError)) throw error; // its access interface is gone; reconcile removes it
    }
  }

  return {
    set,
    remove,
    reconcile(all) {
      const wanted = new Set(all.map((p) => p.index));
      const gone = [...held.keys()].filter((index) => !wanted.has(index));
      gone.forEach(remove);
      for (const path of all) rules.rivals(path).forEach(remove);
      const fresh = phones ? [] : all.filter((p) => !held.has(p.index));
      const rest = phones ? all : all.filter((p) => held.has(p.index));
      const failures: unknown[] = [];
      for (const path of rest) attempt(failures, () => set(path));
      if (fresh.length > 0) attempt(failures, () => setNew(fresh));
      sweep();
      if (failures.length > 0) throw failures[0];
      return { removed: gone.length };
    },
    holds: (index) => held.has(index),
    list: () => found().map((f) => asSet(f.path)),
    counters(index): PathCounters | undefined {
      const [up, down] = [flow(index, 'up'), flow(index, 'down')];
      if (!up || !down || !(held.has(index) || up.packets + down.packets > 0n)) return undefined;
      return { upOctets: up.octets, upPackets: up.packets, downOctets: down.octets, downPackets: down.packets };
    },
    policed(index): Policed | undefined {
      const [up, down] = [flow(index, 'up'), flow(index, 'down')];
      return up && down && (held.has(index) || up.policed + down.policed > 0n) ? { up: up.policed, down: down.policed } : undefined;
    },
    lastSeen(accessInterface: string, mac: Mac) {
      const ifindex = indexOf(around, accessInterface);
      const value = ifindex === undefined ? undefined : maps.stations.lookup(encode(stationKey.codec, { ifindex, mac }));
      return value && Number(decode(n64, value)) / MS;
    },
    firstDown(index) {
      const since = held.get(index)?.since;
      const down = flow(index, 'down');
      return since !== undefined && down?.move === moveOf(since) && down.first >= since ? Number(down.first) / MS : undefined;
    },
    drops() {
      return Object.fromEntries(
        DROPS.map((name, i) => {
          const all = maps.drops.lookup(indexOctets(i)) ?? new Uint8Array(0);
          let n = 0n;
          for (let at = 0; at < all.length; at += 8) n += decode(n64, all.subarray(at, at + 8));
          return [name, n];
        }),
      );
    },
    get: (index) => held.get(index)?.path,
    heard(index) {
      const since = held.get(index)?.since;
      return since !== undefined && flow(index, 'up')?.move === moveOf(since);
    },
    rewrite(accessInterface) {
      const affected = [...held.values()].filter((h) => h.path.access?.interface === accessInterface);
      for (const old of affected) put(old.path, old);
    },
  };
}

/** One path that the system refuses is not to cost the others theirs. */
function attempt(failures: unknown[], work: () => void): void {
  try {
    work();
  } catch (error) {
    failures.push(error);
  }
}

function indexOf(around: Around, accessInterface: string): number | undefined {
  for (let space = 0; space < around.spaces; space++) {
    try {
      return around.accessIndex(accessInterface, space);
    } catch (error) {
      if (!(error instanceof PathError)) throw error;
    }
  }
  return undefined;
}
