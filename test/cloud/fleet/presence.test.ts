/** Births, deaths and heartbeats, in whatever order they come; the words for what follows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beat, born, died, silenced, spoken, UNHEARD, type Presence } from '../../../cloud/fleet/presence.ts';
import type { GatewayRecord } from '../../../cloud/fleet/records.ts';
import { configurationOf, statusOf } from '../../../cloud/fleet/status.ts';
import type { Birth, Heartbeat } from '../../../runtime/fleet/messages.ts';
import { CONCERNS } from '../../../runtime/fleet/topics.ts';

const birth = (session: number, at = session): Birth => ({ state: 'ready', session, agent: '1', identity: 'm', can: { concerns: [], commands: [], telemetry: [] }, at });
const heartbeat = (session: number, more: Partial<Heartbeat> = {}): Heartbeat => ({
  session, at: 0, uptime: 10, running: {}, bindings: 1, sharing: { paused: false }, counters: { attached: 0, refused: 0, handovers: 0, bytesUp: 0, bytesDown: 0 }, lmas: [], memory: 1, ...more,
});
const lost = (session: number) => ({ state: 'lost' as const, session });

describe('a gateway', () => {
  it('comes with its birth, stays with its heartbeats and goes with its will', () => {
    const came = born(UNHEARD, birth(1), 10);
    const beaten = beat(came, heartbeat(1), 20);
    const gone = died(beaten, lost(1), 30);
    expect([came, beaten, gone].map((p) => [p.online, p.since, p.lastSeen])).toEqual([[true, 10, 10], [true, 10, 20], [false, 30, 20]]);
  });

  it('is not gone by the will of an old connection, nor there again by what was under way on it', () => {
    const second = born(born(UNHEARD, birth(1), 10), birth(2), 20);
    expect(died(second, lost(1), 30)).toBe(second);
    const gone = died(second, lost(2), 40);
    expect([beat(gone, heartbeat(2), 50), beat(gone, heartbeat(1), 50), died(gone, lost(2), 60)]).toEqual([gone, gone, gone]);
    expect(beat(gone, heartbeat(3), 50).online).toBe(true);
  });

  it('that fell silent is there again with its next heartbeat', () => {
    const silent = silenced(born(UNHEARD, birth(1), 10), 200);
    expect([silent.online, silent.gone, silent.since]).toEqual([false, 'silent', 200]);
    expect(beat(silent, heartbeat(1), 300)).toMatchObject({ online: true, since: 300 });
    expect(silenced(silent, 400)).toBe(silent);
  });

  it('that lost its disk counts its connections from the beginning, and is believed for being later', () => {
    const before = born(UNHEARD, birth(50, 1000), 1000);
    expect(born(before, birth(1, 900), 2000)).toBe(before);
    expect(born(before, birth(1, 2000), 2000).session).toBe(1);
  });

  it('whose agent is started anew loses no octet of its sums', () => {
    const counters = (bytesUp: number) => ({ attached: 0, refused: 0, handovers: 0, bytesUp, bytesDown: 2 * bytesUp });
    const first = beat(born(UNHEARD, birth(1), 1), heartbeat(1, { uptime: 100, counters: counters(70) }), 2);
    const again = beat(born(first, birth(2), 3), heartbeat(2, { uptime: 1, counters: counters(5) }), 4);
    expect(again.bytes).toEqual({ up: 70, down: 140 });
    expect(beat(again, heartbeat(2, { uptime: 9, counters: counters(6) }), 5).bytes).toEqual({ up: 70, down: 140 });
  });

  it('counts nothing twice, however often its messages come again', () => {
    const message = fc.oneof(
      fc.nat(3).map((s) => (p: Presence, now: number) => born(p, birth(s), now)),
      fc.nat(3).map((s) => (p: Presence, now: number) => died(p, lost(s), now)),
      fc.tuple(fc.nat(3), fc.nat(9)).map(([s, up]) => (p: Presence, now: number) => beat(p, heartbeat(s, { uptime: 10 * s + up, counters: { attached: 0, refused: 0, handovers: 0, bytesUp: 10 * s + up, bytesDown: 0 } }), now)),
    );
    fc.assert(
      fc.property(fc.array(message), (messages) => {
        const once = messages.reduce((p, m, i) => m(p, i), UNHEARD);
        const twice = messages.reduce((p, m, i) => m(m(p, i), i), UNHEARD);
        expect(twice).toEqual(once);
      }),
    );
  });
});

describe('its configuration', () => {
  const desired = { rev: 2, hash: 'b' };
  const running = (rev: number, hash: string) => beat(born(UNHEARD, birth(1), 1), heartbeat(1, { running: { timers: { rev, hash } } }), 2);

  it.each([
    ['nothing is desired', undefined, UNHEARD, 'none'],
    ['nothing was said yet', desired, UNHEARD, 'pending'],
    ['it runs the one before', desired, running(1, 'a'), 'pending'],
    ['the report was lost, but it runs it', desired, running(2, 'b'), 'applied'],
    ['it runs another one of that number', desired, running(2, 'x'), 'pending'],
    ['it reported', desired, spoken(running(1, 'a'), 'timers', { ...desired, status: 'rejected', problems: [], running: null, at: 0 }), 'rejected'],
    ['the report is about the one before', desired, spoken(UNHEARD, 'timers', { rev: 1, hash: 'a', status: 'rejected', problems: [], running: null, at: 0 }), 'pending'],
  ] as const)('%s', (_, wanted, presence, status) => expect(configurationOf(wanted, presence, 'timers').status).toBe(status));
});

describe('how it is, in words', () => {
  const record: GatewayRecord = { id: 'g', name: 'n', group: 'homes', identity: 'm', createdAt: 0, key: '', desired: {} };
  const none = Object.fromEntries(CONCERNS.map((c) => [c, { status: 'none', problems: [] }])) as unknown as Parameters<typeof statusOf>[2];
  const there = (more: Partial<Heartbeat> = {}) => beat(born(UNHEARD, birth(1), 0), heartbeat(1, more), 0);
  const of = (presence: Presence, more: Partial<GatewayRecord> = {}, configuration = none) => statusOf({ ...record, ...more }, presence, configuration, 0);

  it.each([
    ['online', there(), {}, []],
    ['offline', UNHEARD, {}, ['it was not heard of yet: is its agent running, and does it reach the broker?']],
    ['offline', died(there(), lost(1), 1), {}, ['its connection broke: look at the power and the internet line of the home']],
    ['offline', silenced(there(), 1), {}, ['it sends no heartbeats any more: look at the power and the internet line of the home, and at the log of its agent']],
    ['revoked', there(), { revoked: { at: 0, by: 'ann', reason: 'stolen' } }, ['revoked by ann: stolen; to have it back, remove it here and claim it anew']],
    ['paused', there({ sharing: { paused: true } }), {}, ['its owner paused sharing']],
    ['degraded', there({ lmas: [{ id: 'lma1', reachable: false }, { id: 'lma2', reachable: true }] }), {}, ['the LMA lma1 does not answer it: is that running, and do packets of the home reach it?']],
    ['degraded', there({ at: 7000 }), {}, ['its clock is 7 s ahead: LMAs refuse its time stamps; is its NTP client running?']],
    ['degraded', there({ at: -90_000 }), {}, ['its clock is 90 s behind: LMAs refuse its time stamps; is its NTP client running?']],
    ['degraded', there(), { certificate: { serial: '1', expires: 86_400_000 } }, ['its certificate expires in 1 days and was not renewed: look at the log of its agent']],
    ['degraded', there(), { certificate: { serial: '1', expires: 0 } }, ['its certificate has expired: remove it here and claim it anew']],
  ] as const)('%s', (status, presence, more, reasons) => expect(of(presence, more)).toEqual({ status, reasons }));

  it('what is wrong with its configuration is told with path, reason and what is used instead', () => {
    const timers = { status: 'partial', problems: [{ path: 'timers.x', reason: 'too small', substitution: '10' }] } as const;
    expect(of(there(), {}, { ...none, timers }).reasons).toEqual(['timers: it applied its document in part (timers.x: too small, uses 10)']);
  });
});
