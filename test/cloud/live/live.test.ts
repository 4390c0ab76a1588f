/** From what an LMA and gateways say to what a browser gets: nothing raw on the way, and what is not known said in words. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Handover, HandoverSummary } from '../../../cloud/api/resources/handovers.ts';
import type { Overview, Topology } from '../../../cloud/api/resources/network.ts';
import type { Page } from '../../../cloud/api/resources/answers.ts';
import type { Subscriber } from '../../../cloud/api/resources/subscribers.ts';
import { STATUS } from '../../../protocol/mobility/codes.ts';
import { noAcknowledgementFlags } from '../../../protocol/mobility/messages.ts';
import { topics } from '../../../runtime/fleet/topics.ts';
import { buildPbu } from '../../lma/pbu.ts';
import { liveWorld, MAC, NAI, pseudonym, START } from './liveWorld.ts';

let world: Awaited<ReturnType<typeof liveWorld>>;
beforeEach(async () => {
  world = await liveWorld();
  world.wire.open.get('follow')?.onEvent({ kind: 'on' });
  world.wire.open.get('show lma-service sessions')?.onEvent({ kind: 'end', sessions: 0 });
  await world.wire.pass(0);
});
const ANNA = pseudonym(NAI);
const get = async <T>(path: string, as: 'viewer' | 'operator' = 'viewer'): Promise<T> => {
  const got = await world.api.ask('GET', path, { as });
  if (got.status !== 200) throw new Error(`${got.status} ${got.text}`);
  return got.json as T;
};

/** Anna comes to home 1 and walks to home 2. */
async function walk(): Promise<string> {
  world.session('m1');
  world.lmaHalf(1, 'm1');
  await world.homeHalf(1, world.homes[0]!);
  await world.tick(1000);
  const pbu = buildPbu({ mn: NAI, mac: MAC, handoff: 3 }, { at: 0, wall: world.state.now }, 7);
  world.packet('in', pbu);
  world.packet('out', { kind: 'bindingAcknowledgement', status: 0, flags: noAcknowledgementFlags, sequence: 7, lifetime: 3600, options: [{ kind: 'mnIdentifier', subtype: 1, identifier: NAI }] }, 2);
  world.packet('in', buildPbu({ mn: 'bert@example.com' }, { at: 0, wall: world.state.now }, 8), 3);
  world.packet('out', { kind: 'bindingRevocationIndication', sequence: 9, trigger: 4, flags: { proxy: true, ipv4Only: false, global: false }, options: [{ kind: 'mnIdentifier', subtype: 1, identifier: NAI }] }, 20);
  world.packet('in', { kind: 'bindingRevocationAcknowledgement', sequence: 9, status: 0, flags: { proxy: true, ipv4Only: false, global: false }, options: [] }, 40);
  world.session('m2');
  const id = world.lmaHalf(2, 'm2', 'm1');
  await world.homeHalf(2, world.homes[1]!);
  await world.tick(1000);
  return id;
}

describe('a walk from home to home', () => {
  it('is told at once in a batch, and seen from both ends with its messages', async () => {
    const id = await walk();
    const batches = world.published.filter((p) => p.kind === 'handovers').map((p) => p.value as HandoverSummary[]);
    expect(batches.flat()).toMatchObject([{ kind: 'attach' }, { id, kind: 'handover', subscriber: ANNA, from: { home: 'gw-1', name: 'Home 1' }, to: { home: 'gw-2', name: 'Home 2' }, success: true, duration: 11 }]);
    const handover = await get<Handover>(`/handovers/${id}`);
    expect(handover.stages.map((s) => s.name)).toEqual(['associated', 'profile', 'pbuSent', 'pbuReceived', 'lmaPathsSwitched', 'pbaSent', 'pbaReceived', 'pathsSwitched']);
    expect(handover.messages.map((m) => m.name.split(' ')[0])).toEqual(['PBU', 'PBA', 'BRI', 'BRA']);
    expect(handover.messages[0]).toMatchObject({ from: '198.51.100.15', to: '203.0.113.101' });
    expect(handover.capture).toBe(true);
    expect(handover.missing.join('\n')).toMatch(/packets lost: neither end counts/);
    expect(handover.missing.join('\n')).toMatch(/clocks of both ends differ/);
  });

  it('moves the subscriber, counts, and draws the graph', async () => {
    await walk();
    expect(world.live.subscribers.find(ANNA)).toMatchObject({ home: 'gw-2', handovers: 1, addresses: ['192.0.2.7'] });
    expect((await get<Page<HandoverSummary>>(`/subscribers/${ANNA}/handovers`)).items.map((h) => h.kind)).toEqual(['handover', 'attach']);
    expect(await get(`/subscribers/${ANNA}/bindings`)).toMatchObject([{ home: 'gw-2', service: 'homes', lma: 'lma1' }]);
    expect(await get<Overview>('/overview')).toMatchObject({ homes: { online: 2, total: 3 }, subscribers: 1, handovers: { success: 1, perMinute: 2 }, ticker: [{ kind: 'handover' }, { kind: 'attach' }], missing: [] });
    expect(await get<Topology>('/topology')).toMatchObject({ tunnels: [{ home: 'gw-2', lma: 'lma1', subscribers: 1 }], moves: [{ from: 'gw-1', to: 'gw-2', count: 1 }], neighbours: [{ from: 'gw-1', to: 'gw-2' }] });
    expect(world.live.figures.figuresOf(new Set(['gw-2']), START, START + 60_000)).toMatchObject({ attempts: 1, timed: 1 });
  });

  it('counts octets as they are when somebody looks; an LMA that does not say in time costs a second', async () => {
    await walk();
    const asked = get<Subscriber>(`/subscribers/${ANNA}`);
    await expect.poll(() => world.wire.open.get('one session')?.request).toMatchObject({ index: 1 });
    world.wire.open.get('one session')?.onEvent({ kind: 'page', sessions: [{ mnnai: NAI, upOctets: '17', downOctets: '4711' }] });
    expect(await asked).toMatchObject({ bytesUp: 17, bytesDown: 4711 });
    const again = get<Subscriber>(`/subscribers/${ANNA}`);
    await expect.poll(() => world.wire.open.has('one session')).toBe(true);
    await world.wire.pass(1000);
    expect(await again).toMatchObject({ bytesUp: 17 });
  });

  it('leaves no name anywhere: in no answer, no event, no record', async () => {
    const id = await walk();
    await world.tick(6000);
    const answers = await Promise.all(['/overview', '/subscribers', `/subscribers/${ANNA}/bindings`, '/handovers', `/handovers/${id}`, '/lmas', '/lmas/lma1/bindings', '/topology'].map((path) => get(path)));
    const seen = JSON.stringify([answers, world.published, world.store.commits, world.errors]);
    for (const name of [NAI, 'anna', MAC, 'bert']) expect(seen).not.toContain(name);
    expect(seen).toContain(ANNA);
  });

  it('is in the history after a restart', async () => {
    const id = await walk();
    await world.live.close();
    const again = await liveWorld({ store: world.store });
    expect(await again.live.handovers.find(id)).toMatchObject({ id, capture: false, missing: expect.arrayContaining([expect.stringMatching(/its messages: they are not kept so long/)]) as string[] });
    expect(await again.live.handovers.list({ home: 'gw-1', limit: 10 })).toMatchObject({ items: [{ kind: 'handover' }, { kind: 'attach' }] });
  });
});

describe('halves', () => {
  it('of an LMA alone: the home is named, and that it said nothing', async () => {
    const id = world.lmaHalf(1, 'm3');
    await world.tick(200);
    const handover = await get<Handover>(`/handovers/${id}`);
    expect(handover).toMatchObject({ to: { home: 'gw-3', name: 'Home 3' } });
    expect(handover).not.toHaveProperty('duration');
    expect(handover.missing[0]).toMatch(/the home's part: its gateway told nothing/);
  });

  it('that come ten minutes later complete the record, and there is one', async () => {
    const id = world.lmaHalf(1, 'm1');
    await world.tick(10_000);
    await world.tick(1000);
    await world.homeHalf(1, world.homes[0]!);
    await world.tick(2000);
    expect(await world.store.read('handovers')).toMatchObject([{ id, homeStages: { associated: 0 } }]);
    expect(world.live.figures.figuresOf(undefined, START, START + 60_000)).toMatchObject({ attempts: 1, timed: 1 });
  });

  it('of a gateway that the fleet does not know keep its own name', async () => {
    const id = world.lmaHalf(1, 'stranger@example.net');
    await world.tick(200);
    expect(await get<Handover>(`/handovers/${id}`)).toMatchObject({ to: { home: 'stranger@example.net', name: 'stranger@example.net' } });
  });

  it('of what was refused: why, and a wrong clock is told of', async () => {
    for (let n = 0; n < 3; n++) world.happened({ kind: 'refused', id: `${n}`.repeat(32), mnnai: NAI, mag: 'm1', status: STATUS.TIMESTAMP_MISMATCH, reason: 'refused: 156 TIMESTAMP_MISMATCH', wall: START });
    await world.tick(6000);
    expect(await get<Page<HandoverSummary>>('/handovers?failed=true')).toMatchObject({ items: [{ success: false, reason: 'refused: 156 TIMESTAMP_MISMATCH' }, {}, {}] });
    expect((await get<Overview>('/overview')).alerts).toMatchObject([{ home: 'gw-1', text: "Home 1: its clock and the LMA's differ, 3 registrations were refused for it" }]);
  });
});

describe('what an operator does', () => {
  it('searches by name: found, and written down without it; a viewer may not', async () => {
    await walk();
    expect((await world.api.ask('GET', `/subscribers?search=${NAI}`, { as: 'viewer' })).status).toBe(403);
    expect(await get(`/subscribers?search=${NAI}`, 'operator')).toMatchObject({ items: [{ id: ANNA }] });
    expect(await get(`/subscribers?search=${ANNA}`)).toMatchObject({ items: [{ id: ANNA }] });
    expect(world.state.searched).toEqual([NAI]);
    expect(await world.api.audit.list({ where: { action: 'subscribers.search' } })).toMatchObject([{ by: 'operator', target: ANNA, reason: 'searched by NAI' }]);
  });

  it('takes a capture with a reason, so many an hour; it is written down', async () => {
    const id = await walk();
    const ask = (reason: string, as: 'viewer' | 'operator' = 'operator') => world.api.ask('POST', `/handovers/${id}/pcap`, { as, body: { reason } });
    expect((await ask('phone loses its stream', 'viewer')).status).toBe(403);
    expect((await ask('because')).status).toBe(400);
    const got = await ask('phone loses its stream');
    expect([got.status, got.headers.get('content-type'), got.headers.get('content-disposition')]).toEqual([200, 'application/vnd.tcpdump.pcap', expect.stringContaining('.pcap')]);
    expect(got.text).toContain(NAI);
    expect(got.text).not.toContain('bert');
    await ask('phone loses its stream');
    await ask('phone loses its stream');
    expect((await ask('phone loses its stream')).status).toBe(429);
    expect(await world.api.audit.list({ where: { action: 'handovers.pcap' } })).toHaveLength(3);
  });

  it.each([
    ['revoke', 'clear lma binding', { bindings: 1, unanswered: 0, refused: 0 }],
    ['refresh', 'refresh lma binding', { bindings: 1, gateways: 1 }],
  ])('%s of a binding names no subscriber to the LMA', async (action, command, answer) => {
    await walk();
    const got = await world.api.ask('POST', `/lmas/lma1/bindings/${ANNA}/${action}`, { as: 'operator' });
    expect([got.status, got.json]).toEqual([200, answer]);
    expect(world.wire.asked).toContainEqual({ command, scope: 'index', index: 1 });
    expect(await world.api.audit.list({ where: { action: `bindings.${action}` } })).toMatchObject([{ by: 'operator', target: ANNA }]);
    expect((await world.api.ask('POST', `/lmas/lma1/bindings/mn-nobody/${action}`, { as: 'operator' })).status).toBe(404);
    world.wire.die('gone');
    expect(await world.api.ask('POST', `/lmas/lma1/bindings/${ANNA}/${action}`, { as: 'operator' })).toMatchObject({ status: 503, json: { error: 'lma1: nothing listens' } });
  });

  it('acknowledges an alert', async () => {
    world.live.alerts.raise({ rule: 'disk', level: 'error', text: 'The disk is full', advice: 'Make room.' });
    const [alert] = (await get<Page<{ id: string }>>('/alerts?ended=false')).items;
    expect((await world.api.ask('POST', `/alerts/${alert?.id ?? ''}/acknowledge`, { as: 'viewer' })).status).toBe(403);
    expect((await world.api.ask('POST', `/alerts/${alert?.id ?? ''}/acknowledge`, { as: 'operator' })).json).toMatchObject({ acknowledgedBy: 'operator' });
    expect((await world.api.ask('POST', '/alerts/al-none/acknowledge', { as: 'operator' })).status).toBe(404);
  });
});

it('an LMA that ends is missing, in words; what was known of its sessions stays', async () => {
  await walk();
  world.wire.die('closed');
  await world.tick(20_000);
  expect(await get<Overview>('/overview')).toMatchObject({ subscribers: 1, missing: ['LMA lma1: nothing listens'], alerts: [{ lma: 'lma1', level: 'error' }] });
  world.state.broker = false;
  expect((await get<Overview>('/overview')).missing).toHaveLength(2);
});

it('a minute of figures is kept for each minute, and the last hour is there after a restart', async () => {
  await walk();
  await world.tick(125_000);
  const { history } = await get<Overview>('/overview');
  expect(history).toMatchObject([{ at: START, handovers: 2, success: 1, subscribers: 1, online: 2 }, { at: START + 60_000, handovers: 0, success: 1 }]);
  expect((await liveWorld({ store: world.store, now: () => world.state.now })).live.overview().history).toEqual(history);
});

it('a new epoch of pseudonyms has all sessions told anew', async () => {
  world.wire.open.delete('show lma-service sessions');
  world.state.epoch = 2;
  await world.tick(1100);
  expect(world.wire.open.has('show lma-service sessions')).toBe(true);
});

it('sessions of somebody who is to be erased end at their LMA, or are counted as left', async () => {
  await walk();
  const asked = () => world.wire.asked.filter((r) => r.command === 'clear lma binding');
  expect([await world.live.endSessions([ANNA, 'mn-nobody']), asked().map((r) => r['scope'])]).toEqual([{ ended: 1, left: 0 }, ['index']]);
  world.wire.answers = undefined;
  expect(await world.live.endSessions([ANNA])).toEqual({ ended: 0, left: 1 });
  expect(await world.live.endSessions(['mn-nobody'])).toEqual({ ended: 0, left: 0 });
});

it('somebody who is erased is in no memory of this part', async () => {
  const id = await walk();
  expect(await world.live.handovers.find(id)).toMatchObject({ subscriber: ANNA, capture: true });
  world.live.forget(new Set([ANNA]));
  expect(world.live.overview().ticker).toEqual([]);
  expect(world.live.topology(1).moves).toEqual([]);
  // The line is the store's to drop; the messages were in memory.
  expect(await world.live.handovers.find(id)).toMatchObject({ messages: [], capture: false });
});

it('a store that refuses keeps handovers waiting, not lost', async () => {
  world.store.refuse('disk full');
  await walk();
  await world.tick(3000);
  expect(world.errors[0]).toBe('handovers wait for the store: disk full');
  world.store.refuse(undefined);
  await world.tick(2000);
  expect(await world.store.read('handovers')).toHaveLength(2);
});

describe('a gateway that tells without end', () => {
  const flood = async (home: string, from: number, events: number): Promise<void> => {
    for (let n = from; n < from + events; n += 1000)
      await world.bus.publish(topics.event(home), { session: 1, events: Array.from({ length: 1000 }, (_, i) => ({ sequence: n + i, at: world.state.now, kind: 'attach', trace: (n + i).toString(16).padStart(32, '0'), station: 'mn-1', stages: { associated: 0, pathsSwitched: 1 } })) });
  };

  it('is counted so often and no more, which is told; others are heard', async () => {
    await flood('gw-1', 0, 10_000);
    world.lmaHalf(1, 'm2');
    await world.homeHalf(1, world.homes[1]!);
    await world.tick(6000);
    const { missing } = await get<Overview>('/overview');
    expect(missing).toContain('7000 events of gateways were malformed or too many, and are not counted');
    expect(world.live.figures.figuresOf(undefined, START - 60_000, world.state.now + 10_000).attempts).toBe(3001);
  });

  it('is counted no more often when it has an LMA say it', async () => {
    for (let n = 0; n < 5000; n++) world.happened({ kind: 'refused', id: n.toString(16).padStart(32, '0'), mnnai: `${n}@example.com`, mag: 'm1', status: 130, reason: 'no resources', wall: world.state.now });
    world.lmaHalf(1, 'm3');
    await world.tick(1000);
    expect(world.live.figures.figuresOf(undefined, START - 60_000, world.state.now + 10_000).attempts).toBe(3001);
  });

  it('is not heard at all when it is none of the fleet, or revoked', async () => {
    world.homes[1] = { ...world.homes[1]!, status: 'revoked' };
    await flood('gw-2', 0, 1000);
    await flood('gw-77', 1000, 1000);
    await world.tick(6000);
    expect(world.live.figures.figuresOf(undefined, START - 60_000, world.state.now + 10_000).attempts).toBe(0);
  });
});

it('what the other parts did not take in of what homes told stands on the page', async () => {
  expect((await get<Overview>('/overview')).missing.join()).not.toContain('taken in');
  world.state.misheard = [['unreadable heartbeat', 3], ['too many events', 12]];
  expect((await get<Overview>('/overview')).missing).toContain('not all that homes told was taken in: unreadable heartbeat (3), too many events (12)');
});

it('a page of handovers begins behind a number, and nothing else', async () => {
  for (const path of ['/handovers?after=x', `/subscribers/${ANNA}/handovers?after=NaN`, '/handovers?after=-1']) expect((await world.api.ask('GET', path, { as: 'viewer' })).status).toBe(400);
  expect((await world.api.ask('GET', '/handovers?after=3', { as: 'viewer' })).status).toBe(200);
});
