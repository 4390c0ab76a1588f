/**
 * Packets of subscribers between two homes: held from a de-registration on, or from a move, and sent in order once the new home is
 * ready. Until the last of them has gone, the programs let none pass them by (hold.h), so this may take its time.
 */
import { encode, decode } from '../../protocol/codec.ts';
import type { HoldCounters, HoldLimits, Path } from '../../protocol/paths.ts';
import type { Millis } from '../../protocol/units.ts';
import type { BpfMap } from './bpf.ts';
import type { HoldDevice } from './holdDevice.ts';
import { MOST_HELD, holdEntry } from './layout.ts';
import type { PathTable } from './pathTable.ts';
import { indexOctets } from './records.ts';

export interface HoldingPorts {
  readonly table: Pick<PathTable, 'set' | 'remove' | 'get' | 'heard'>;
  readonly holds: Pick<BpfMap, 'update' | 'lookup' | 'remove' | 'entries'>;
  readonly device: Pick<HoldDevice, 'index' | 'read' | 'write'>;
  /** Of all subscribers together. */
  readonly most: { readonly packets: number; readonly octets: number };
  /** CLOCK_MONOTONIC, as the programs. */
  readonly now: () => Millis;
  /** `tick` is wanted after so long; undefined: not any more. */
  readonly wake: (after: Millis | undefined) => void;
}

export interface Holding {
  /** As the port's, for paths that say how many packets may be held. */
  set(path: Path): void;
  remove(index: number): void;
  /** Nobody's packets are held any more; for the start, also those of an earlier run. */
  clear(): void;
  /** The device has frames. */
  readable(): void;
  tick(): void;
  counters(): HoldCounters;
}

interface Held {
  /** As it was asked for. */
  path: Path;
  readonly limits: HoldLimits;
  /** Released, and perhaps taken up again; taken up, and the new home may not be ready; on its way. */
  phase: 'hold' | 'settle' | 'drain';
  /** When it has been held for too long; when the new home is ready at the latest; when the programs wait no longer. */
  until: Millis;
  frames: Uint8Array[];
  /** The first that is still there. */
  head: number;
  octets: number;
  /** Sent or given up. */
  left: bigint;
}

/** Should this process be gone, the programs forward by themselves after this. */
const GRACE: Millis = 500;
/** Frames in one turn of the event loop. */
const AT_ONCE = 64;
/** Paths looked at in a millisecond. */
const PER_TICK = 256;
const OWNER_AT = 6;
const MS = 1_000_000;
const ZERO = { packets: 0n, until: 0n, ifindex: 0, open: 0 };

type Loss = 'overflowed' | 'expired' | 'ended';

export function createHolding({ table, holds, device, most, now, wake }: HoldingPorts): Holding {
  const all = new Map<number, Held>();
  const counts = { held: 0, released: 0, overflowed: 0, expired: 0, ended: 0, refused: 0 };
  let packets = 0;
  let octets = 0;

  const heldKey = (index: number) => indexOctets(index * 2);
  const leftKey = (index: number) => indexOctets(index * 2 + 1);
  const waiting = (h: Held): number => h.frames.length - h.head;

  function tell(h: Held): void {
    const until = h.phase === 'hold' ? 0n : BigInt(Math.ceil((h.until + (h.phase === 'settle' ? GRACE : 0)) * MS));
    holds.update(leftKey(h.path.index), encode(holdEntry.codec, { packets: h.left, until, ifindex: device.index, open: h.phase === 'drain' ? 1 : 0 }));
  }

  function begin(path: Path, limits: HoldLimits, phase: Held['phase'], until: Millis): Held | undefined {
    if (all.size >= MOST_HELD) {
      counts.refused += 1;
      return undefined;
    }
    const h: Held = { path, limits, phase, until, frames: [], head: 0, octets: 0, left: 0n };
    holds.update(heldKey(path.index), encode(holdEntry.codec, ZERO));
    tell(h);
    all.set(path.index, h);
    return h;
  }

  function take(h: Held): Uint8Array {
    const frame = h.frames[h.head] as Uint8Array;
    h.head += 1;
    if (h.head === h.frames.length || h.head === AT_ONCE) {
      h.frames = h.frames.slice(h.head);
      h.head = 0;
    }
    h.octets -= frame.length;
    octets -= frame.length;
    packets -= 1;
    h.left += 1n;
    return frame;
  }

  function end(h: Held, loss: Loss): void {
    for (; waiting(h) > 0; take(h)) counts[loss] += 1;
    all.delete(h.path.index);
    holds.remove(heldKey(h.path.index));
    holds.remove(leftKey(h.path.index));
  }

  /** If the system refuses the path, things are as before. */
  function turn(path: Path, limits: HoldLimits, phase: 'hold' | 'settle', until: Millis): void {
    const action = phase === 'hold' ? 'hold' : 'queue';
    const before = all.get(path.index);
    const h = before ?? begin(path, limits, phase, until);
    if (!h) return table.set({ ...path, action: phase === 'hold' ? 'drop' : 'forward' });
    // First nothing passes the queue, then the path is another.
    const was = { path: h.path, phase: h.phase, until: h.until };
    Object.assign(h, { path, phase, until });
    tell(h);
    try {
      table.set({ ...path, action });
    } catch (error) {
      if (before) {
        Object.assign(h, was);
        tell(h);
      } else end(h, 'ended');
      throw error;
    }
  }

  function set(path: Path): void {
    const h = all.get(path.index);
    const { hold: limits } = path;
    if (!limits) {
      table.set(path);
      if (h) end(h, 'ended');
    } else if (path.action === 'hold') {
      turn(path, limits, 'hold', h?.phase === 'hold' ? h.until : now() + limits.milliseconds);
    } else {
      const before = table.get(path.index);
      // Behind a NAT, packets can only be sent to a home that was heard.
      const settle = path.tunnel.transport === 'udp4' ? limits.milliseconds : limits.settle;
      if (h?.phase === 'hold' || (before && hasMoved(before, path))) turn(path, limits, 'settle', now() + settle);
      else if (h) {
        table.set({ ...path, action: 'queue' });
        h.path = path;
      } else table.set(path);
    }
    arm();
  }

  function enqueue(h: Held, frame: Uint8Array): void {
    const full = waiting(h) >= h.limits.packets || h.octets + frame.length > h.limits.octets || packets >= most.packets || octets + frame.length > most.octets;
    if (full) {
      counts.overflowed += 1;
      h.left += 1n;
      return;
    }
    h.frames.push(frame);
    h.octets += frame.length;
    octets += frame.length;
    packets += 1;
  }

  /** Some of what waits; the path forwards when all has gone, or when what is missing will not come any more. */
  function release(h: Held): void {
    for (let i = 0; i < AT_ONCE && waiting(h) > 0 && device.write(h.frames[h.head] as Uint8Array); i++) {
      take(h);
      counts.released += 1;
      h.until = now() + GRACE;
    }
    tell(h);
    if (waiting(h) > 0) return;
    const held = holds.lookup(heldKey(h.path.index));
    if (held && decode(holdEntry.codec, held).packets !== h.left && now() < h.until) return;
    table.set(h.path);
    end(h, 'ended');
  }

  function advance(h: Held): void {
    const { index } = h.path;
    if (h.phase === 'hold' && now() >= h.until) {
      table.set({ ...h.path, action: 'drop' });
      end(h, 'expired');
    } else if (h.phase === 'settle' && (table.heard(index) || now() >= h.until)) {
      h.phase = 'drain';
      h.until = now() + GRACE;
      release(h);
    } else if (h.phase === 'drain') release(h);
  }

  function arm(): void {
    let next = Infinity;
    let moving = false;
    for (const h of all.values()) {
      if (h.phase === 'drain' && waiting(h) > 0) return wake(0);
      if (h.phase === 'hold') next = Math.min(next, h.until - now());
      else moving = true;
    }
    if (moving) next = Math.min(next, Math.max(1, all.size / PER_TICK));
    wake(next === Infinity ? undefined : Math.max(0, next));
  }

  /** Of nobody whose packets are held: it was on its way here when that ended. */
  function straggler(index: number, frame: Uint8Array): void {
    const path = table.get(index);
    if (path && (path.action ?? 'forward') === 'forward' && device.write(frame)) counts.released += 1;
    else counts[path ? 'expired' : 'ended'] += 1;
  }

  return {
    set,
    remove(index) {
      table.remove(index);
      const h = all.get(index);
      if (h) end(h, 'ended');
    },
    clear() {
      for (const h of all.values()) {
        const isTaken = h.phase !== 'hold';
        for (let left = isTaken ? waiting(h) : 0; left > 0 && device.write(take(h)); left--) counts.released += 1;
        table.set(isTaken ? h.path : { ...h.path, action: 'drop' });
        end(h, 'ended');
      }
      for (const [key] of holds.entries()) holds.remove(key);
      wake(undefined);
    },
    readable() {
      const draining = new Set<Held>();
      for (let i = 0; i < AT_ONCE; i++) {
        const frame = device.read();
        if (!frame) break;
        const index = new DataView(frame.buffer, frame.byteOffset).getUint32(OWNER_AT, true);
        const h = all.get(index);
        counts.held += 1;
        if (h) enqueue(h, frame);
        else straggler(index, frame);
        if (h?.phase === 'drain') draining.add(h);
      }
      for (const h of draining) release(h);
      arm();
    },
    tick() {
      for (const h of all.values()) advance(h);
      arm();
    },
    counters: () => ({ ...counts, sessions: all.size, packets, octets }),
  };
}

/** To another home, or from where it was given up. */
const hasMoved = ({ tunnel: a, action }: Path, { tunnel: b }: Path): boolean => action === 'drop' || a.remote !== b.remote || a.transport !== b.transport || a.sendKey !== b.sendKey;
