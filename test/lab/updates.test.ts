/** What an anchor tells its gateways, between real processes: sessions registered anew on demand, timers, one update for all of a home. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCapture } from '../../lab/capture.ts';
import type { Capture } from '../../lab/capture.ts';
import { lmaSocket } from '../../lab/configuration.ts';
import { until } from '../../lab/processes.ts';
import { TRANSPORT } from '../../lab/topology.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import { find } from '../../protocol/mobility/options.ts';
import { findBulkCount } from '../../protocol/vendor.ts';
import { ask } from '../../runtime/control.ts';
import { signalling } from './pcap.ts';
import { attach, openScene, startTraffic } from './scene.ts';
import type { Scene } from './scene.ts';

let scene: Scene;
let capture: Capture;

beforeAll(async () => {
  const mags = [1, 2].map((number) => ({ id: `home${number}@lab.example`, key: number.toString(16).padStart(2, '0').repeat(20), ...(number === 1 ? { timers: 'short' } : {}) }));
  scene = await openScene(
    { homes: 2, phones: 2, prefix: 'rsupd-' },
    { agent: () => ({ 'bulk-binding-update': true }), lma: { 'mobile-access-gateways': mags, 'mag-timers': [{ name: 'short', 're-registration': { 'start-time': 3596 } }] } },
  );
  capture = await startCapture(scene.world, scene.world.plan.lma.namespace, TRANSPORT, 'ip6 proto 135');
});
afterAll(() => scene?.close());

const heard = <M extends MobilityMessage>(what: string, test: (m: MobilityMessage) => m is M): Promise<M> => until(what, 20_000, () => signalling(capture.file).find(test));
const updateOfAll = (m: MobilityMessage): m is Extract<MobilityMessage, { kind: 'bindingUpdate' }> => m.kind === 'bindingUpdate' && find(m.options, 'mnIdentifier') === undefined;

it('two phones of a home that the anchor has refresh after 4 s of an hour are refreshed by one message', async () => {
  const phones = [await attach(scene, 1, 1, ['ipv4', 'ipv6']), await attach(scene, 2, 1, ['ipv4', 'ipv6'])];
  const traffic = await Promise.all(phones.map((phone) => startTraffic(scene, phone)));
  const pbu = await heard('a PBU for all sessions', updateOfAll);
  const pba = await heard('its PBA', (m): m is Extract<MobilityMessage, { kind: 'bindingAcknowledgement' }> => m.kind === 'bindingAcknowledgement' && m.sequence === pbu.sequence);
  expect([pba.status, findBulkCount(pba.options)]).toEqual([0, 2]);
  for (const t of traffic) {
    await t.flows();
    await t.ends();
  }
});

it('N02 an operator has a phone’s session registered anew, and its addresses stay', async () => {
  const phone = await attach(scene, 1, 2, ['ipv4', 'ipv6']);
  const { identity } = scene.world.phone(1);
  expect(await ask(lmaSocket(scene.world.folder), { command: 'refresh lma binding', scope: 'nai', name: identity })).toEqual({ bindings: 1, gateways: 1 });
  const told = await heard('an Update Notification', (m): m is Extract<MobilityMessage, { kind: 'updateNotification' }> => m.kind === 'updateNotification');
  expect([told.reason, find(told.options, 'mnIdentifier')?.identifier]).toEqual([1, identity]);
  await until('the PBU that it asks for', 20_000, () => {
    const all = signalling(capture.file);
    return all.slice(all.findIndex((m) => m.kind === 'updateNotification')).some((m) => m.kind === 'bindingUpdate' && find(m.options, 'mnIdentifier')?.identifier === identity && find(m.options, 'handoffIndicator')?.indicator === 5);
  });
  expect(scene.world.addresses(1)).toEqual(phone.addresses);
  await capture.stop();
});
