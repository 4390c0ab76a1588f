/** What goes wrong around a phone with connections: late messages, renumbering, crashes, silence. It notices none of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ipBatch, runInside } from '../../lab/namespaces.ts';
import { sleep, until } from '../../lab/processes.ts';
import { WAN } from '../../lab/topology.ts';
import { attach, isAt, openScene, sessions, startTraffic } from './scene.ts';
import type { Attached, Scene, Traffic } from './scene.ts';

/** The transport forwards nothing. */
const OUTAGE = `table inet outage {
  chain everything {
    type filter hook forward priority 0
    drop
  }
}
`;

let scene: Scene;
let phone: Attached;
let traffic: Traffic;
/** Where the phone is now. */
let at = 1;

beforeAll(async () => {
  // Refreshed every 4 s: minutes of a real home's clock pass in seconds.
  scene = await openScene({ homes: 2, phones: 1, prefix: 'rsresil-' }, { refresh: 4, lifetime: 60, detach: { interval: 1, timeout: 0.3, retries: 2 } });
  phone = await attach(scene, 1, 1, ['ipv4', 'ipv6']);
  traffic = await startTraffic(scene, phone);
});
afterAll(() => scene?.close());

async function roamTo(home: number): Promise<void> {
  if (home !== at) await scene.roam(1, home);
  at = home;
  await traffic.flows();
}

const lmaHeard = (from: number, what: string, test: (detail: Readonly<Record<string, unknown>>) => boolean) => scene.pmip.heard(what, from, (t) => t.home === 0 && t.detail !== undefined && test(t.detail));
const binding = async (home: number) => ((await scene.pmip.ask(home, 'show mag binding')) as Record<string, unknown>[])[0];
const identity = () => scene.world.phone(1).identity;

describe('after a roam', () => {
  it('the old home lets go, and neither its refreshes nor a late de-registration take the session back', async () => {
    await roamTo(2);
    const from = scene.pmip.transitions.length;
    // Three refresh periods, and with them every timer that home 1 could have left.
    await sleep(13_000);
    await isAt(scene, 1, 2);
    expect(scene.pmip.transitions.slice(from).filter((t) => t.home === 0 && t.detail?.['before'] !== undefined)).toEqual([]);
    await traffic.flows();
  });
});

describe('home 1 renumbered under the connections', () => {
  it('registers the phone from the new IPv6 address, with HI 4, and traffic goes on', async () => {
    await roamTo(1);
    const { namespace } = scene.world.home(1);
    const from = scene.pmip.transitions.length;
    ipBatch(scene.world.plan.net, ['address add 2001:db8:101::1/64 dev home1 nodad']);
    ipBatch(namespace, [`address add 2001:db8:101::2/64 dev ${WAN} nodad`, `address del 2001:db8:1::2/64 dev ${WAN}`, 'route replace ::/0 via 2001:db8:101::1']);
    const seen = await lmaHeard(from, 'the new care-of address', (d) => d['careOf'] === '2001:db8:101::2');
    expect(seen.detail?.['handoff']).toBe(4);
    await traffic.flows();
    expect((await sessions(scene)).get(identity())).toMatchObject({ coa: '2001:db8:101::2', encap: 'gre6' });
  });

  it('falls back to IPv4 when IPv6 is gone, and returns', async () => {
    const { namespace } = scene.world.home(1);
    let from = scene.pmip.transitions.length;
    ipBatch(namespace, [`address del 2001:db8:101::2/64 dev ${WAN}`]);
    await lmaHeard(from, 'the IPv4 care-of address', (d) => d['careOf'] === '198.18.1.2');
    await traffic.flows();
    from = scene.pmip.transitions.length;
    ipBatch(namespace, [`address add 2001:db8:1::2/64 dev ${WAN} nodad`, 'route replace ::/0 via 2001:db8:1::1']);
    await lmaHeard(from, 'the first IPv6 care-of address', (d) => d['careOf'] === '2001:db8:1::2');
    await traffic.flows();
  });
});

describe('an agent killed (-9)', () => {
  it('leaves forwarding in place, and after 10 s takes up its phone with the same keys', async () => {
    await roamTo(1);
    const before = await binding(1);
    await scene.world.processes.get('agent1')?.stop('SIGKILL');
    const end = performance.now() + 10_000;
    while (performance.now() < end) {
      await traffic.flows();
      await sleep(500);
    }
    await scene.pmip.startAgent(1);
    await until('the binding', 10_000, async () => (await binding(1))?.['state'] === 'active');
    const after = await binding(1);
    for (const key of ['hoa', 'hnps', 'up-stream-grekey', 'down-stream-grekey']) expect(after?.[key], key).toEqual(before?.[key]);
    await traffic.flows();
    await roamTo(2);
    await roamTo(1);
  });
});

describe('hostapd restarted', () => {
  it('costs no session, and the phone can roam away and return', async () => {
    await roamTo(1);
    await scene.world.restartHostapd(1);
    await scene.world.roam(1, 1);
    await traffic.flows();
    await roamTo(2);
    await roamTo(1);
    await isAt(scene, 1, 1);
  });
});

describe('the LMA unreachable for 20 s', () => {
  it('and back: the session, its addresses and its connections are still there', async () => {
    await roamTo(1);
    runInside(scene.world.plan.net, ['nft', '-f', '-'], OUTAGE);
    await sleep(20_000);
    runInside(scene.world.plan.net, ['nft', 'delete', 'table', 'inet', 'outage']);
    await traffic.flows();
    await until('the session', 15_000, async () => (await sessions(scene)).get(identity())?.mag === 'home1@lab.example');
    await roamTo(2);
  });
});

describe('at the end of all that', () => {
  it('the phone has the addresses that it began with, and its connections lived', async () => {
    expect(scene.world.addresses(1)).toEqual(phone.addresses);
    await traffic.ends();
  });

  it('a phone that logs off is gone from home and LMA', async () => {
    await scene.pmip.departure(at, scene.world.phone(1).mac, () => Promise.resolve(scene.world.detach(1)));
    await until('the LMA to release it', 5000, async () => (await sessions(scene)).get(identity())?.state !== 'ACTIVE');
  });
});
