/** An anchor that is being drained, and another one that gets its new sessions (RFC 6463): phones that roam stay with the other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APN, keyOf } from '../../lab/configuration.ts';
import { runInside } from '../../lab/namespaces.ts';
import { POOL4, POOL6, TRANSPORT } from '../../lab/topology.ts';
import { openWorld } from '../../lab/world.ts';
import { attach, isAt, openSceneIn, startTraffic } from './scene.ts';
import type { Scene } from './scene.ts';

const LAB = { homes: 3, phones: 1, nat: 3, prefix: 'rsredi-' };
/** The other anchor's addresses, in the same namespace; the first one has those of the lab. */
const OTHER = { ipv4: '198.18.250.3', ipv6: '2001:db8:250::3' } as const;
const BETWEEN = 'a1'.repeat(20);

let scene: Scene;

beforeAll(async () => {
  scene = await openSceneIn(
    openWorld,
    LAB,
    {
      lma: {
        'lma-services': [
          { name: 'lma1', 'bind-address': ['2001:db8:250::2', '198.18.250.2'], redirect: { identity: 'lma1@lab.example', when: 'always', to: [{ id: 'lma2@lab.example', 'ipv6-address': OTHER.ipv6, 'ipv4-address': OTHER.ipv4, key: BETWEEN }] } },
          { name: 'lma2', 'bind-address': [OTHER.ipv6, OTHER.ipv4] },
        ],
        'ip-pools': [{ name: 'phones', network: POOL4.prefix, 'subscriber-gw-address': POOL4.gateway }, { name: 'drained', network: '198.19.0.0/24', 'subscriber-gw-address': '198.19.0.1' }],
        'ipv6-pools': [{ name: 'phones6', prefix: POOL6.prefix }, { name: 'drained6', prefix: '2001:db8:99::/48' }],
        apns: [{ name: APN, 'lma-service': 'lma2', 'ip-pool': 'phones', 'ipv6-pool': 'phones6' }, { name: APN, 'lma-service': 'lma1', 'ip-pool': 'drained', 'ipv6-pool': 'drained6' }],
        'mobile-access-gateways': [
          ...[1, 2, 3].map((number) => ({ id: `home${number}@lab.example`, key: number.toString(16).padStart(2, '0').repeat(20) })),
          { id: 'lma1@lab.example', 'lma-service': 'lma2', key: BETWEEN, redirector: true },
        ],
      },
      agent: (home) => ({
        'lma-redirect': true,
        'local-mobility-anchors': [
          { id: 'lma1', 'ipv4-address': '198.18.250.2', ...(home.ipv6 ? { 'ipv6-address': '2001:db8:250::2' } : {}), key: keyOf(home) },
          { id: 'lma2', 'ipv4-address': OTHER.ipv4, ...(home.ipv6 ? { 'ipv6-address': OTHER.ipv6 } : {}), key: keyOf(home) },
        ],
      }),
    },
    async (world) => {
      runInside(world.plan.lma.namespace, ['ip', 'address', 'add', `${OTHER.ipv4}/24`, 'dev', TRANSPORT]);
      runInside(world.plan.lma.namespace, ['ip', 'address', 'add', `${OTHER.ipv6}/64`, 'dev', TRANSPORT, 'nodad']);
      await world.startAccess();
    },
  );
});
afterAll(() => scene?.close());

const tunnelOf = async (home: number): Promise<string | undefined> => ((await scene.pmip.ask(home, 'show mag binding')) as { tunnel?: { remote: string } }[])[0]?.tunnel?.remote;

describe('a drained anchor', () => {
  it('P02 all traffic and signalling go to the other one, at each home, also behind a NAT; addresses and connections stay', async () => {
    const phone = await attach(scene, 1, 1, ['ipv4', 'ipv6']);
    const traffic = await startTraffic(scene, phone);
    expect(await tunnelOf(1)).toBe(OTHER.ipv6);
    for (const [home, remote] of [[2, OTHER.ipv6], [3, OTHER.ipv4], [1, OTHER.ipv6]] as const) {
      await scene.roam(1, home);
      await traffic.flows();
      await isAt(scene, 1, home);
      expect(await tunnelOf(home)).toBe(remote);
    }
    expect(scene.world.addresses(1)).toEqual(phone.addresses);
    await traffic.ends();
    const statistics = (await scene.pmip.ask(0, 'show lma-service statistics')) as Readonly<Record<string, unknown>>[];
    expect(statistics.map((s) => [s['lma-service'], s['redirect-count'], s['bce-count']])).toEqual([['lma1', 4, 0], ['lma2', 0, 1]]);
  });
});
