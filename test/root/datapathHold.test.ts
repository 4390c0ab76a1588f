/** Packets of a phone between two homes: held, in order, bounded, and never in the way of what is not held. */
import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { AttachedPaths } from '../../linux/datapath/attachedPaths.ts';
import { trafficProgram } from '../../lab/paths.ts';
import type { HoldCounters, HoldLimits, Path, TunnelTransport } from '../../protocol/paths.ts';
import { PHONES, lmaConfig, makeWorld, pathPair } from '../datapath/world.ts';
import type { Home, World } from '../datapath/world.ts';

const INDEX = PHONES.a.index;
const LIMITS: HoldLimits = { packets: 5000, octets: 1_000_000, milliseconds: 30_000, settle: 200 };
const ROOM = { packets: 6000, octets: 1_200_000 };
const problems: Error[] = [];

let world: World;
let lma: AttachedPaths;
beforeAll(() => {
  world = makeWorld('h');
  lma = world.start('lma', { ...lmaConfig, hold: { ...ROOM, onError: (e) => problems.push(e) } });
});
afterAll(() => world.remove());

const held = (): HoldCounters => lma.holding?.() as HoldCounters;
const at = (home: Home, transport: TunnelTransport, more: Partial<Path> = {}): Path => ({ ...pathPair('a', home, transport).lma, hold: LIMITS, ...more });

/** The phone's path through a home, at both ends; with `hold` at the anchor. */
function attach(home: Home, transport: TunnelTransport, hold: HoldLimits = LIMITS): void {
  world.paths(home).set(pathPair('a', home, transport).mag);
  lma.set(at(home, transport, { hold }));
  world.point('a', home);
}

async function until(there: () => boolean): Promise<void> {
  while (!there()) await setTimeout(2);
}

/** A stream of numbered packets down to the phone, one a millisecond, while `work` goes on. */
async function streamDuring(target: string, work: () => Promise<void>): Promise<{ readonly sent: number; readonly received: readonly number[] }> {
  const program = (tool: string, options: object) => {
    const child = world.background(tool === 'sink' ? 'a' : 'host', `${process.execPath} ${trafficProgram} ${tool} '${JSON.stringify(options)}'`);
    child.stdin?.on('error', () => undefined);
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return { child, text: () => text };
  };
  const sink = program('sink', { port: 7008 });
  await until(() => sink.text().includes('listening'));
  const stream = program('stream', { target, port: 7008, intervalMs: 1 });
  const before = lma.counters(INDEX)?.downPackets ?? 0n;
  await until(() => (lma.counters(INDEX)?.downPackets ?? 0n) > before);
  await work();
  stream.child.stdin?.write('stop\n');
  await until(() => stream.text().endsWith('\n'));
  await setTimeout(300);
  const listening = sink.text().length;
  sink.child.stdin?.write('stop\n');
  await until(() => sink.text().length > listening && sink.text().endsWith('\n'));
  return { sent: (JSON.parse(stream.text()) as number[]).length, received: JSON.parse(sink.text().slice(listening)) as number[] };
}

/** What is missing, or came where another should have. */
function faults(received: readonly number[], sent: number): string[] {
  const found: string[] = [];
  let next = 0;
  for (const n of [...received, sent]) {
    if (n > next) found.push(n === next + 1 ? `${next} is missing` : `${next} to ${n - 1} are missing`);
    else if (n < next) found.push(`${n} came after ${next - 1}`);
    next = Math.max(next, n + 1);
  }
  return found;
}

beforeEach(() => {
  lma.remove(INDEX);
  problems.length = 0;
});

test.each([['gre6', PHONES.a.ipv4], ['gre6', PHONES.a.ipv6], ['gre4', PHONES.a.ipv6], ['udp4', PHONES.a.ipv4]] as const)('over %s to %s: released and taken up elsewhere ten times, nothing is lost, all in order', async (transport, target) => {
  attach('home1', transport);
  world.ping('a', '203.0.113.2');
  const { sent, received } = await streamDuring(target, async () => {
    for (let i = 0; i < 10; i++) {
      const [from, to] = i % 2 === 0 ? (['home1', 'home2'] as const) : (['home2', 'home1'] as const);
      const before = held().held;
      lma.set(at(from, transport, { action: 'hold' }));
      await until(() => held().held > before + 20);
      attach(to, transport);
      world.ping('a', '203.0.113.2', '-c1 -W0.01'); // something comes up from there; the answer is held
      await until(() => held().sessions === 0);
      expect(lma.list().find((p) => p.index === INDEX)?.action).toBeUndefined();
    }
  });
  expect(faults(received, sent)).toEqual([]);
  expect(held()).toMatchObject({ overflowed: 0, expired: 0, ended: 0, refused: 0, sessions: 0, packets: 0, octets: 0 });
  expect(problems).toEqual([]);
});

test.each(['gre6', 'udp4'] as const)('over %s: TCP in aggregates is held and released whole', async (transport) => {
  const SIZE = 20_000_000;
  attach('home2', transport);
  attach('home1', transport);
  world.ping('a', '203.0.113.2');
  await until(() => held().sessions === 0);
  let sum = '';
  world.background('a', "sh -c 'socat -u TCP-LISTEN:7001,reuseaddr - | sha256sum'").stdout?.on('data', (d: Buffer) => (sum += d.toString()));
  await until(() => world.sh('a', 'ss -ltn').includes(':7001'));
  const before = held().held;
  const sender = world.background('host', `sh -c 'head -c ${SIZE} /dev/zero | socat -u - TCP:${PHONES.a.ipv4}:7001'`);
  let moves = 0;
  while (sender.exitCode === null || !sum.endsWith('\n')) {
    attach(moves++ % 2 === 0 ? 'home2' : 'home1', transport);
    world.ping('a', '203.0.113.2', '-c1 -W0.01');
    await until(() => held().sessions === 0);
    await setTimeout(5);
  }
  expect(held().held - before).toBeGreaterThan(100);
  expect(sum.split(' ')[0]).toBe(createHash('sha256').update(new Uint8Array(SIZE)).digest('hex'));
  expect(held()).toMatchObject({ overflowed: 0, ended: 0 });
  expect(problems).toEqual([]);
});

test('the process is gone: the programs forward by themselves after a moment', () => {
  attach('home1', 'gre6');
  expect(world.ping('host', PHONES.a.ipv4).received).toBe(3);
  attach('home2', 'gre6');
  // Nothing of this process runs until its own call returns.
  let tries = 0;
  while (world.ping('host', PHONES.a.ipv4, '-c1 -W0.1').received === 0) tries += 1;
  expect(tries).toBeGreaterThan(0);
  expect(lma.list().find((p) => p.index === INDEX)?.action).toBe('queue');
});

test('a new home that takes less than the old one: the sender of what was held is told', async () => {
  attach('home1', 'gre6');
  lma.set(at('home1', 'gre6', { action: 'hold' }));
  const ping = world.background('host', `ping -6 -M do -s 1392 -c1 -W5 ${PHONES.a.ipv6}`);
  let said = '';
  ping.stdout?.on('data', (d: Buffer) => (said += d.toString()));
  const before = held().held;
  await until(() => held().held > before);
  world.paths('home2').set(pathPair('a', 'home2', 'gre6', { mtu: 1400 }).mag);
  lma.set({ ...pathPair('a', 'home2', 'gre6', { mtu: 1400 }).lma, hold: LIMITS });
  world.point('a', 'home2');
  await until(() => ping.exitCode !== null);
  expect(said).toContain('1 packets transmitted');
  expect(said).toMatch(/Packet too big: mtu=1400/);
});

test('a subscriber\'s rate is asked and paid when a packet comes, and not again when it is released', async () => {
  const SENT = 100;
  const rates = { down: { rate: 80_000, burst: 10_280 } };
  world.paths('home2').set(pathPair('a', 'home2', 'gre6').mag);
  lma.set(at('home1', 'gre6', { rates }));
  lma.set(at('home1', 'gre6', { rates, action: 'hold' }));
  const before = { ...held(), echoes: world.echoes('a') };
  world.try('host', `ping -q -i 0.001 -c ${SENT} -W0.1 -s 1000 ${PHONES.a.ipv4}`);
  const policed = Number(lma.policed(INDEX)?.down);
  await until(() => held().held - before.held + policed === SENT);
  expect(policed).toBeGreaterThan(SENT / 2);
  expect(lma.counters(INDEX)?.downPackets).toBe(0n);
  world.point('a', 'home2');
  lma.set(at('home2', 'gre6', { rates }));
  await until(() => held().sessions === 0);
  const released = held().released - before.released;
  expect([released, world.echoes('a') - before.echoes]).toEqual([SENT - policed, SENT - policed]);
  expect(lma.counters(INDEX)?.downPackets).toBe(BigInt(released));
  expect(Number(lma.policed(INDEX)?.down)).toBe(policed);
});
