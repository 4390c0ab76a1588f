import { describe, expect, it } from 'vitest';
import { createLiveStream, type Bounds, type LiveStream, type Viewer } from '../../../cloud/api/sse.ts';
import { route } from '../../../cloud/api/route.ts';
import type { Alert } from '../../../cloud/api/resources/network.ts';
import type { PendingClaim } from '../../../cloud/api/resources/homes.ts';
import { apiWorld } from './world.ts';

const BOUNDS: Bounds = { ring: { events: 4, octets: 100_000 }, unread: 4096, perViewer: 2 };
const viewer = (more: Partial<Viewer> = {}): Viewer => ({ key: 'ana', role: 'viewer', alive: () => true, used: () => undefined, hangUp: () => undefined, ...more });
const removed = (live: LiveStream, id: string): void => live.publish('homeRemoved', { id });
const claim: PendingClaim = { gateway: 'gw-x', agent: '1', identity: 'x', firstSeen: 1, lastSeen: 1 };

/** Reads what is there now, and ends reading. */
async function readNow(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  const text: string[] = [];
  for (;;) {
    const next = await Promise.race([reader.read(), Promise.resolve().then(() => Promise.resolve()).then(() => undefined)]);
    if (!next || next.done) break;
    text.push(new TextDecoder().decode(next.value));
  }
  await reader.cancel();
  return text.join('');
}
const eventsIn = (text: string): string[] => [...text.matchAll(/id: (\S+)\nevent: (\S+)\ndata: (.*)\n\n/g)].map((m) => `${m[1]} ${m[2]} ${m[3]}`);

describe('live events', () => {
  it('come in order with ids; the first line is a place to come back to', async () => {
    const live = createLiveStream(BOUNDS, 'ab');
    removed(live, 'before');
    const stream = live.open(viewer(), '');
    removed(live, 'x');
    live.publish('overview', { homes: { online: 1, total: 2 }, subscribers: 3, handovers: { perMinute: 0, success: 1, p50: 0, p90: 0, p99: 0 } });
    const text = await readNow(stream);
    expect(text.startsWith('retry: 2000\nid: ab-1\n\n')).toBe(true);
    expect(eventsIn(text)).toEqual(['ab-2 homeRemoved {"id":"x"}', expect.stringContaining('ab-3 overview {"homes":{"online":1,"total":2}')]);
    expect(live.readers).toBe(0);
  });

  it.each([
    ['all that was missed', 'ab-3', ['ab-4 homeRemoved {"id":"4"}', 'ab-5 homeRemoved {"id":"5"}']],
    ['nothing when nothing was missed', 'ab-5', []],
    ['from the oldest that is kept', 'ab-1', ['ab-2', 'ab-3', 'ab-4', 'ab-5'].map((id, i) => `${id} homeRemoved {"id":"${i + 2}"}`)],
    ['reset when it is too long ago', 'ab-0', ['ab-5 reset {}']],
    ['reset for ids of a time before the restart', 'cd-3', ['ab-5 reset {}']],
    ['reset for an id that was never given', 'ab-9', ['ab-5 reset {}']],
    ['reset for nonsense', 'x\ny', ['ab-5 reset {}']],
  ])('whoever comes back gets %s', async (_what, lastEventId, expected) => {
    const live = createLiveStream(BOUNDS, 'ab');
    for (let i = 1; i <= 5; i++) removed(live, String(i));
    expect(eventsIn(await readNow(live.open(viewer(), lastEventId)))).toEqual(expected);
  });

  it('more than a reader can take at once is a reset', async () => {
    const live = createLiveStream({ ...BOUNDS, unread: 600 }, 'ab');
    removed(live, '1');
    removed(live, 'x'.repeat(300));
    expect(eventsIn(await readNow(live.open(viewer(), 'ab-1')))).toEqual(['ab-2 reset {}']);
  });

  it('the ring is bounded by octets, too', async () => {
    const live = createLiveStream({ ...BOUNDS, ring: { events: 100, octets: 500 } }, 'ab');
    for (let i = 0; i < 5; i++) removed(live, 'x'.repeat(100));
    expect(eventsIn(await readNow(live.open(viewer(), 'ab-1')))).toEqual(['ab-5 reset {}']);
    expect(eventsIn(await readNow(live.open(viewer(), 'ab-3')))).toHaveLength(2);
  });

  it('what was told of somebody who is erased is told to nobody again', async () => {
    const live = createLiveStream(BOUNDS, 'ab');
    for (let i = 1; i <= 3; i++) removed(live, String(i));
    live.forget();
    expect(eventsIn(await readNow(live.open(viewer(), 'ab-1')))).toEqual(['ab-3 reset {}']);
    removed(live, '4');
    expect(eventsIn(await readNow(live.open(viewer(), 'ab-3')))).toEqual(['ab-4 homeRemoved {"id":"4"}']);
  });

  it('claims are told to operators only, live and afterwards', async () => {
    const live = createLiveStream(BOUNDS, 'ab');
    const streams = [live.open(viewer(), ''), live.open(viewer({ role: 'operator' }), '')];
    live.publish('claim', claim);
    expect(await Promise.all(streams.map(async (s) => eventsIn(await readNow(s)).length))).toEqual([0, 1]);
    expect(eventsIn(await readNow(live.open(viewer(), 'ab-0')))).toEqual([]);
    expect(eventsIn(await readNow(live.open(viewer({ role: 'owner' }), 'ab-0')))).toHaveLength(1);
  });

  it('a reader that does not read is cut, and others are not', async () => {
    const live = createLiveStream(BOUNDS, 'ab');
    let hungUp = 0;
    live.open(viewer({ hangUp: () => (hungUp += 1) }), '');
    for (let i = 0; i < 50; i++) removed(live, 'x'.repeat(100));
    expect([live.readers, live.cut, hungUp]).toEqual([0, 1, 1]);
    const other = live.open(viewer(), '');
    removed(live, 'y');
    expect(eventsIn(await readNow(other))).toHaveLength(1);
  });

  it('heartbeats are comments', async () => {
    const live = createLiveStream(BOUNDS, 'ab');
    const stream = live.open(viewer(), '');
    live.tick(true);
    expect(await readNow(stream)).toBe('retry: 2000\nid: ab-0\n\n:\n\n');
  });

  it('a user has so many streams and no more; closed ones do not count', async () => {
    const live = createLiveStream(BOUNDS, 'ab');
    const first = live.open(viewer(), '');
    live.open(viewer(), '');
    expect(() => live.open(viewer(), '')).toThrow('2 streams');
    live.open(viewer({ key: 'bea' }), '');
    await first.cancel();
    live.open(viewer(), '');
    expect(live.readers).toBe(3);
  });

  it('are use of the session as long as they are open, with each heartbeat', () => {
    const live = createLiveStream(BOUNDS, 'ab');
    let used = 0;
    let alive = true;
    live.open(viewer({ used: () => (used += 1), alive: () => alive }), '');
    live.tick();
    expect(used).toBe(0);
    live.tick(true);
    live.tick(true);
    alive = false;
    live.tick(true);
    expect(used).toBe(2);
  });

  it('a display on a wall is not signed out while it shows, until the session is a week old', async () => {
    const world = await apiWorld();
    const stream = await world.response('GET', '/events', { as: 'viewer' });
    const HOUR = 3_600_000;
    const signedIn = async () => (await world.ask('GET', '/session', { as: 'viewer' })).json !== null;
    for (let hour = 0; hour < 7 * 24 - 1; hour++) {
      world.now += HOUR;
      world.live.tick(true);
      await world.access.sessions.tick();
    }
    expect([world.live.readers, await signedIn()]).toEqual([1, true]);
    world.now += HOUR;
    world.live.tick(true);
    expect([world.live.readers, await signedIn()]).toEqual([0, false]);
    await stream.body?.cancel();
    const other = await apiWorld();
    other.now += 12 * HOUR;
    expect((await other.ask('GET', '/session', { as: 'viewer' })).json).toBe(null);
  });

  it('end when the viewer is signed out, and when the cloud ends', async () => {
    const live = createLiveStream(BOUNDS, 'ab');
    let alive = true;
    const stream = live.open(viewer({ alive: () => alive }), '');
    live.open(viewer(), '');
    alive = false;
    live.tick();
    removed(live, 'secret');
    expect(eventsIn(await readNow(stream))).toEqual([]);
    expect(live.readers).toBe(1);
    live.close();
    expect(live.readers).toBe(0);
  });

  it('text with line ends stays one event', async () => {
    const live = createLiveStream(BOUNDS, 'ab');
    const stream = live.open(viewer(), '');
    const alert: Alert = { id: 'a', level: 'warn', text: 'one\n\nevent: reset\ndata: {}\n\n', advice: '\r', since: 1 };
    live.publish('alert', alert);
    const events = eventsIn(await readNow(stream));
    expect(events).toHaveLength(1);
    expect(JSON.parse(events[0]?.replace('ab-1 alert ', '') ?? '')).toEqual(alert);
  });
});

describe('GET /events', () => {
  it('is for those who are signed in, and goes on behind Last-Event-ID', async () => {
    const world = await apiWorld();
    expect((await world.ask('GET', '/events')).status).toBe(401);
    const first = await world.response('GET', '/events', { as: 'viewer' });
    expect([first.status, first.headers.get('content-type'), first.headers.get('cache-control'), first.headers.get('x-accel-buffering')]).toEqual([200, 'text/event-stream', 'no-store', 'no']);
    removed(world.live, 'x');
    const text = first.body ? await readNow(first.body) : '';
    const id = /id: (\S+)/.exec(text)?.[1] ?? '';
    for (const [path, headers] of [['/events', { 'last-event-id': id }], [`/events?after=${id}`, {}]] as const) {
      const again = await world.response('GET', path, { as: 'viewer', headers });
      expect(eventsIn(again.body ? await readNow(again.body) : '')).toEqual([expect.stringContaining('homeRemoved {"id":"x"}')]);
    }
  });

  it('HEAD opens no stream', async () => {
    const world = await apiWorld();
    const head = await world.response('HEAD', '/events', { as: 'viewer' });
    expect([head.status, head.headers.get('content-type'), world.live.readers]).toEqual([200, 'text/event-stream', 0]);
  });

  it('ends for those who are removed, and not for others', async () => {
    const world = await apiWorld([route({ method: 'GET', path: '/x', role: 'viewer', summary: 'X.', answer: 'nothing', handle: () => undefined })]);
    const [viewers, operators] = await Promise.all((['viewer', 'operator'] as const).map((as) => world.response('GET', '/events', { as })));
    expect(world.live.readers).toBe(2);
    world.access.sessions.onEnd(() => world.live.tick());
    await world.ask('DELETE', `/users/${world.access.users.byName('viewer')?.id}`, { as: 'owner' });
    expect(world.live.readers).toBe(1);
    removed(world.live, 'x');
    expect(eventsIn(viewers?.body ? await readNow(viewers.body) : '')).toEqual([]);
    expect(eventsIn(operators?.body ? await readNow(operators.body) : '')).toHaveLength(1);
  });
});
