/** What is held, for whom, how much and how long; the programs and their device are played by the test. */
import { describe, expect, test } from 'vitest';
import { createHolding } from '../../linux/datapath/holding.ts';
import { holdEntry } from '../../linux/datapath/layout.ts';
import type { HoldCounters, HoldLimits, Path } from '../../protocol/paths.ts';
import { decode, encode } from '../../protocol/codec.ts';
import { fakePaths } from '../../linux/datapath/fakePaths.ts';

const LIMITS: HoldLimits = { packets: 4, octets: 400, milliseconds: 1000, settle: 50 };
const HEADER = 14;

/** The path of subscriber `index` at a home. */
const at = (home: string, index = 1, more: Partial<Path> = {}): Path => ({
  index,
  space: 0,
  ipv4: `10.1.0.${index}`,
  prefixes: [],
  tunnel: { transport: 'gre6', local: '2001:db8:b::2', remote: home, sendKey: index, receiveKey: index, mtu: 1400 },
  hold: LIMITS,
  ...more,
});
const [OLD, NEW, THIRD] = ['2001:db8:a::1', '2001:db8:a::2', '2001:db8:a::3'] as const;

/** Holding, with programs that count as hold.h does. */
function scene(most = { packets: 6, octets: 10_000 }) {
  const paths = fakePaths({ role: 'lma' });
  const maps = new Map<string, Uint8Array>();
  const ready = new Set<number>();
  const waiting: Uint8Array[] = [];
  const sent: string[] = [];
  let now = 0;
  let wake: number | undefined;
  let stuck = false;
  const key = (octets: Uint8Array) => Buffer.from(octets).toString('hex');
  const holds = {
    update: (k: Uint8Array, value: Uint8Array) => void maps.set(key(k), value),
    lookup: (k: Uint8Array) => maps.get(key(k)),
    remove: (k: Uint8Array) => maps.delete(key(k)),
    entries: () => [...maps].map(([k, value]): [Uint8Array, Uint8Array] => [Buffer.from(k, 'hex'), value]),
  };
  const get = (index: number) => paths.list().find((p) => p.index === index);
  const number = (n: number) => {
    const octets = Buffer.alloc(4);
    octets.writeUInt32LE(n);
    return octets;
  };
  const record = (n: number) => {
    const value = holds.lookup(number(n));
    return value && decode(holdEntry.codec, value);
  };
  const device = {
    index: 9,
    read: () => waiting.shift(),
    write(frame: Uint8Array) {
      if (!stuck) sent.push(Buffer.from(frame.subarray(HEADER)).toString().trim());
      return !stuck;
    },
  };
  const holding = createHolding({ table: { set: (path) => paths.set(path), remove: (index) => paths.remove(index), get, heard: (index) => ready.has(index) }, holds, device, most, now: () => now, wake: (after) => (wake = after) });
  const s = {
    paths,
    holding,
    sent,
    action: (index = 1) => get(index)?.action ?? 'forward',
    remote: (index = 1) => get(index)?.tunnel.remote,
    records: () => maps.size,
    counters: (): Partial<HoldCounters> => Object.fromEntries(Object.entries(holding.counters()).filter(([, n]) => n !== 0)),
    /** A packet down meets the programs: it goes on, is dropped, or is held. */
    down(text: string, index = 1): 'passed' | 'dropped' | 'held' {
      const path = get(index);
      const [held, left] = [record(index * 2), record(index * 2 + 1)];
      if (!path || path.action === 'drop') return 'dropped';
      if (path.action === undefined || path.action === 'forward' || (held && left?.open && held.packets === left.packets)) {
        sent.push(text);
        return 'passed';
      }
      if (!held || !left) return 'dropped';
      holds.update(number(index * 2), encode(holdEntry.codec, { ...held, packets: held.packets + 1n }));
      const frame = Buffer.alloc(HEADER + Math.max(40, text.length), ' ');
      frame.writeUInt32LE(index, 6);
      frame.write(text, HEADER);
      waiting.push(frame);
      return 'held';
    },
    read: () => holding.readable(),
    /** Those that the programs held are lost before they are read. */
    loseWaiting: () => void waiting.splice(0),
    ready: (index = 1) => void ready.add(index),
    stuck: (is: boolean) => (stuck = is),
    wake: () => wake,
    pass(ms: number) {
      const until = now + ms;
      for (let i = 0; wake !== undefined && now + wake <= until && i < 10_000; i++) {
        now += Math.max(1, wake);
        wake = undefined;
        holding.tick();
      }
      now = Math.max(now, until);
    },
  };
  return s;
}

/** A subscriber at the old home, released, with these packets held. */
function released(...texts: string[]) {
  const s = scene();
  s.holding.set(at(OLD));
  s.holding.set(at(OLD, 1, { action: 'hold' }));
  for (const t of texts) s.down(t);
  s.read();
  return s;
}

describe('a session that is released', () => {
  test('is held until the new home is heard, and then all goes in order before the path forwards', () => {
    const s = released('a', 'b');
    s.holding.set(at(NEW));
    expect([s.action(), s.remote(), s.down('c')]).toEqual(['queue', NEW, 'held']);
    s.read();
    s.pass(20);
    expect(s.sent).toEqual([]);
    s.ready();
    s.pass(2);
    expect(s.down('d')).toBe('passed');
    expect(s.sent).toEqual(['a', 'b', 'c', 'd']);
    expect([s.action(), s.records(), s.wake()]).toEqual(['forward', 0, undefined]);
    expect(s.counters()).toEqual({ held: 3, released: 3 });
  });

  test('a home that is not heard is ready after the time to settle', () => {
    const s = released('a');
    s.holding.set(at(NEW));
    s.pass(LIMITS.settle - 1);
    expect(s.sent).toEqual([]);
    s.pass(2);
    expect(s.sent).toEqual(['a']);
  });

  test('behind a NAT it is not, because nobody knows where to send', () => {
    const s = released('a');
    const { tunnel } = at(NEW);
    s.holding.set(at(NEW, 1, { tunnel: { ...tunnel, transport: 'udp4', local: '198.51.100.1', remote: '192.0.2.1', remotePort: 0 } }));
    s.pass(LIMITS.settle * 3);
    expect(s.sent).toEqual([]);
    s.ready();
    s.pass(2);
    expect(s.sent).toEqual(['a']);
  });

  test('what comes while the queue goes out queues behind it', () => {
    const s = released('a', 'b');
    s.holding.set(at(NEW));
    s.ready();
    s.stuck(true);
    s.pass(2);
    expect(s.down('c')).toBe('held');
    s.stuck(false);
    s.read();
    s.pass(3);
    expect(s.sent).toEqual(['a', 'b', 'c']);
    expect(s.action()).toBe('forward');
  });

  test('nobody takes it up: its packets are dropped when the time is over, and so are later ones', () => {
    const s = released('a', 'b');
    s.pass(LIMITS.milliseconds + 1);
    expect([s.action(), s.down('c'), s.records()]).toEqual(['drop', 'dropped', 0]);
    expect(s.counters()).toEqual({ held: 2, expired: 2 });
  });

  test('and one that is repeated does not begin anew', () => {
    const s = released('a');
    s.pass(600);
    s.holding.set(at(OLD, 1, { action: 'hold' }));
    s.pass(401);
    expect(s.action()).toBe('drop');
  });

  test('after that a new home is waited for as after any move', () => {
    const s = released();
    s.pass(LIMITS.milliseconds + 1);
    s.holding.set(at(NEW));
    expect(s.down('a')).toBe('held');
    s.read();
    s.ready();
    s.pass(2);
    expect(s.sent).toEqual(['a']);
  });

  test('it ends: what is held is dropped with it', () => {
    const s = released('a', 'b');
    s.holding.remove(1);
    expect([s.records(), s.paths.list(), s.counters()]).toEqual([0, [], { held: 2, ended: 2 }]);
  });

  test('released again before all is out, and taken up at a third home, nothing is lost', () => {
    const s = released('a', 'b');
    s.holding.set(at(NEW));
    s.holding.set(at(NEW, 1, { action: 'hold' }));
    s.down('c');
    s.read();
    s.ready();
    s.pass(10);
    expect(s.sent).toEqual([]);
    s.holding.set(at(THIRD));
    s.pass(10);
    expect(s.sent).toEqual(['a', 'b', 'c']);
    expect(s.remote()).toBe(THIRD);
  });
});

describe('a move without notice', () => {
  test('is held from the switch on, until the new home is ready', () => {
    const s = scene();
    s.holding.set(at(OLD));
    expect(s.down('a')).toBe('passed');
    s.holding.set(at(NEW));
    expect([s.remote(), s.down('b')]).toEqual([NEW, 'held']);
    s.read();
    s.ready();
    s.pass(2);
    expect(s.sent).toEqual(['a', 'b']);
  });

  test('a refresh, and a session that may not be held, are not', () => {
    const s = scene();
    s.holding.set(at(OLD));
    s.holding.set(at(OLD, 1, { peers: true }));
    const { hold: _, ...never } = at(OLD, 2);
    s.holding.set(never);
    s.holding.set({ ...never, tunnel: { ...never.tunnel, remote: NEW } });
    expect([s.down('a'), s.down('b', 2), s.counters()]).toEqual(['passed', 'passed', {}]);
  });
});

describe('bounds', () => {
  test('of one subscriber, in packets and in octets: what is too much is dropped, and the rest stays in order', () => {
    const s = released('a', 'b', 'c', 'd', 'e');
    expect(s.counters()).toMatchObject({ held: 5, overflowed: 1, packets: 4 });
    s.holding.set(at(NEW));
    s.ready();
    s.pass(2);
    expect(s.down('f')).toBe('passed');
    expect(s.sent).toEqual(['a', 'b', 'c', 'd', 'f']);
    const large = released('x'.repeat(200), 'y'.repeat(200));
    expect(large.counters()).toMatchObject({ overflowed: 1, packets: 1 });
  });

  test('of all together', () => {
    const s = scene();
    for (const index of [1, 2]) {
      s.holding.set(at(OLD, index));
      s.holding.set(at(OLD, index, { action: 'hold' }));
      for (const t of ['a', 'b', 'c', 'd']) s.down(t, index);
    }
    s.read();
    expect(s.counters()).toMatchObject({ held: 8, overflowed: 2, packets: 6, sessions: 2 });
    s.holding.remove(1);
    expect(s.counters()).toMatchObject({ ended: 4, packets: 2, sessions: 1 });
  });
});

describe('when something goes wrong', () => {
  test('packets that the device lost are not waited for longer than half a second', () => {
    const s = released('a');
    s.holding.set(at(NEW));
    s.down('lost');
    s.loseWaiting();
    s.ready();
    s.pass(100);
    expect([s.sent, s.action()]).toEqual([['a'], 'queue']);
    s.pass(500);
    expect([s.action(), s.records(), s.wake()]).toEqual(['forward', 0, undefined]);
  });

  test('the system refuses the new path: what is held stays held at the old one', () => {
    const s = released('a');
    s.paths.refuse('no room');
    expect(() => s.holding.set(at(NEW))).toThrow('no room');
    s.paths.refuse();
    expect([s.action(), s.counters()]).toEqual(['hold', { held: 1, sessions: 1, packets: 1, octets: HEADER + 40 }]);
    s.holding.set(at(NEW));
    s.ready();
    s.pass(2);
    expect(s.sent).toEqual(['a']);
  });

  test('the process stops: what may be sent is sent, the rest given up, and no path stays on hold', () => {
    const s = released('a');
    s.holding.set(at(NEW));
    s.holding.set(at(OLD, 2));
    s.holding.set(at(OLD, 2, { action: 'hold' }));
    s.down('b', 2);
    s.read();
    s.holding.clear();
    expect([s.sent, s.action(1), s.action(2), s.records(), s.wake()]).toEqual([['a'], 'forward', 'drop', 0, undefined]);
    expect(s.counters()).toEqual({ held: 2, released: 1, ended: 1 });
  });
});
