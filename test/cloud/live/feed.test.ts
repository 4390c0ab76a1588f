/** An LMA's control socket as the fleet service hears it: it comes, goes, hangs, loses events, stands by. */
import { describe, expect, it } from 'vitest';
import { openLmaAdmission } from '../../../cloud/live/lmaAdmission.ts';
import { createLmaFeed } from '../../../cloud/live/lmaFeed.ts';
import type { KnownGateway } from '../../../cloud/live/ports.ts';
import { halvesIn } from '../../../cloud/live/gatewayEvents.ts';
import { createMemoryStore } from '../memoryStore.ts';
import { answersOf, createFakeWire } from './fakeWire.ts';

function setUp() {
  const wire = createFakeWire();
  const told: string[] = [];
  wire.answers = answersOf();
  const start = () =>
    createLmaFeed({
      name: 'lma1',
      socket: '/run/lma.sock',
      capture: true,
      wire,
      onEvents: (e) => told.push(e.kind),
      onPacket: (p) => told.push(`packet ${p.packet}`),
      onSessions: () => {
        told.push('all');
        return { row: (s) => told.push(`row ${s.index ?? '?'}`), end: () => told.push('end') };
      },
      onReachable: () => told.push('reachable'),
    });
  return { wire, told, start };
}
const page = (index: number) => ({ kind: 'page', sessions: [{ index }] });

it('follows, asks for all sessions, captures, and knows pools and counters', async () => {
  const { wire, told, start } = setUp();
  const feed = start();
  wire.open.get('follow')?.onEvent({ kind: 'on' });
  expect(wire.open.get('show lma-service sessions')?.request).toMatchObject({ indexed: true });
  wire.open.get('show lma-service sessions')?.onEvent(page(7));
  wire.open.get('show lma-service sessions')?.onEvent({ kind: 'end', sessions: 1 });
  wire.open.get('capture')?.onEvent({ kind: 'packet', at: 1, packet: 'YQ==' });
  wire.open.get('follow')?.onEvent({ kind: 'happened', all: [] });
  await wire.pass(0);
  expect(told).toEqual(['all', 'on', 'row 7', 'end', 'packet YQ==', 'happened', 'reachable']);
  expect(feed.state()).toEqual({ reachable: true, role: 'alone', services: [{ name: 'homes', pools: [{ pool: 'v4', family: 'ipv4', used: 3, free: 7 }] }], statistics: { 'pbu-received': 4 }, gateways: 1 });
});

it('what was lost is made good by all sessions anew', async () => {
  const { wire, told, start } = setUp();
  start();
  wire.open.get('follow')?.onEvent({ kind: 'on' });
  wire.open.get('follow')?.onEvent({ kind: 'lost', events: 3 });
  expect(told.filter((t) => t === 'all')).toHaveLength(2);
});

it('one that ends is asked again until it is back, and is heard anew then', async () => {
  const { wire, told, start } = setUp();
  const feed = start();
  wire.open.get('follow')?.onEvent({ kind: 'on' });
  await wire.pass(0);
  wire.die('closed');
  expect(feed.state()).toMatchObject({ reachable: false, reason: 'what happens there is not heard: closed' });
  await wire.pass(60_000);
  expect(feed.state()).toMatchObject({ reachable: false, reason: 'nothing listens' });
  wire.answers = answersOf();
  told.length = 0;
  await wire.pass(6000);
  wire.open.get('follow')?.onEvent({ kind: 'on' });
  expect(told).toEqual(['reachable', 'all', 'on']);
  expect(feed.state().reachable).toBe(true);
});

it('one that is started later is reachable as soon as it is heard', async () => {
  const { wire, start } = setUp();
  wire.answers = undefined;
  const feed = start();
  await wire.pass(0);
  expect(feed.state()).toMatchObject({ reachable: false });
  wire.answers = answersOf();
  await wire.pass(2000);
  wire.open.get('follow')?.onEvent({ kind: 'on' });
  await wire.pass(0);
  expect(feed.state().reachable).toBe(true);
});

it('one that hangs keeps its connections, and is unreachable nevertheless', async () => {
  const { wire, start } = setUp();
  const feed = start();
  wire.open.get('follow')?.onEvent({ kind: 'on' });
  await wire.pass(0);
  wire.answers = () => new Promise(() => undefined);
  wire.signals.length = 0;
  await wire.pass(11_000);
  expect(feed.state()).toMatchObject({ reachable: false, reason: 'lma1 did not answer within 5 s: it hangs, or is very busy' });
  await wire.pass(3_600_000);
  const waiting = wire.signals.filter((s) => !s.aborted);
  expect([wire.signals.length > 300, waiting.length <= 1]).toEqual([true, true]);
});

it('a standby answers, and says why it has nothing', async () => {
  const { wire, start, told } = setUp();
  wire.answers = answersOf({ 'show standby': { role: 'standby' } });
  const feed = start();
  wire.open.get('follow')?.onEnd('the process is starting');
  await wire.pass(0);
  expect(feed.state()).toMatchObject({ reachable: true, role: 'standby', reason: 'it stands by: the other anchor is active' });
  expect(told).toEqual(['reachable']);
  await wire.pass(60_000);
  expect(told).toEqual(['reachable']);
});

it('a standby whose turn has come is told anew who may register', async () => {
  const { wire, told, start } = setUp();
  wire.answers = answersOf({ 'show standby': { role: 'standby' } });
  start();
  await wire.pass(0);
  wire.answers = answersOf({ 'show standby': { role: 'active' } });
  await wire.pass(5000);
  expect(told).toEqual(['reachable', 'reachable']);
});

it('one that answers but cannot be followed says so, whatever it answers', async () => {
  const { wire, start } = setUp();
  const feed = start();
  await wire.pass(0);
  wire.open.get('follow')?.onEnd('unknown command "follow"');
  await wire.pass(20_000);
  expect(feed.state()).toMatchObject({ reachable: false, reason: 'what happens there is not heard: unknown command "follow"' });
});

it('a list that breaks off is asked for again', async () => {
  const { wire, told, start } = setUp();
  start();
  wire.open.get('follow')?.onEvent({ kind: 'on' });
  wire.open.get('show lma-service sessions')?.onEnd('closed');
  await wire.pass(1000);
  expect(told.filter((t) => t === 'all')).toHaveLength(2);
});

it('when it is closed nothing is asked any more', async () => {
  const { wire, start } = setUp();
  const feed = start();
  await wire.pass(0);
  feed.close();
  wire.asked.length = 0;
  await wire.pass(600_000);
  expect([wire.asked, wire.open.size]).toEqual([[], 0]);
});

const EVENT = { sequence: 1, at: 5, kind: 'attach', trace: 'a'.repeat(32), station: 'mn-1', stages: { associated: 0 } };

it.each<[string, unknown, number, number]>([
  ['a batch', { session: 1, events: [EVENT, { ...EVENT, sequence: 2, kind: 'refused', reason: 'no' }, { kind: 'notice', level: 'info', text: 'x' }, { kind: 'detach' }] }, 2, 0],
  ['no batch', 'hello', 0, 1],
  ['null', null, 0, 1],
  ['too many', { session: 1, events: Array.from({ length: 1001 }, () => EVENT) }, 0, 1],
  ['events that are none', { session: 1, events: [null, 7, { kind: 'attach' }, { ...EVENT, trace: '../../x' }, { ...EVENT, stages: { associated: 'now' } }, { ...EVENT, at: Number.NaN }] }, 0, 6],
])('of gateways: %s', (_, payload, halves, bad) => {
  let counted = 0;
  expect(halvesIn('gw-1', payload, { now: 5, may: () => true, onBad: (n) => (counted += n) })).toHaveLength(halves);
  expect(counted).toBe(bad);
});

describe('of a gateway whose owner is no friend', () => {
  const NOW = 1_800_000_000_000;
  const heard = (...events: unknown[]) => {
    let bad = 0;
    return { halves: halvesIn('gw-1', { session: 1, events }, { now: NOW, may: () => true, onBad: (n) => (bad += n) }), bad };
  };

  it.each([1e300, -1e300, 8.64e15 + 1, 0, NOW + 3_600_000, NOW - 2 * 86_400_000])('a time that is none, such as %s, is the time at which it was told', (at) => {
    expect(heard({ ...EVENT, at }, { ...EVENT, at, kind: 'refused', reason: 'no' }).halves.map((h) => h.at)).toEqual([NOW, NOW]);
  });

  it('a time of today stays, though its clock is a little ahead', () => {
    expect(heard({ ...EVENT, at: NOW - 3_600_000.4 }, { ...EVENT, at: NOW + 9000 }).halves.map((h) => h.at)).toEqual([NOW - 3_600_000, NOW + 9000]);
  });

  it.each<[string, object]>([
    ['a pseudonym of the cloud', { station: 'mn-0123456789abcdef' }],
    ['words', { station: 'ask for my password at +49 …' }],
    ['stages that take for ever', { stages: { associated: 0, pathsSwitched: 1e300 } }],
    ['hundreds of stages', { stages: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`s${i}`, 1])) }],
  ])('%s is no event', (_, more) => {
    expect(heard({ ...EVENT, ...more })).toEqual({ halves: [], bad: 1 });
  });
});

describe('who may register', () => {
  const GATEWAYS = [{ identity: 'm1', key: 'aa' }, { identity: 'm2', key: 'bb', revoked: {} }, { identity: 'm4', key: 'cc', revoked: {} }];
  async function open(gateways: readonly KnownGateway[] = [], store = createMemoryStore()) {
    const wire = createFakeWire();
    const errors: string[] = [];
    wire.answers = answersOf({ 'show lma gateways': [{ id: 'm2', source: 'admitted' }, { id: 'm9', source: 'admitted' }, { id: 'm3', source: 'configured' }] });
    const lmas = [{ name: 'lma1', ask: (request: Parameters<typeof wire.ask>[1]) => wire.ask('lma1', request, new AbortController().signal) }];
    return { wire, errors, store, admission: await openLmaAdmission({ lmas, gateways: () => gateways, store, onError: (e) => errors.push(e.message) }) };
  }

  it('an LMA that comes back is told whom it missed and whom to send away; whom others admitted stays', async () => {
    const { wire, admission } = await open(GATEWAYS);
    await admission.sync('lma1');
    expect(wire.asked.slice(1)).toEqual([{ command: 'admit gateway', gateways: [{ id: 'm1', key: 'aa' }] }, { command: 'dismiss gateway', id: 'm2' }]);
  });

  it('what it does not take of some keeps nobody else from being told, nor from being sent away', async () => {
    const { wire, admission, errors } = await open([...Array.from({ length: 301 }, (_, n) => ({ identity: `g${n}`, key: 'aa' })), ...GATEWAYS]);
    const answers = wire.answers;
    wire.answers = (request) => {
      if (request.command === 'admit gateway' && (request['gateways'] as { id: string }[])[0]?.id === 'g0') throw new Error('g7 stands in mobile-access-gateways');
      return answers?.(request);
    };
    await admission.sync('lma1');
    expect(wire.asked.slice(2).map((r) => r['id'] ?? (r['gateways'] as { id: string }[]).map((g) => g.id))).toEqual([['g300', 'm1'], 'm2']);
    expect(errors).toHaveLength(1);
  });

  it('who is revoked or removed while an LMA is told all is sent away again', async () => {
    const gateways: KnownGateway[] = [{ identity: 'm1', key: 'aa' }, { identity: 'm5', key: 'bb' }, { identity: 'm6', key: 'cc' }];
    const { wire, admission } = await open(gateways);
    const answers = wire.answers;
    wire.answers = (request) => {
      if (request.command === 'admit gateway') gateways.splice(1, 2, { identity: 'm5', key: 'bb', revoked: {} });
      return answers?.(request);
    };
    await admission.sync('lma1');
    expect(wire.asked.slice(2)).toEqual([{ command: 'dismiss gateway', id: 'm5' }, { command: 'dismiss gateway', id: 'm6' }]);
  });

  it('many are admitted some hundreds at a time', async () => {
    const { wire, admission } = await open(Array.from({ length: 700 }, (_, n) => ({ identity: `m${n}`, key: 'aa' })));
    await admission.sync('lma1');
    expect(wire.asked.slice(1).map((r) => (r['gateways'] as unknown[]).length)).toEqual([300, 300, 100]);
  });

  it.each(['no gateway m7 was admitted', 'm7 stands in mobile-access-gateways: remove it there'])('a gateway that an LMA never admitted is nothing to end: %s', async (words) => {
    const { wire, admission, errors, store } = await open();
    wire.answers = () => {
      throw new Error(words);
    };
    await admission.dismiss('m7');
    expect([errors, await store.list('dismissals')]).toEqual([[], []]);
  });

  it('an LMA that is away sends away when it is back, even if the home and this process are gone by then', async () => {
    const first = await open();
    first.wire.answers = undefined;
    await first.admission.dismiss('m5');
    expect(first.errors).toEqual(['LMA lma1 was not told which gateways may register, and will be when it answers: nothing listens']);
    const second = await open([], first.store);
    await second.admission.sync('lma1');
    expect(second.wire.asked).toContainEqual({ command: 'dismiss gateway', id: 'm5' });
    expect(await first.store.list('dismissals')).toEqual([]);
  });

  it('what was stored with the end of a home is done after a crash', async () => {
    const first = await open();
    await first.store.commit(first.admission.dismissal('m6'));
    const second = await open([], first.store);
    await second.admission.sync('lma1');
    expect([second.wire.asked.at(-1), await first.store.list('dismissals')]).toEqual([{ command: 'dismiss gateway', id: 'm6' }, []]);
  });

  it('one that is admitted again meanwhile stays', async () => {
    const { wire, admission, store } = await open();
    wire.answers = undefined;
    await admission.dismiss('m5');
    await admission.admit('m5', 'dd');
    expect(await store.list('dismissals')).toEqual([]);
    wire.answers = answersOf();
    wire.asked.length = 0;
    await admission.sync('lma1');
    expect(wire.asked.map((r) => r.command)).toEqual(['show lma gateways']);
  });
});
