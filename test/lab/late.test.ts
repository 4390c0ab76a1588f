/** An old home that nobody told of the move, and that learns late that its phone is gone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostapdRequest } from '../../lab/access.ts';
import { until } from '../../lab/processes.ts';
import { attach, openScene, sessions, startTraffic } from './scene.ts';
import type { Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ homes: 2, phones: 1, prefix: 'rslate-' }, { revocation: false });
});
afterAll(() => scene?.close());

const received = async () => ((await scene.pmip.ask(0, 'show lma statistics')) as { 'pbu-received': number })['pbu-received'];

describe('the late de-registration of the old home', () => {
  it('reaches the LMA and does not disturb the new one', async () => {
    const phone = await attach(scene, 1, 1, ['ipv4', 'ipv6']);
    const traffic = await startTraffic(scene, phone);
    const { mac, identity } = scene.world.phone(1);
    await scene.roam(1, 2);
    await traffic.flows();
    const before = await received();
    const from = scene.pmip.transitions.length;
    await scene.pmip.departure(1, mac, async () => {
      await hostapdRequest(scene.world.folder, scene.world.home(1), `DEAUTHENTICATE ${mac}`);
    });
    await until('the de-registration at the LMA', 5000, async () => (await received()) > before);
    expect(scene.pmip.transitions.slice(from).some((t) => t.home === 1 && t.to === 'deregistering')).toBe(true);
    expect((await sessions(scene)).get(identity)).toMatchObject({ mag: 'home2@lab.example', state: 'ACTIVE' });
    await traffic.flows();
    await traffic.ends();
    expect(scene.world.addresses(1)).toEqual(phone.addresses);
  });
});
