/** Two anchors with one set of addresses and bindings: one dies, is cut off, or loses the store, and the phones keep what they have. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInside } from '../../lab/namespaces.ts';
import { openPair, type AnchorNumber, type Pair } from '../../lab/pair.ts';
import { sleep, until } from '../../lab/processes.ts';
import { openWorld } from '../../lab/world.ts';
import { ask } from '../../runtime/control.ts';
import { attach, openSceneIn, startTraffic, type Attached, type Scene, type Traffic } from './scene.ts';

let pair: Pair;
let scene: Scene;
let phone: Attached;
let traffic: Traffic;

interface Session {
  readonly mnnai: string;
  readonly mag: string;
}
const roleOf = (anchor: AnchorNumber): Promise<string | undefined> =>
  ask(pair.socket(anchor), { command: 'show standby' }).then(
    (answer) => (answer as { role: string }).role,
    () => undefined,
  );
const sessionsOf = async (anchor: AnchorNumber): Promise<Session[]> => (await ask(pair.socket(anchor), { command: 'show lma-service session' })) as Session[];
const hasAddress = (anchor: AnchorNumber): boolean => runInside(pair.namespace(anchor), ['ip', '-o', 'address']).includes(` ${scene.world.plan.lma.ipv4}/`);

async function isActive(anchor: AnchorNumber, within = 20_000): Promise<void> {
  await until(`anchor ${anchor} to be the active one`, within, async () => (await roleOf(anchor)) === 'active' && hasAddress(anchor));
  await until('its sessions', 5000, () => sessionsOf(anchor).then(() => true, () => false));
}

beforeAll(async () => {
  const open = async (options: Parameters<typeof openWorld>[0]) => {
    const world = await openWorld(options);
    pair = await openPair(world);
    return world;
  };
  const variation = { refresh: 4, lifetime: 120, get lma() { return pair.variation.lma as Readonly<Record<string, unknown>>; } };
  scene = await openSceneIn(open, { homes: 2, phones: 2, prefix: 'rsdur-' }, variation);
  pair.start(2);
  await until('the standby', 10_000, async () => (await roleOf(2)) === 'standby');
  phone = await attach(scene, 1, 1, ['ipv4', 'ipv6']);
  traffic = await startTraffic(scene, phone);
});
afterAll(async () => {
  await pair?.close();
  await scene?.close();
});

describe('the active anchor killed (-9)', () => {
  it('the standby has its addresses and bindings within 10 s; the phone keeps its address and its connections', async () => {
    const before = (await sessionsOf(1)).map((s) => s.mnnai);
    const began = performance.now();
    await scene.world.processes.get('lma')?.stop('SIGKILL');
    await isActive(2);
    await traffic.flows();
    expect(performance.now() - began).toBeLessThan(20_000);
    expect((await sessionsOf(2)).map((s) => s.mnnai)).toEqual(before);
    expect(hasAddress(1)).toBe(false);
    expect(scene.world.addresses(1)).toEqual(phone.addresses);
  });

  it('the phone roams, and a second one comes, at the anchor that took over', async () => {
    await scene.roam(1, 2);
    await traffic.flows();
    const second = await attach(scene, 2, 1, ['ipv4', 'ipv6']);
    expect(second.addresses.ipv4).not.toEqual(phone.addresses.ipv4);
  });

  it('the killed one comes back and waits for its turn', async () => {
    pair.start(1);
    await until('anchor 1 to stand by', 10_000, async () => (await roleOf(1)) === 'standby');
    await sleep(2 * pair.lease * 1000);
    expect([await roleOf(1), await roleOf(2), hasAddress(1)]).toEqual(['standby', 'active', false]);
    await traffic.flows();
  });
});

describe('the store away for some time', () => {
  it('nobody is answered, what is forwarded is forwarded, and afterwards the same anchor goes on', async () => {
    pair.redis.process().child.kill('SIGSTOP');
    await until('the active to notice', 10_000, async () => (await roleOf(2)) === 'waiting for the store');
    await traffic.flows();
    await scene.world.roam(2, 2);
    await sleep(2 * pair.lease * 1000);
    expect([await roleOf(1), await roleOf(2)]).toEqual(['standby', 'waiting for the store']);
    const homeOf = async () => (await sessionsOf(2)).find((s) => s.mnnai === scene.world.phone(2).identity)?.mag;
    expect(await homeOf()).toBe('home1@lab.example');
    pair.redis.process().child.kill('SIGCONT');
    await until('the active to go on', 10_000, async () => (await roleOf(2)) === 'active');
    await until('the roam that waited', 20_000, async () => (await homeOf()) === 'home2@lab.example');
    await scene.roam(1, 1);
    await traffic.flows();
    expect(await roleOf(1)).toBe('standby');
  });
});

describe('the active cut off from everybody', () => {
  it('stops before the other begins, and ends when it hears of it; the phone keeps its address', async () => {
    const old = scene.world.processes.get('lma2');
    pair.cut(2, true);
    const seen: string[] = [];
    await until('anchor 1 to take over', 20_000, async () => {
      const [one, two] = [await roleOf(1), await roleOf(2)];
      seen.push(`${one} ${two}`);
      return one === 'active';
    });
    expect(seen.filter((s) => s === 'active active')).toEqual([]);
    await isActive(1);
    await traffic.flows();
    pair.cut(2, false);
    expect(await old?.exited).toBe(1);
    expect(hasAddress(2)).toBe(false);
    await traffic.flows();
    expect(scene.world.addresses(1)).toEqual(phone.addresses);
    pair.start(2);
    await until('anchor 2 to stand by', 10_000, async () => (await roleOf(2)) === 'standby');
  });
});

describe('the active cut off from the store alone', () => {
  it('stops answering, and gives its addresses up when the other one says on the link that they are its own', async () => {
    const old = scene.world.processes.get('lma');
    pair.cutStore(1, true);
    await isActive(2);
    expect(await old?.exited).toBe(1);
    expect(old?.log()).toContain('says on the link that it has our addresses');
    expect(hasAddress(1)).toBe(false);
    await traffic.flows();
    pair.cutStore(1, false);
    pair.start(1);
    await until('anchor 1 to stand by', 10_000, async () => (await roleOf(1)) === 'standby');
  });
});

describe('the active stopped in order', () => {
  it('gives the lease back, and the other need not wait for it to run out', async () => {
    await scene.world.processes.get('lma2')?.stop('SIGINT');
    await isActive(1, 4000);
    await traffic.flows();
    await traffic.ends();
  });
});
