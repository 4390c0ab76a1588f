/** The agent of the packages with CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF, and as nobody: phones get addresses, roam, and go on when it is started anew. */
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSwitchboard, type Switchboard } from '../../lab/access.ts';
import { stateFolder } from '../../lab/configuration.ts';
import { serveTraffic } from '../../lab/measure.ts';
import { ipBatch, runInside } from '../../lab/namespaces.ts';
import { repository } from '../../lab/paths.ts';
import { startPmip, type Pmip } from '../../lab/pmip.ts';
import { until } from '../../lab/processes.ts';
import { ACCESS, DEFAULTS, RADIO } from '../../lab/topology.ts';
import { openWorld, type World } from '../../lab/world.ts';
import { startTraffic } from '../lab/scene.ts';
import { buildAnew } from './built.ts';
import { CAPABILITY_BITS, NOBODY, rightsOf, withLeastRights } from './leastRights.ts';

let world: World;
let pmip: Pmip;
let board: Switchboard;

beforeAll(async () => {
  buildAnew();
  world = await openWorld({ ...DEFAULTS, phones: 1, prefix: 'rscap-' });
  chownSync(world.folder, NOBODY, NOBODY);
  const states = world.plan.homes.map((home) => stateFolder(world.folder, home));
  for (const state of states) {
    mkdirSync(join(state, 'bpf'), { recursive: true });
    chownSync(state, NOBODY, NOBODY);
  }
  // Each its bpffs, in a mount namespace that goes with the lab.
  const mounts = states.map((state) => `mount -t bpf none ${state}/bpf && chown nobody:nogroup ${state}/bpf`);
  const keeper = world.spawn({ name: 'mounts', namespace: undefined, argv: ['unshare', '--mount', 'sh', '-c', `${mounts.join(' && ')} && echo mounted && exec sleep infinity`] });
  await until('a bpffs for each home', 5000, () => keeper.log().includes('mounted'));
  const started = startSwitchboard(world.folder, world.plan);
  world.adopt(started.process);
  board = started.switchboard;
  await serveTraffic(world);
  const agent = join(repository, 'dist', 'agent', 'agent.mjs');
  pmip = await startPmip(world, {
    interface: () => ({ hostapd: [], 'first-packet': true }),
    agent: () => ({ datapath: 'bpf' }),
    agentCommand: (_, [node = '', , ...words]) => ['nsenter', `--mount=/proc/${keeper.pid}/ns/mnt`, ...withLeastRights([node, agent, ...words])],
  });
});
afterAll(() => world.close());

const phone = { phone: 1, families: ['ipv4', 'ipv6'] } as const;
const at = (home: number) => world.home(home);
const agentOf = (home: number) => world.processes.get(`agent${home}`) as NonNullable<ReturnType<World['processes']['get']>>;
const holders = async (): Promise<number[]> => {
  const all = await Promise.all(world.plan.homes.map(async (h) => ({ home: h.number, bindings: (await pmip.ask(h.number, 'show mag binding')) as { state: string }[] })));
  return all.filter((h) => h.bindings.some((b) => b.state === 'active')).map((h) => h.home);
};

it('has three capabilities, and no way to more', () => {
  for (const home of [1, 2]) {
    const caps = { CapInh: CAPABILITY_BITS, CapPrm: CAPABILITY_BITS, CapEff: CAPABILITY_BITS, CapBnd: CAPABILITY_BITS, CapAmb: CAPABILITY_BITS };
    expect(rightsOf(agentOf(home))).toEqual({ Uid: String(NOBODY), ...caps, NoNewPrivs: '1' });
    expect(agentOf(home).log()).toMatch(/data path: bpf/);
    expect(agentOf(home).log()).not.toMatch(/warn|error/);
  }
});

it('serves a phone: addresses, traffic, a roam to the other home, and a start of the agent in between', async () => {
  await board.plug(world.phone(1), at(1));
  world.startDhcp(1, 'udhcpc');
  const addresses = await until('addresses', 20_000, () => {
    const a = world.addresses(1);
    return a.ipv4.length > 0 && a.ipv6.length > 0 && a;
  });
  const traffic = await startTraffic({ world }, { ...phone, addresses });
  expect(await holders()).toEqual([1]);

  await pmip.arrival(2, world.phone(1).mac, async () => {
    await board.plug(world.phone(1), at(2));
    // As after a new association: the phone asks for its router, and that is the first frame that home 2 hears.
    ipBatch(world.phone(1).namespace, [`neighbour flush dev ${RADIO}`]);
  });
  await traffic.flows();
  expect(world.addresses(1)).toEqual(addresses);
  await until('home 1 to let it go', 10_000, async () => (await holders()).join() === '2');

  const counted = async (): Promise<number> => Number(((await pmip.ask(2, 'show mag binding')) as { counters: { downPackets: string } }[])[0]?.counters.downPackets);
  const before = await counted();
  await agentOf(2).stop('SIGTERM');
  await traffic.flows(); // nobody is there
  await pmip.startAgent(2);
  expect(agentOf(2).log()).toContain('took up what the last agent left bindings=1 stalePaths=0');
  expect(agentOf(2).log()).not.toMatch(/warn|error/);
  expect(await counted()).toBeGreaterThanOrEqual(before);
  await traffic.flows();
  await traffic.ends();
});

it('refuses an interface on which somebody else answers DHCP, though it may not ask for the port', async () => {
  const { namespace } = at(1);
  await agentOf(1).stop('SIGTERM');
  const server = world.spawn({ name: 'dhcp', namespace, argv: ['socat', '-u', `UDP4-RECV:67,bindtodevice=${ACCESS}`, '/dev/null'] });
  await until('it to listen', 5000, () => runInside(namespace, ['ss', '-Hlun']).includes(':67'));
  await expect(pmip.startAgent(1)).rejects.toThrow(`another DHCP server listens on ${ACCESS} (UDP 67)`);
  await server.stop();
});

it('without its pins it begins with empty maps, and says so; SIGINT leaves nothing of it, nor its pins', async () => {
  const keeper = world.processes.get('mounts');
  const bpffs = `${stateFolder(world.folder, at(1))}/bpf`;
  const among = (command: string): string => runInside(at(1).namespace, ['nsenter', `--mount=/proc/${keeper?.pid}/ns/mnt`, 'sh', '-c', `cd ${bpffs} && ${command}`]);
  await pmip.startAgent(1);
  await agentOf(1).stop('SIGTERM');
  among('rm program');
  const seen = agentOf(1).log().length;
  await pmip.startAgent(1);
  expect(agentOf(1).log().slice(seen)).toContain('warn: what the last agent forwarded stands still until its phones are taken up');
  await agentOf(1).stop('SIGINT');
  expect(runInside(at(1).namespace, ['ip', '-o', 'link'])).not.toContain('pmip');
  expect(among('ls')).toBe('maps.debug\nprogs.debug\n'); // the kernel's own
});
