/** Sessions in pages: what is asked for, all of it, at the reader's speed. */
import { describe, expect, it } from 'vitest';
import { sessionStream, type SessionEvent, type ShownSession } from '../../cloud/sessions.ts';
import { census } from '../../cloud/observe/census.ts';
import { readiness, type HealthSources } from '../../cloud/observe/health.ts';
import { namedStatistics, sumOf } from '../../cloud/observe/statistics.ts';
import type { BindingCacheEntry } from '../../cloud/lma/bindingCache.ts';
import type { Lma } from '../../cloud/lma/lma.ts';
import { createStatistics } from '../../cloud/lma/statistics.ts';
import type { Stream } from '../../runtime/control.ts';

type Facts = Partial<Pick<BindingCacheEntry, 'mag' | 'proxyCoa' | 'state' | 'apn'>> & { readonly mn?: string };
const entry = (index: number, { mn = `mn${index}`, ...facts }: Facts = {}) => ({
  index, mnId: { subtype: 1, identifier: `${mn}@example.com` }, linkLayerId: undefined, state: 'ACTIVE', apn: 'example.com', homeAddress: { address: `192.0.${index >> 8}.${index & 255}` },
  prefixes: [{ address: `2001:db8:f00d:${index.toString(16)}::`, length: 64 }], mag: 'm1@d1', proxyCoa: '2001:db8::1', encapsulation: 'gre6', lifetime: 3600, expiresAt: 5000, uplinkKey: 1, downlinkKey: 2, ...facts,
});
/** As much of an anchor as is looked at. */
const anchor = (entries: readonly ReturnType<typeof entry>[], looked: string[] = []) =>
  ({
    cache: {
      all: () => (looked.push('all'), entries.values()),
      ofNode: ({ identifier }: { identifier: string }) => (looked.push(identifier), new Set(entries.filter((e) => e.mnId.identifier === identifier))),
    },
    policy: { node: () => undefined, apn: () => undefined },
    qosRequests: new Map(),
  }) as unknown as Lma;

interface Reader {
  readonly pages: number[];
  readonly sessions: ShownSession[];
  readonly end: SessionEvent | undefined;
}

/** Reads all of it; `slow`: every other page finds it busy once. `leaveAfter`: goes away after so many pages. */
async function read(lmas: readonly Lma[], request: Record<string, unknown> = {}, { slow = false, leaveAfter = Infinity } = {}): Promise<Reader> {
  const pages: number[] = [];
  const sessions: ShownSession[] = [];
  let close: () => void = () => undefined;
  let busy = slow;
  const services = lmas.map((lma, i) => ({ name: `lma${i + 1}`, lma }));
  const begin = sessionStream({ services, paths: { counters: () => undefined, policed: () => undefined }, shown: (identity) => identity, now: () => ({ at: 0, wall: 0 }) })({ ...request, command: 'show lma-service sessions' });
  const end = await new Promise<SessionEvent | undefined>((resolve) => {
    const stream: Stream = {
      send(event) {
        if (busy) return (busy = false);
        busy = slow;
        const page = event as Extract<SessionEvent, { kind: 'page' }>;
        pages.push(page.sessions.length);
        sessions.push(...page.sessions);
        if (pages.length >= leaveAfter) {
          close();
          setImmediate(() => setImmediate(() => resolve(undefined)));
        }
        return true;
      },
      drained: () => Promise.resolve(),
      end: (event) => resolve(event as SessionEvent),
      onClose: (call) => void (close = call),
    };
    begin(stream);
  });
  return { pages, sessions, end };
}

describe('show lma-service session', () => {
  it('sends everything once, in pages, also to a slow reader', async () => {
    const many = Array.from({ length: 2500 }, (_, i) => entry(i + 1));
    for (const slow of [false, true]) {
      const { pages, sessions, end } = await read([anchor(many)], {}, { slow });
      expect(pages).toEqual(Array.from({ length: 10 }, () => 250));
      expect(new Set(sessions.map((s) => s.mnnai)).size).toBe(2500);
      expect(end).toEqual({ kind: 'end', sessions: 2500 });
    }
  });

  it('ends without a page when there is nobody', async () => {
    expect(await read([anchor([])])).toEqual({ pages: [], sessions: [], end: { kind: 'end', sessions: 0 } });
  });

  it('sends no more to one who left', async () => {
    const { pages } = await read([anchor(Array.from({ length: 5000 }, (_, i) => entry(i + 1)))], {}, { leaveAfter: 2 });
    expect(pages).toHaveLength(2);
  });

  it.each([
    [{ mag: 'm2@d1' }, ['mn2']],
    [{ mag: '2001:db8::9' }, ['mn2']],
    [{ state: 'released' }, ['mn3']],
    [{ apn: 'Other.Example' }, ['mn4']],
    [{ address: '192.0.0.3' }, ['mn3']],
    [{ address: '2001:0DB8:f00d:4::17' }, ['mn4']],
    [{ address: '2001:db8:f00d:5::' }, []],
    [{ nai: 'mn1@example.com' }, ['mn1']],
    [{ nai: 'mn1@example.com', state: 'released' }, []],
  ])('filtered by %j shows %j', async (filter, nodes) => {
    const all = [entry(1), entry(2, { mag: 'm2@d1', proxyCoa: '2001:db8::9' }), entry(3, { state: 'RELEASED' }), entry(4, { apn: 'other.example' })];
    expect((await read([anchor(all)], filter)).sessions.map((s) => s.mnnai.split('@')[0])).toEqual(nodes);
  });

  it('one subscriber is found without looking at the others', async () => {
    const looked: string[] = [];
    await read([anchor([entry(1)], looked)], { nai: 'mn1@example.com' });
    expect(looked).toEqual(['mn1@example.com']);
  });

  it('names the service where there are several', async () => {
    const { sessions } = await read([anchor([entry(1)]), anchor([entry(2)])]);
    expect(sessions.map((s) => [s['lma-service'], s.mnnai])).toEqual([['lma1', 'mn1@example.com'], ['lma2', 'mn2@example.com']]);
  });

  it.each([[{ address: 'nowhere' }, 'nowhere: expected an address'], [{ mag: 7 }, 'mag is a text'], [{ state: 'gone' }, 'gone: expected a state, ACTIVE or RELEASED'], [{ nai: [] }, 'nai is a text']])('refuses %j in words', async (filter, words) => {
    await expect(read([anchor([])], filter)).rejects.toThrow(words);
  });
});

it('the census counts by APN and state', async () => {
  const all = [...Array.from({ length: 5000 }, (_, i) => entry(i + 1)), entry(6000, { state: 'RELEASED' }), entry(6001, { apn: 'b' })];
  expect(await census(anchor(all))).toEqual([{ apn: 'example.com', state: 'ACTIVE', bindings: 5000 }, { apn: 'example.com', state: 'RELEASED', bindings: 1 }, { apn: 'b', state: 'ACTIVE', bindings: 1 }]);
});

it('triggers and statuses are counted by name, and services add up', () => {
  const one = { ...createStatistics(), 'pbu-received': 2, dropped: { 'not-proxy': 9 }, pbri: { 3: 1, 77: 1 }, pbra: { 0: 4 } };
  const named = namedStatistics(one);
  expect(named).toMatchObject({ 'pbu-received': 2, pbri: { 'handover-different-att': 1, 77: 1 }, pbra: { success: 4 } });
  expect(named).not.toHaveProperty('dropped');
  expect(sumOf([named, named, namedStatistics(createStatistics())])).toMatchObject({ 'pbu-received': 4, pbri: { 'handover-different-att': 2, 77: 2 }, pba: {} });
});

describe('readiness', () => {
  const well: HealthSources = { standing: () => undefined, services: () => [{ name: 'lma1', open: true }], storeFault: () => undefined, devices: () => [{ device: 'pmip0', state: 'up' }] };
  const why = (more: Partial<HealthSources>): string[] => readiness({ ...well, ...more }).checks.filter((c) => !c.ok).map((c) => `${c.name}: ${c.reason}`);

  it('is there when gateways are heard, bindings stored and tunnels attached', () => {
    expect(readiness(well)).toMatchObject({ ready: true });
  });

  it.each<[Partial<HealthSources>, string]>([
    [{ services: () => [{ name: 'lma1', open: true }, { name: 'lma2', open: false }] }, 'signalling: not yet open: lma2'],
    [{ standing: () => 'this anchor stands by', services: () => [] }, 'signalling: this anchor stands by'],
    [{ storeFault: () => 'disk full' }, 'store: the last commit failed, and no gateway gets an answer until one succeeds: disk full'],
    [{ devices: () => [{ device: 'wan0', state: 'missing' }, { device: 'pmip0', state: 'up' }] }, 'data path: wan0 is missing'],
    [{ devices: () => { throw new Error('no addon'); } }, 'data path: no addon'],
  ])('is not, and says why %#', (more, reason) => {
    expect(readiness({ ...well, ...more }).ready).toBe(false);
    expect(why(more)).toEqual([reason]);
  });
});
