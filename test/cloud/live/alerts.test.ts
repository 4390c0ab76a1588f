/** Alerts: when each rule finds something, how long it must last, and that five hundred homes are one alert. */
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { alarmsIn, RULES, type Sight } from '../../../cloud/live/alertRules.ts';
import { openAlerts } from '../../../cloud/live/alerts.ts';
import type { Alert, Lma } from '../../../cloud/api/resources/network.ts';
import type { Home } from '../../../cloud/api/resources/homes.ts';
import { createMemoryStore } from '../memoryStore.ts';

const START = 1_800_000_000_000;
const MINUTE = 60_000;
const none = { status: 'none', problems: [] } as const;
const home = (n: number, more: Partial<Home> = {}): Home => ({ id: `gw-${n}`, name: `Home ${n}`, group: 'all', status: 'online', reasons: [], identity: `m${n}`, subscribers: 0, bytesUp: 0, bytesDown: 0, configuration: { profiles: none, timers: none, lmas: none, limits: none }, ...more });
const homes = (count: number, more: Partial<Home> = {}): Home[] => Array.from({ length: count }, (_, n) => home(n, more));
const lma = (more: Partial<Lma> = {}): Lma => ({ name: 'lma1', reachable: true, bindings: 0, pools: [], gateways: 0, statistics: {}, ...more });
const figures = (more: Partial<Sight['figures']> = {}): Sight['figures'] => ({ perMinute: 0, success: 1, p50: 10, p90: 10, p99: 10, attempts: 100, timed: 100, ...more });
const sight = (more: Partial<Sight> = {}): Sight => ({ now: START, homes: homes(3), lmas: [lma()], figures: figures(), rollouts: [], broker: true, clockRefusals: new Map(), goes: () => false, ...more });
const found = (more: Partial<Sight>): string[] => alarmsIn(sight(more)).map((a) => `${a.rule} ${a.about ?? ''}`.trim());
const pool = (used: number): Lma => lma({ pools: [{ name: 'v4', service: 'homes', family: 'ipv4', size: 100, used }] });

describe('the rules', () => {
  it('find nothing where all is well', () => {
    expect(found({})).toEqual([]);
  });

  it.each<[string, Partial<Sight>, string[]]>([
    ['a home that is offline', { homes: [home(1, { status: 'offline' }), home(2)] }, ['home offline gw-1']],
    ['five hundred homes at once, as one', { homes: homes(500, { status: 'offline' }) }, ['home offline many']],
    ['no home while the broker is gone, but the broker', { homes: homes(500, { status: 'offline' }), broker: false }, ['broker']],
    ['an LMA that does not answer, and not what fails for it', { lmas: [lma({ reachable: false, reason: 'gone' })], figures: figures({ success: 0.1 }) }, ['lma unreachable lma1']],
    ['too many failures', { figures: figures({ success: 0.94 }) }, ['success']],
    ['not those of a few attempts', { figures: figures({ success: 0.5, attempts: 19 }) }, []],
    ['slow handovers', { figures: figures({ p99: 1001 }) }, ['slow']],
    ['a pool that is nearly full', { lmas: [pool(91)] }, ['pool lma1 v4']],
    ['a clock that is wrong', { clockRefusals: new Map([['gw-1', 3], ['gw-2', 2]]) }, ['clock gw-1']],
    ['a certificate that ends', { homes: [home(1, { certificateExpires: START + 86_400_000 }), home(2, { certificateExpires: START + 15 * 86_400_000 }), home(3, { certificateExpires: 1, status: 'revoked' })] }, ['certificate gw-1']],
    ['a rollout that was stopped today', { rollouts: [{ id: 'r1', status: 'rolled back', reason: 'worse', concern: 'timers', endedAt: START - MINUTE }, { id: 'r2', status: 'rolled back', reason: 'worse', concern: 'timers', endedAt: START - 2 * 86_400_000 }, { id: 'r3', status: 'done', reason: '', concern: 'timers' }, { id: 'r4', status: 'rolled back', reason: 'rolled back by ada', concern: 'timers', endedAt: START }] }, ['rollout r1']],
    ['a document that was not taken', { homes: [home(1, { configuration: { profiles: { status: 'rejected', problems: [] }, timers: none, lmas: none, limits: none } })] }, ['document gw-1']],
  ])('%s', (_, more, wanted) => {
    expect(found(more)).toEqual(wanted);
  });

  it.each<[string, string, Partial<Sight>]>([
    ['success', '', { figures: figures({ success: 0.96 }) }],
    ['slow', '', { figures: figures({ p99: 900 }) }],
    ['pool', 'lma1 v4', { lmas: [pool(87)] }],
  ])('%s goes on until it is clearly better than where it began', (rule, about, more) => {
    expect(found(more)).toEqual([]);
    expect(found({ ...more, goes: (r) => r === rule })).toEqual([`${rule} ${about}`.trim()]);
  });

  it('each says what to do', () => {
    expect(RULES.filter((r) => r.advice.length < 40).map((r) => r.name)).toEqual([]);
  });
});

async function opened(store = createMemoryStore(), start = START) {
  const state = { sight: sight(), now: start };
  const published: Alert[] = [];
  const errors: Error[] = [];
  const alerts = await openAlerts({ store, live: { publish: (_, value) => void published.push(value as Alert) }, now: () => state.now, sight: (goes, now) => ({ ...state.sight, goes, now }), onError: (e) => void errors.push(e) });
  /** Every five seconds, as the shell does it. */
  const pass = (ms: number, more: Partial<Sight> = {}): void => {
    state.sight = sight(more);
    for (const until = state.now + ms; state.now < until; ) alerts.tick((state.now += 5000));
  };
  return { alerts, pass, published, errors, store, state };
}

describe('in time', () => {
  const off = { homes: [home(1, { status: 'offline' }), home(2)] };

  it('a home that is away for five minutes is told once, acknowledged, and over a while after it came back', async () => {
    const { alerts, pass, published } = await opened();
    pass(5 * MINUTE, off);
    expect(published).toEqual([]);
    pass(10_000, off);
    expect(published).toMatchObject([{ level: 'warn', home: 'gw-1', text: 'Home 1 is offline', since: START + 5000 }]);
    const [alert] = alerts.current();
    expect(alerts.acknowledge(alert?.id ?? '', 'ada')).toMatchObject({ acknowledgedBy: 'ada' });
    pass(MINUTE, off);
    expect(published).toHaveLength(2);
    pass(25_000);
    expect(alerts.current()).toHaveLength(1);
    pass(10_000);
    expect([alerts.current(), alerts.all()]).toMatchObject([[], [{ home: 'gw-1', endedAt: expect.any(Number) as number, acknowledgedBy: 'ada' }]]);
    expect(alerts.acknowledge(alert?.id ?? '', 'ada')).toBeUndefined();
  });

  it('a home that comes and goes within its five minutes is none', async () => {
    const { pass, published } = await opened();
    for (let i = 0; i < 5; i++) {
      pass(4 * MINUTE, off);
      pass(5000);
    }
    expect(published).toEqual([]);
  });

  it('while the broker is gone nothing is known of homes: what was said of them stays', async () => {
    const { alerts, pass } = await opened();
    pass(6 * MINUTE, off);
    pass(10 * MINUTE, { ...off, broker: false });
    expect(alerts.current().map((a) => a.text)).toEqual(['The broker does not answer: nothing is heard of the homes', 'Home 1 is offline']);
  });

  it('what goes on goes on after a restart, with its age', async () => {
    const first = await opened();
    first.pass(6 * MINUTE, off);
    await first.alerts.flush();
    const second = await opened(first.store, START + 7 * MINUTE);
    expect(second.alerts.current()).toEqual(first.alerts.current());
    second.pass(MINUTE, off);
    expect(second.published).toEqual([]);
    second.pass(MINUTE);
    expect(second.alerts.current()).toEqual([]);
  });

  it('a text that says something else by now is told anew, and is the same alert', async () => {
    const { pass, published } = await opened();
    pass(MINUTE, { lmas: [pool(91)] });
    pass(5000, { lmas: [pool(95)] });
    expect(published.map((a) => a.text)).toEqual(['Pool v4 of lma1 is nearly full: 91 of 100 in use', 'Pool v4 of lma1 is nearly full: 95 of 100 in use']);
    expect(new Set(published.map((a) => a.id)).size).toBe(1);
  });

  it('parts that know themselves raise one and clear it', async () => {
    const { alerts } = await opened();
    const alarm = { rule: 'disk', level: 'error', text: 'The disk is full', advice: 'Make room.' } as const;
    alerts.raise(alarm);
    alerts.raise(alarm);
    expect(alerts.current()).toMatchObject([{ text: 'The disk is full' }]);
    alerts.clear('disk');
    alerts.clear('disk');
    expect([alerts.current().length, alerts.all().length]).toEqual([0, 1]);
  });

  it('a store that refuses costs a word, not the alert: it is kept once the store is back', async () => {
    const { alerts, errors, store, pass } = await opened();
    store.refuse('full');
    alerts.raise({ rule: 'x', level: 'warn', text: 'x', advice: 'x' });
    await alerts.flush();
    expect([alerts.current().length, errors.map((e) => e.message)]).toEqual([1, ['alerts wait for the store: full']]);
    store.refuse(undefined);
    pass(5000);
    await alerts.flush();
    expect(await store.list('alerts')).toMatchObject([{ rule: 'x' }]);
  });

  it('while the store hangs, one record of each alert waits and one commit is asked for, whatever changes meanwhile', async () => {
    const store = createMemoryStore();
    const asked: number[] = [];
    const ends: (() => void)[] = [];
    const slow = {
      ...store,
      async commit(changes: Parameters<typeof store.commit>[0]) {
        asked.push(changes.length);
        await new Promise<void>((resolve) => ends.push(resolve));
        await store.commit(changes);
      },
    };
    const { alerts } = await opened(slow);
    for (let n = 0; n < 1000; n++) alerts.raise({ rule: 'x', about: String(n % 3), level: 'warn', text: `${n}`, advice: 'x' });
    expect(asked).toEqual([1]);
    ends[0]?.();
    await setImmediate();
    expect(asked).toEqual([1, 3]);
    ends[1]?.();
    await alerts.flush();
    expect(await store.list('alerts')).toMatchObject([{ about: '0', text: '999' }, { about: '1', text: '997' }, { about: '2', text: '998' }]);
  });

  it('those that are over are kept up to a number', async () => {
    const { alerts, store } = await opened();
    for (let n = 0; n < 505; n++) {
      alerts.raise({ rule: 'x', about: String(n), level: 'warn', text: 'x', advice: 'x' });
      alerts.clear('x', String(n));
    }
    await alerts.flush();
    expect([alerts.all().length, (await store.list('alerts')).length]).toEqual([500, 500]);
  });
});
