/** Rates in the programs, with real TCP: what a subscriber gets, what it does not, and what a home keeps for itself. */
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pathRates } from '../../protocol/qos.ts';
import { HOST, PHONES, makeWorld, magConfig, pathPair } from '../datapath/world.ts';
import type { Home, Machine, Phone, World } from '../datapath/world.ts';

const MBIT = 1_000_000;
const PORT = 7000;
const WINDOW = 2000;
/** A busy machine takes time from sender and receiver, so the best of these counts for what a flow can get; the most that passes holds in each. */
const WINDOWS = 8;

let world: World;
beforeAll(() => {
  world = makeWorld('q');
});
afterAll(() => world.remove());

async function until(there: () => boolean): Promise<void> {
  while (!there()) await setTimeout(20);
}

function attach(phone: Phone, home: Home, rates: { readonly up?: number; readonly down?: number }): void {
  const { mag, lma } = pathPair(phone, home, 'gre6');
  const limits = pathRates(rates);
  for (const [machine, path] of [[home, mag], ['lma', lma]] as const) world.paths(machine).set({ ...path, ...(limits ? { rates: limits } : {}) });
  world.point(phone, home);
}

/** What the TCP of a machine has received so far, in octets, as its kernel counts it. */
const received = (machine: Machine): number => Number(/bytes_received:(\d+)/.exec(world.sh(machine, `ss -tin '( sport = :${PORT} )'`))?.[1] ?? 0);

interface Window {
  /** Bits per second that the TCP of the receiver was given. */
  readonly tcp: number;
  /** Octets of inner packets that the data path let pass, and the seconds in which. */
  readonly passed: number;
  readonly seconds: number;
}

/** A TCP flow that sends as much as it can, looked at for some seconds once its first burst is over; all by the kernel's counters. */
async function flow(from: Machine, to: Machine, address: string, limit: number, passed: () => bigint): Promise<Window[]> {
  const sink = world.background(to, `socat -u TCP6-LISTEN:${PORT},reuseaddr,ipv6only=0 - > /dev/null`);
  await until(() => world.sh(to, 'ss -ltn').includes(`:${PORT}`));
  const source = world.background(from, `socat -u /dev/zero TCP:${address}:${PORT}`);
  await until(() => received(to) > 2 * MBIT);
  const clock = () => Number(process.hrtime.bigint()) / 1e9;
  const windows: Window[] = [];
  do {
    const before = { at: clock(), passed: passed(), octets: received(to) };
    await setTimeout(WINDOW);
    const after = { octets: received(to), passed: passed(), at: clock() };
    const seconds = after.at - before.at;
    windows.push({ tcp: ((after.octets - before.octets) * 8) / seconds, passed: Number(after.passed - before.passed), seconds });
  } while (best(windows) <= 0.8 * limit && windows.length < WINDOWS);
  source.kill('SIGKILL');
  sink.kill('SIGKILL');
  await until(() => source.signalCode !== null && sink.signalCode !== null);
  return windows;
}

const best = (windows: readonly Window[]): number => Math.max(...windows.map((w) => w.tcp));

/** The most that passes in a window: what the rate gives, what was saved, and the aggregate that goes beyond. */
const most = (bitsPerSecond: number, seconds: number): number => (bitsPerSecond / 8) * seconds + (pathRates({ up: bitsPerSecond })?.up?.burst ?? 0) * 1.02 + 70_000;

describe.each([10, 100])('a rate of %i Mbit/s', (rate) => {
  test.each([['up', 'a', 'host', HOST.ipv4, 'lma'], ['down', 'host', 'a', PHONES.a.ipv4, 'home1']] as const)('%s: TCP gets at least 0.8 of it, and nobody more', async (way, from, to, address, far) => {
    const limit = rate * MBIT;
    attach('a', 'home1', { up: limit, down: limit });
    const windows = await flow(from, to, address, limit, () => world.paths(far).counters(PHONES.a.index)?.[`${way}Octets`] ?? 0n);
    expect(best(windows) / limit).toBeGreaterThan(0.8);
    for (const { passed, seconds } of windows) expect(passed).toBeLessThan(most(limit, seconds));
    // Its sender's end drops, for this subscriber and this way.
    expect(world.paths(way === 'up' ? 'home1' : 'lma').policed(PHONES.a.index)?.[way]).toBeGreaterThan(0n);
  });
});

test('one way is limited and the other is not', async () => {
  const limit = 5 * MBIT;
  attach('a', 'home1', { up: limit });
  expect(best(await flow('host', 'a', PHONES.a.ipv4, 5 * limit, () => 0n))).toBeGreaterThan(4 * limit);
});

describe('the home comes first', () => {
  const UPLINK = 12 * MBIT;
  const GUESTS = 2 * MBIT;
  const OWNER_PINGS = 600;

  /** Does something while a guest sends all it can, over an uplink of 12 Mbit/s. */
  async function underFlood<T>(home: 'home1' | 'home2', work: () => T | Promise<T>): Promise<T> {
    world.point('a', home);
    attach('a', home, {});
    const sink = world.background('host', 'socat -u UDP-RECV:7001,rcvbuf=1000000 - > /dev/null');
    await until(() => world.sh('host', 'ss -lun').includes(':7001'));
    const flood = world.background('a', `socat -u -b1200 /dev/zero UDP:${HOST.ipv4}:7001`);
    await until(() => (world.paths(home).counters(PHONES.a.index)?.upPackets ?? 0n) > 500n);
    const result = await work();
    flood.kill('SIGKILL');
    sink.kill('SIGKILL');
    await until(() => flood.signalCode !== null && sink.signalCode !== null);
    world.paths(home).remove(PHONES.a.index);
    return result;
  }
  /** The owner's packets that come back, of those sent: 8 Mbit/s. */
  const owner = (home: 'home1' | 'home2') => underFlood(home, () => world.ping(home, HOST.ipv4, `-q -s 1000 -i 0.001 -c ${OWNER_PINGS}`).received / OWNER_PINGS);

  /** Whether the owner's upload by TCP came to its end, and after how many milliseconds; it is given so many at most. */
  const upload = (home: 'home1' | 'home2', most: number) =>
    underFlood(home, async () => {
      const sink = world.background('host', `socat -u TCP-LISTEN:${PORT},reuseaddr - > /dev/null`);
      await until(() => world.sh('host', 'ss -ltn').includes(`:${PORT}`));
      const start = process.hrtime.bigint();
      const taken = () => Number(process.hrtime.bigint() - start) / 1e6;
      const source = world.background(home, `sh -c 'head -c 1000000 /dev/zero | socat -u - TCP:${HOST.ipv4}:${PORT}'`);
      await until(() => sink.exitCode !== null || taken() > most);
      const result = { done: sink.exitCode === 0, taken: taken() };
      for (const child of [source, sink]) child.kill('SIGKILL');
      return result;
    });

  beforeAll(() => {
    world.sh('tr', 'ip route add 203.0.113.0/24 via 198.51.100.2');
    // The uplink of either home: what is too much is lost, whoever sent it.
    world.sh('tr', `nft add table inet uplink; nft add chain inet uplink in "{ type filter hook prerouting priority 0; }"; nft add rule inet uplink in iifname { h1, h2 } limit rate over ${UPLINK / 8000} kbytes/second burst 30 kbytes drop`);
    world.start('home2', { ...magConfig, guests: pathRates({ up: GUESTS, down: 8 * MBIT })! });
  });
  afterAll(() => world.sh('tr', 'nft delete table inet uplink'));

  test('while a guest floods, its owner loses next to nothing; without a limit he would lose most', async () => {
    const capped = await owner('home2');
    const free = await owner('home1');
    expect(capped).toBeGreaterThan(0.97);
    expect(free).toBeLessThan(0.75);
    expect(world.paths('home2').drops()['hostFirst']).toBeGreaterThan(0n);
  });

  test('the owner\'s TCP comes to its end under the flood; without a limit it would not, in the time that this takes', async () => {
    const capped = await upload('home2', 40_000);
    expect(capped.done).toBe(true);
    expect((await upload('home1', capped.taken)).done).toBe(false);
  });

  test('down, all guests together get no more than is left to them, and most of that', async () => {
    world.paths('home1').remove(PHONES.a.index);
    attach('a', 'home2', {});
    const limit = 8 * MBIT;
    const windows = await flow('host', 'a', PHONES.a.ipv4, limit, () => world.paths('home2').counters(PHONES.a.index)?.downOctets ?? 0n);
    expect(best(windows) / limit).toBeGreaterThan(0.8);
    for (const { passed, seconds } of windows) expect(passed).toBeLessThan(most(limit, seconds));
    expect(world.paths('home2').policed(PHONES.a.index)?.down).toBeGreaterThan(0n);
  });
});

test('however many addresses there are, the pseudo-device takes one place for each family in the table of neighbours', () => {
  // All but multicast, of which the stack asks for one or two.
  attach('a', 'home1', {});
  for (let n = 1; n <= 20; n++) {
    world.try('a', `ping -c1 -W0.01 203.0.113.${100 + n}`);
    world.try('a', `ping -c1 -W0.01 2001:db8:c::${n + 100}`);
    world.try('host', `ping -c1 -W0.01 10.1.7.${n}`);
    world.try('host', `ping -c1 -W0.01 2001:db8:1:${n + 100}::1`);
  }
  for (const machine of ['home1', 'lma'] as const) {
    const shown = ['-4', '-6'].map((family) => world.sh(machine, `ip ${family} neigh show dev pmip0 nud all`).split('\n').filter((line) => line !== '' && !line.startsWith('ff')).length);
    expect(shown).toEqual([1, 1]);
  }
});
