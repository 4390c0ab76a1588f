/** An anchor that forgets everything when it dies, and homes that do not let that show; the operator's clear, with real radios' daemons. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../../runtime/control.ts';
import { lmaSocket } from '../../lab/configuration.ts';
import { until } from '../../lab/processes.ts';
import { attach, openScene, sessions, startTraffic, type Attached, type Scene } from './scene.ts';

let scene: Scene;
let phones: Attached[];
beforeAll(async () => {
  scene = await openScene({ homes: 2, phones: 2, prefix: 'rsrev-' }, { lma: { store: { memory: true } } });
  phones = [await attach(scene, 1, 1, ['ipv4', 'ipv6']), await attach(scene, 2, 2, ['ipv4', 'ipv6'])];
});
afterAll(() => scene?.close());

const active = async (): Promise<number> => [...(await sessions(scene)).values()].filter((s) => s.state === 'ACTIVE').length;

describe('an anchor without a store that is killed', () => {
  it('hears from every home at once: each phone has its addresses, its traffic goes on and its connections live', async () => {
    const traffic = await Promise.all(phones.map((phone) => startTraffic(scene, phone)));
    await scene.world.processes.get('lma')?.stop('SIGKILL');
    await scene.pmip.startLma();
    await until('both sessions at the new anchor', 5000, async () => (await active()) === 2);
    for (const one of traffic) await one.flows();
    expect(phones.map(({ phone }) => scene.world.addresses(phone))).toEqual(phones.map((p) => p.addresses));
    for (const one of traffic) await one.ends();
  });
});

describe('clear', () => {
  it('at the anchor ends one session: its phone may come again, and nobody else notices', async () => {
    const other = await startTraffic(scene, phones[1] as Attached);
    const { identity, mac } = scene.world.phone(1);
    const from = scene.pmip.transitions.length;
    expect(await ask(lmaSocket(scene.world.folder), { command: 'clear lma binding', scope: 'nai', name: identity })).toEqual({ bindings: 1, unanswered: 0, refused: 0 });
    await scene.pmip.heard('the anchor to say so', from, (t) => t.home === 0 && t.linkLayerId === mac && t.to === 'NONE' && t.reason === 'revoked: cleared by the operator');
    expect(scene.pmip.transitions.slice(from).some((t) => t.home === 1 && t.linkLayerId === mac && t.to === 'gone')).toBe(true);
    await scene.roam(1, 1);
    await until('a session for the phone that associates again', 5000, async () => (await active()) === 2);
    await other.flows();
    await other.ends();
  });
});
