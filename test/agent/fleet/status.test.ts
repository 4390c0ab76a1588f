/** What the home's owner is told of the gateway: why nobody is served, since when an LMA answers, what went wrong; never who. */
import { describe, expect, it } from 'vitest';
import { createReach, type Reach } from '../../../agent/fleet/reach.ts';
import { statusOf, type AgentStatus } from '../../../agent/fleet/status.ts';
import { rememberProblems } from '../../../agent/lastProblems.ts';
import type { Mag } from '../../../agent/mag/mag.ts';
import type { Received } from '../../../protocol/entity.ts';
import { activeBench, LMA1 } from '../../mag/harness.ts';

const silent: Pick<Reach, 'all' | 'since'> = { all: () => [{ id: LMA1.id, reachable: false }], since: () => undefined };
const of = (mag: Mag | undefined, paused = false, reach = silent): AgentStatus =>
  statusOf({ version: '1.2.3', identity: 'M1@D1', config: { 'host-first': {} }, polices: true, sharing: { paused, cap: {} }, mag, octets: { up: 1, down: 2 }, reach, problems: [] });

describe('what is in the way of a guest', () => {
  const serving = (): Mag => activeBench().mag;
  it.each([
    ['the owner', serving(), true, 'paused'],
    ['it has just begun', undefined, false, 'starting'],
    ['nobody named an LMA', { ...serving(), config: { ...serving().config, lmas: [] } }, false, 'noLma'],
    ['the uplink', { ...serving(), careOf: { mtu: 1500 } }, false, 'noUplink'],
    ['the clock', { ...serving(), clockSynchronised: false }, false, 'noClock'],
    ['no LMA answers', serving(), false, 'silent'],
  ] as const)('%s', (_, mag, paused, cause) => expect(of(mag, paused)).toMatchObject({ cause, version: '1.2.3' }));

  it('nothing, where an LMA answers; with its round trip', () => {
    const { mag } = activeBench();
    mag.anchors.set(LMA1.id, { lma: LMA1, beating: false, pulse: { state: 'reachable', sequence: 1, askedAt: undefined, missed: 0, sent: 1, received: 1, roundTrip: 12.34, restartCounter: 1, heard: undefined } });
    const status = of(mag, false, { all: () => [{ id: LMA1.id, reachable: true }], since: () => 5000 });
    expect(status).toMatchObject({ state: 'serving', cause: 'ready', lmas: [{ id: LMA1.id, reachable: true, since: 5000, roundTrip: 12.3 }], sharing: { guests: 1, octetsUp: 1, octetsDown: 2 } });
  });

  it('an LMA that was heard of and one that never was are told apart', () => {
    const { mag } = activeBench();
    expect(of(mag).why).toBe('no LMA has been heard of yet');
    expect(of(mag, false, { ...silent, since: () => 5000 }).why).toBe('no LMA has been heard of for a while');
  });
});

it('an LMA answers since its first answer after a silence, by the clock of today', () => {
  let at = 1000;
  let wall = 0;
  const reach = createReach(() => [LMA1], () => ({ at, wall }));
  const answer = (): boolean => reach.heard({ kind: 'message', from: { transport: 'ipv6', local: '::1', remote: LMA1.ipv6 }, message: { kind: 'bindingAcknowledgement' } } as Received);
  const since = (): unknown => [reach.since(LMA1.id), reach.all()[0]?.reachable];
  expect(since()).toEqual([undefined, false]);
  answer();
  // NTP comes.
  [at, wall] = [61_000, 1_700_000_060_000];
  answer();
  expect(since()).toEqual([1_700_000_000_000, true]);
  [at, wall] = [300_000, 1_700_000_299_000];
  expect(since()).toEqual([1_700_000_060_000, false]);
  answer();
  expect(since()).toEqual([1_700_000_299_000, true]);
  expect(reach.since('of another list')).toBeUndefined();
});

describe('problems', () => {
  function remembered() {
    const clock = { at: 0, wall: 0.4 };
    const written: string[] = [];
    const { log, latest } = rememberProblems((_, text) => written.push(text), () => clock);
    const pass = (time: number): void => void Object.assign(clock, { at: clock.at + time, wall: clock.wall + time });
    return { log, latest, written, clock, pass };
  }

  it('the last ten warnings and errors, the latest first, each once; the log has everything', () => {
    const { log, latest, written, pass } = remembered();
    log('info', 'all is well');
    for (let i = 1; i <= 12; i++) log('warn', `problem ${i}`);
    pass(13_005);
    log('error', 'problem 5');
    expect(latest().map((c) => c.text)).toEqual([5, 12, 11, 10, 9, 8, 7, 6, 4, 3].map((i) => `problem ${i}`));
    expect(latest()[0]).toEqual({ at: 13_005, level: 'error', text: 'problem 5', times: 2 });
    expect(written).toHaveLength(14);
  });

  it('of before the clock was set, when it was by the clock of today', () => {
    const { log, latest, clock } = remembered();
    log('warn', 'waiting for clock');
    Object.assign(clock, { at: 60_000, wall: 1_700_000_060_000 });
    expect(latest()).toMatchObject([{ at: 1_700_000_000_000, text: 'waiting for clock' }]);
  });

  it('nobody is named: neither by MAC nor by identity nor by pseudonym', () => {
    const { log, latest } = remembered();
    log('warn', 'a lease of 02:00:00:00:0a:01 for alice@home.example, mn-1f3a90c2, is /etc/roamstead/02-00-00-00-0A-01.json', { subject: 'alice@home.example' });
    expect(JSON.stringify(latest())).not.toMatch(/02[:-]00|alice|1f3a90c2/i);
    expect(latest()[0]?.text).toBe('a lease of somebody for somebody, somebody, is /etc/roamstead/somebody.json');
  });

  it.each([
    ['Path 5 (10.1.0.5) is refused: no room', 'Path 5 (an address) is refused: no room'],
    ['set the neighbour 2001:db8:1:5:: (02:00:00:00:02:05) on interface 3: ENOMEM', 'set the neighbour an address (somebody) on interface 3: ENOMEM'],
    ['set the route 2001:db8:1:5::/64: ENOMEM', 'set the route an address: ENOMEM'],
    ['2001:db8:1:5:4a1c:22ff:fe9b:7d03: no answer', 'an address no answer'],
    ["the cloud's RadSec at 2001:db8::1:2083 cannot be reached", "the cloud's RadSec at an address cannot be reached"],
    ['data path: no room for 12:30 of version 20.20.2', 'data path: no room for 12:30 of version 20.20.2'],
  ])('nor by a home address: %s', (said, shown) => {
    const { log, latest } = remembered();
    log('error', said);
    expect(latest()[0]?.text).toBe(shown);
  });
});
