/** The controller killed: packets go on, and the next one takes everything up. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { HOST, PHONES, UNANSWERED, lmaConfig, magConfig, makeWorld, pathPair } from '../datapath/world.ts';
import type { World } from '../datapath/world.ts';
import type { DatapathConfig } from '../../linux/datapath/bpfPaths.ts';
import type { Path } from '../../protocol/paths.ts';

const bundle = `build/test-controller-${process.pid}.mjs`;
let world: World;
let controllers: ChildProcess[] = [];

beforeAll(async () => {
  mkdirSync('build', { recursive: true }); // below the tree, so that it finds the addon and the object
  await build({ entryPoints: ['test/datapath/controller.ts'], outfile: bundle, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' });
});
afterAll(() => rmSync(bundle));
beforeEach(() => {
  world = makeWorld('r');
});
afterEach(() => {
  for (const c of controllers) c.kill('SIGKILL');
  controllers = [];
  world.remove();
});

async function control(machine: 'home1' | 'lma', config: DatapathConfig, paths: readonly Path[]): Promise<ChildProcess> {
  const child = spawn('ip', ['netns', 'exec', world.namespace(machine), process.execPath, bundle, JSON.stringify(config), JSON.stringify(paths)], { stdio: ['ignore', 'pipe', 'inherit'] });
  controllers.push(child);
  await new Promise((resolve, reject) => {
    child.stdout?.once('data', resolve);
    child.once('exit', reject);
  });
  return child;
}

const kill = (child: ChildProcess) =>
  new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGKILL');
  });

test('forwarding outlives its controllers, and the next ones find paths, counters and dates', async () => {
  const { mag, lma } = pathPair('a', 'home1', 'gre6');
  const [home, anchor] = [await control('home1', magConfig, [mag]), await control('lma', lmaConfig, [lma])];
  world.point('a', 'home1');
  expect(world.ping('a', HOST.ipv4).received).toBe(3);
  await Promise.all([kill(home), kill(anchor)]);
  for (const to of [HOST.ipv4, HOST.ipv6]) expect(world.ping('a', to).received).toBe(3);

  const taken = world.paths('lma');
  expect(taken.list()).toEqual([lma]);
  expect(world.paths('home1').list()).toEqual([mag]);
  expect(taken.counters(5)).toMatchObject({ upPackets: 9n, downPackets: 9n });
  expect(world.paths('home1').counters(5)).toEqual(taken.counters(5));
  const first = taken.firstDown(5);
  expect(first).toBeGreaterThan(0);
  expect(taken.reconcile([lma])).toEqual({ removed: 0 });
  expect(world.paths('home1').reconcile([mag])).toEqual({ removed: 0 });
  expect(taken.firstDown(5)).toBe(first); // nothing was written
  expect(world.ping('a', HOST.ipv4).received).toBe(3);
});

test('taking up loses no packet', async () => {
  const { mag, lma } = pathPair('a', 'home1', 'gre6');
  await kill(await control('lma', lmaConfig, [lma]));
  world.paths('home1').set(mag);
  world.point('a', 'home1');
  world.ping('host', PHONES.a.ipv4);
  const before = world.echoes('a');
  const SENT = 300;
  const sender = world.background('host', `ping -q -i 0.004 -c ${SENT} ${PHONES.a.ipv4}`);
  const ended = new Promise((resolve) => sender.once('exit', resolve));
  for (let i = 0; i < 5; i++) {
    world.start('lma', lmaConfig);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ended;
  expect(world.echoes('a') - before).toBe(SENT);
});

test('maps of another size take the entries over', async () => {
  const { mag, lma } = pathPair('a', 'home1', 'gre6');
  await kill(await control('lma', lmaConfig, [lma]));
  world.paths('home1').set(mag);
  world.point('a', 'home1');
  expect(world.ping('a', HOST.ipv4).received).toBe(3);
  const larger = world.start('lma', { ...lmaConfig, maxPaths: 200 });
  expect(larger.list()).toEqual([lma]);
  expect(larger.counters(5)).toMatchObject({ upPackets: 3n, downPackets: 3n });
  larger.set({ ...pathPair('b', 'home2', 'gre6').lma, index: 199 });
  expect(world.ping('a', HOST.ipv4).received).toBe(3);
  expect(larger.counters(5)).toMatchObject({ upPackets: 6n, downPackets: 6n });
});

test('reconcile removes what a crash left: paths, half of a path, routes and neighbours', async () => {
  const { mag } = pathPair('a', 'home1', 'gre6');
  const other = pathPair('b', 'home1', 'gre6').mag;
  await kill(await control('home1', magConfig, [mag, other]));
  world.sh('home1', 'ip route add 10.9.9.9/32 dev lan0 table 5214; ip route add 2001:db8:99::/64 dev lan0 table 5214; ip neighbour add 10.9.9.9 lladdr 02:00:00:00:09:09 dev lan0');
  const paths = world.paths('home1');
  expect(paths.reconcile([mag])).toEqual({ removed: 1 });
  expect(paths.list()).toEqual([mag]);
  const kernel = () => world.sh('home1', 'ip route show table 5214; ip -6 route show table 5214; ip neighbour show nud permanent').replace(/ (?:proto|scope|metric|pref) \S+/g, '').split('\n').map((line) => line.trim()).filter((line) => !line.startsWith('fe80') && line !== '');
  expect(kernel()).toEqual(['10.1.0.5 dev lan0', '2001:db8:1:5::/64 dev lan0', '10.1.0.5 dev lan0 lladdr 02:00:00:00:02:05 PERMANENT']);
  expect(paths.reconcile([])).toEqual({ removed: 1 });
  expect(kernel()).toEqual([]);
});

const inKernel = () => world.sh('home1', 'ip rule; ip -6 rule; ip -o link show | cut -d: -f2; for f in 4 6; do ip -$f route show table all | grep "table 52"; done; tc filter show dev wan0 ingress; tc filter show dev lan0 ingress; ip neighbour show nud permanent');

test('a start that is refused in the middle leaves nothing in the kernel', () => {
  world.sh('home1', 'ip tuntap add mode tun name tun9');
  const clean = inKernel();
  expect(() => world.start('home1', { ...magConfig, access: [...(magConfig.access ?? []), { interface: 'tun9' }] })).toThrow('tun9 is no Ethernet interface');
  expect(inKernel()).toBe(clean);
});

test('stopped for good, nothing of it is left in the kernel', () => {
  const clean = inKernel();
  const paths = world.paths('home1');
  paths.set(pathPair('a', 'home1', 'gre6').mag);
  expect(inKernel()).not.toBe(clean);
  paths.stop({ keepForwarding: false });
  expect(inKernel()).toBe(clean);
  world.point('a', 'home1');
  expect(world.ping('a', HOST.ipv4, UNANSWERED).received).toBe(0);
});

test('a path that the maps have no room for is refused, and leaves nothing', () => {
  const paths = world.start('home1', { ...magConfig, maxPaths: 8 });
  const { mag } = pathPair('a', 'home1', 'gre6');
  paths.set(mag);
  const many = Array.from({ length: 30 }, (_, i) => ({ address: `2001:db8:1:${(i + 256).toString(16)}::`, length: 64 }));
  const greedy: Path = { ...pathPair('b', 'home1', 'gre6').mag, prefixes: many };
  expect(() => paths.set(greedy)).toThrow(/Path 6 was not set: .*E2BIG/);
  expect(paths.list()).toEqual([mag]);
  expect(world.sh('home1', 'ip -6 route show table 5214 | wc -l').trim()).toBe('1');
  expect(() => paths.set({ ...mag, prefixes: many })).toThrow(/Path 5 was not set/);
  expect(paths.list()).toEqual([mag]);
  world.paths('lma').set(pathPair('a', 'home1', 'gre6').lma);
  world.point('a', 'home1');
  expect(world.ping('a', HOST.ipv6).received).toBe(3);
});

test('20 000 paths are reconciled at once and listed again', () => {
  const MANY = 20_000;
  const paths = world.start('lma', { ...lmaConfig, maxPaths: MANY });
  const all = Array.from({ length: MANY }, (_, index): Path => ({
    index, space: 0, ipv4: `10.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`, prefixes: [],
    tunnel: { transport: 'gre6', local: '2001:db8:b::2', remote: '2001:db8:a1::2', sendKey: index, receiveKey: index + 1, mtu: 1452 },
  }));
  expect(paths.reconcile(all)).toEqual({ removed: 0 });
  expect(paths.list()).toHaveLength(MANY);
  expect(paths.reconcile(all.slice(0, 10))).toEqual({ removed: MANY - 10 });
});

test('one bad path among new ones: all of them are refused, and what was there stays', () => {
  const paths = world.paths('lma');
  const { lma } = pathPair('a', 'home1', 'gre6');
  paths.set(lma);
  const fresh = pathPair('b', 'home2', 'gre6').lma;
  const clash = { ...fresh, index: 9, ipv4: '10.1.0.9', prefixes: [] }; // the key of `fresh`
  expect(() => paths.reconcile([lma, fresh, clash])).toThrow(/key 0x5006 belongs to path 6/);
  expect(paths.list()).toEqual([lma]);
  expect(paths.reconcile([lma, fresh])).toEqual({ removed: 0 });
});
