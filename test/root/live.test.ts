/** The fleet's view of a real LMA process and a real gateway: admitted, followed over the control socket, killed and back, dismissed. */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLive, type LivePart } from '../../cloud/live/live.ts';
import { wire } from '../../cloud/live/wire.ts';
import { run } from '../../lab/namespaces.ts';
import { until, type LabProcess } from '../../lab/processes.ts';
import { topics } from '../../runtime/fleet/topics.ts';
import type { ShownTrace } from '../../runtime/traces.ts';
import { createFakeBus } from '../cloud/broker/fakeBus.ts';
import { homeOf, pseudonym } from '../cloud/live/liveWorld.ts';
import { createMemoryStore } from '../cloud/memoryStore.ts';
import { INTERNET, shellLab, type ShellLab } from './shellLab.ts';

const NAI = 'mn0@example.com';
const KEY = '00112233445566778899aabbccddeeff00112233';
const HOME = homeOf(1, { identity: 'M1@D1' });
const MN0 = pseudonym(NAI);

let lab: ShellLab;
let lma: LabProcess;
let live: LivePart;
let address: string;
let ticking: NodeJS.Timeout;
const bus = createFakeBus();
const store = createMemoryStore();
const errors: string[] = [];

const roamstead = (...words: string[]): string => run([process.execPath, lab.command, ...words, '--socket', join(lab.folder, 'lma.sock')]);
const startLma = (): Promise<LabProcess> => lab.startLma('', (text) => text.replace(/\nmobile-access-gateways:(\n .*)*/, ''));
const answers = (from: 'phone' | 'inet', to: string): string => /(\d+) received/.exec(lab.run(from, 'sh', '-c', `ping -n -c 2 -i 0.2 -W 1 ${to} || true`))?.[1] ?? '';

beforeAll(async () => {
  lab = await shellLab();
  lma = await startLma();
  live = await openLive({
    lmas: [{ name: 'lma1', socket: join(lab.folder, 'lma.sock') }],
    captureRoom: 1 << 20,
    wire,
    bus,
    brokerAnswers: () => true,
    misheard: () => [],
    store,
    homes: { homes: () => [HOME], home: () => HOME, byIdentity: (mag) => (mag === HOME.identity ? HOME.id : undefined), name: () => HOME.name, online: () => true, counts: () => ({ online: 1, total: 1 }) },
    gateways: () => [],
    rollouts: () => [],
    neighbours: () => [],
    pseudonymOf: ({ nai }) => pseudonym(nai),
    epoch: () => 1,
    live: { publish: () => undefined },
    now: Date.now,
    onError: (e) => void errors.push(e.message),
  });
  ticking = setInterval(() => live.tick(Date.now()), 50);
  await lab.startAgent('mag-local-profile');
});
afterAll(async () => {
  clearInterval(ticking);
  await live?.close();
  await lab?.close();
});

describe('admission', () => {
  it('lets a gateway in that no configuration names; its key comes from a file and is nowhere to be read', async () => {
    const file = join(lab.folder, 'key');
    writeFileSync(file, `${KEY}\n`, { mode: 0o600 });
    expect(roamstead('admit', 'ipv6', 'mobile', 'pmipv6', 'lma', 'gateway', 'M1@D1', 'key-file', file)).toBe('admitted\n');
    expect(roamstead('show', 'ipv6', 'mobile', 'pmipv6', 'lma', 'gateways')).toMatch(/M1@D1\s+admitted/);
    expect(statSync(join(lab.folder, 'lma-state', 'admitted.json')).mode & 0o777).toBe(0o600);
    address = lab.lease();
    expect(answers('phone', INTERNET)).toBe('2');
    expect(lma.log()).not.toContain(KEY);
  });
});

describe('what happens', () => {
  it('the subscriber is there by pseudonym, at its home, with its address', async () => {
    await until('the session in the model', 10_000, () => live.subscribers.size === 1);
    expect(live.subscribers.find(MN0)).toMatchObject({ home: HOME.id, lma: 'lma1', state: 'active', addresses: [address] });
    await until('its counters', 10_000, () => live.lmas.find('lma1')?.gateways === 1);
    expect(live.lmas.find('lma1')).toMatchObject({ reachable: true, gateways: 1, pools: expect.arrayContaining([expect.objectContaining({ family: 'ipv4', used: 1 })]) as unknown });
  });

  it('both ends of the attachment are one story, with the messages in between and a capture', async () => {
    const [trace] = JSON.parse(lab.show('agent', 'ipv6', 'mobile', 'pmipv6', 'mag', 'traces', '--json')) as ShownTrace[];
    if (!trace) throw new Error('the agent has no trace');
    await bus.publish(topics.event(HOME.id), { session: 1, events: [{ sequence: 1, at: trace.wall, kind: trace.kind, trace: trace.id, station: 'mn-0123abcd', stages: trace.stages }] });
    await until('the handover', 10_000, () => live.overview().ticker.some((h) => h.id === trace.id && h.duration !== undefined));
    const story = await live.handovers.find(trace.id);
    expect(story).toMatchObject({ kind: 'attach', subscriber: MN0, to: { home: HOME.id }, success: true, capture: true });
    const order = ['pbuSent', 'pbuReceived', 'lmaPathsSwitched', 'pbaSent', 'pbaReceived', 'pathsSwitched'];
    expect(story?.stages.map((s) => s.name).filter((name) => order.includes(name))).toEqual(order);
    expect(story?.messages.map((m) => m.name.split(' ')[0])).toEqual(['PBU', 'PBA']);
    expect(JSON.stringify([story, store.commits])).not.toContain('mn0');
    expect(Buffer.from((await live.handovers.pcap(trace.id)) ?? []).includes(NAI)).toBe(true);
  });

  it('an LMA that is killed is told of; when it is back, so are its gateways and sessions', async () => {
    await lma.stop('SIGKILL');
    await until('to notice', 10_000, () => live.lmas.find('lma1')?.reachable === false);
    expect(live.overview().missing[0]).toMatch(/^LMA lma1: /);
    lma = await startLma();
    await until('to notice', 10_000, () => live.lmas.find('lma1')?.reachable === true && live.subscribers.size === 1);
    expect(live.subscribers.find(MN0)).toMatchObject({ addresses: [address], state: 'active' });
    expect(answers('phone', INTERNET)).toBe('2');
  });
});

describe('dismissal', () => {
  it('ends the bindings by revocation, and the gateway is a stranger', async () => {
    expect(roamstead('dismiss', 'ipv6', 'mobile', 'pmipv6', 'lma', 'gateway', 'M1@D1')).toBe('dismissed; 1 binding cleared\n');
    await until('nobody in the model', 10_000, () => live.subscribers.size === 0);
    expect(answers('inet', address)).toBe('0');
    await until('its next PBU to be refused', 10_000, () => {
      answers('phone', INTERNET);
      const { discarded } = JSON.parse(lab.show('lma', 'lma', 'statistics', '--json')) as { discarded: Record<string, number> };
      return (discarded['unknown peer'] ?? 0) > 0;
    });
    expect(lab.show('lma', 'lma-service', 'session')).toBe('none\n');
    expect(errors).toEqual([]);
  });
});
