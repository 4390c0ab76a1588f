/** What the broker is made of, without sockets. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACL, whyNotPublish, whyNotSubscribe } from '../../../cloud/broker/acl.ts';
import { createHearing } from '../../../cloud/broker/budget.ts';
import { createFrameWatch, type Pace, type Verdict } from '../../../cloud/broker/frames.ts';
import { aclFile } from '../../../cloud/broker/mosquittoConfig.ts';
import type { Refusal } from '../../../cloud/broker/ports.ts';
import { createRefusals } from '../../../cloud/broker/refusals.ts';
import { createThrottle } from '../../../cloud/broker/throttle.ts';
import { covers, matches } from '../../../cloud/broker/topicFilter.ts';

describe('topic filters (MQTT 3.1.1 §4.7)', () => {
  it.each([
    ['a/b', 'a/b', true],
    ['a/b', 'a/b/c', false],
    ['a/b/c', 'a/b', false],
    ['+/b', 'a/b', true],
    ['+', 'a/b', false],
    ['a/+', 'a/', true],
    ['#', 'a/b', true],
    ['a/#', 'a', true],
    ['a/#', 'a/b/c', true],
    ['a/#', 'b', false],
    ['/+', '/a', true],
    ['+', '/a', false],
    ['#', '$SYS/x', false],
    ['+/x', '$SYS/x', false],
    ['$SYS/#', '$SYS/x', true],
  ])('%s matches %s: %s', (filter, topic, expected) => {
    expect(matches(filter, topic)).toBe(expected);
  });

  const level = fc.constantFrom('a', 'b', '');
  const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'));
  const filter = fc.tuple(fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 3 }), fc.boolean()).map(([levels, all]) => [...levels, ...(all ? ['#'] : [])].join('/'));

  it('a filter that is covered matches nothing that the pattern does not', () => {
    fc.assert(fc.property(filter, filter, topic, (pattern, asked, t) => !covers(pattern, asked) || !matches(asked, t) || matches(pattern, t)), { numRuns: 500 });
  });
  it('a topic is a filter that matches itself alone', () => {
    fc.assert(fc.property(filter, topic, (pattern, t) => covers(pattern, t) === matches(pattern, t)), { numRuns: 500 });
  });
});

describe('the table of who may what', () => {
  const gateway = { role: 'gateway', name: 'gw-a', clientId: 'gw-a' } as const;
  const claim = { role: 'claim', name: 'claim', clientId: 'gw-new' } as const;

  it('lets nobody but the cloud near what is not its own', () => {
    expect(whyNotPublish(gateway, 'roamstead/v1/gw-a/state', true)).toBeUndefined();
    expect(whyNotPublish(gateway, 'roamstead/v1/gw-b/state', false)).toContain('its own name');
    expect(whyNotPublish(gateway, 'roamstead/v1/gw-a/telemetry/a/b', false)).toContain('its own name');
    expect(whyNotPublish(gateway, 'roamstead/v1/gw-a/telemetry/x', true)).toContain('kept');
    expect(whyNotPublish(claim, 'roamstead/v1/claim/request/gw-new', false)).toBeUndefined();
    expect(whyNotPublish(claim, 'roamstead/v1/claim/request/gw-new', true)).toContain('kept');
    expect(whyNotPublish({ ...claim, clientId: '+' }, 'roamstead/v1/claim/request/x', false)).toBeDefined();
    expect(whyNotSubscribe({ ...claim, clientId: '+' }, 'roamstead/v1/claim/response/+')).toBeDefined();
    expect(whyNotSubscribe({ ...claim, clientId: '#' }, 'roamstead/v1/claim/response/#')).toBeDefined();
    expect(whyNotPublish({ role: 'cloud', name: 'cloud', clientId: 'x' }, '$SYS/x', false)).toBeDefined();
    expect(whyNotSubscribe({ role: 'cloud', name: 'cloud', clientId: 'x' }, '#')).toBeUndefined();
  });

  it('is Mosquitto\'s, too, line by line', () => {
    const lines = aclFile().split('\n').filter((line) => line.startsWith('pattern '));
    expect(lines).toHaveLength(ACL.filter(({ role }) => role === 'gateway').length);
    expect(lines.every((line) => /^pattern (read|write) roamstead\/v1\/%u\//.test(line))).toBe(true);
    expect(lines.join()).not.toContain('%c');
    expect(lines).toContain('pattern read roamstead/v1/%u/desired/#');
  });
});

describe('the watch on packets', () => {
  const pace: Pace = { longest: 300, packetsPerSecond: 10, burst: 3 };
  const packet = (length: number): Buffer => Buffer.concat([Buffer.from(length < 128 ? [0x30, length] : [0x30, 128 | (length & 127), length >> 7]), Buffer.alloc(length, 0xff)]);
  const feed = (octets: Buffer, sizes: readonly number[] = [octets.length]): Verdict[] => {
    const watch = createFrameWatch(pace, () => 0);
    const verdicts: Verdict[] = [];
    for (let at = 0, i = 0; at < octets.length; i++) {
      const size = Math.max(1, sizes[i % sizes.length] ?? 1);
      verdicts.push(watch(octets.subarray(at, at + size)));
      at += size;
    }
    return verdicts;
  };

  it('says the same however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 320 }), { minLength: 1, maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (lengths, sizes) => {
        const stream = Buffer.concat(lengths.map(packet));
        const [whole] = feed(stream);
        const cut = feed(stream, sizes);
        const end = cut.find((v) => v.kind === 'end');
        if (lengths.some((length) => length > pace.longest)) expect([whole?.kind, end?.kind]).toEqual(['end', 'end']);
        else expect(cut.at(-1)).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });

  it('ends what is too long before it has come, and what is no length', () => {
    expect(feed(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]))).toEqual([{ kind: 'end', reason: 'a packet of more than 300 octets' }]);
    expect(feed(packet(300))).toEqual([{ kind: 'pass', wait: 0 }]);
    expect(feed(packet(301))).toMatchObject([{ kind: 'end' }]);
    expect(feed(Buffer.from([0xc0, 0x80, 0x80, 0x80, 0x80]))).toEqual([{ kind: 'end', reason: 'what came is no MQTT' }]);
  });

  it('makes who sends too fast wait for as long as it was too fast', () => {
    let time = 0;
    const watch = createFrameWatch(pace, () => time);
    const pings = (n: number): Buffer => Buffer.concat(Array.from({ length: n }, () => Buffer.from([0xc0, 0])));
    expect(watch(pings(3))).toEqual({ kind: 'pass', wait: 0 });
    expect(watch(pings(5))).toEqual({ kind: 'pass', wait: 500 });
    time = 500;
    expect(watch(pings(1))).toEqual({ kind: 'pass', wait: 100 });
    time = 60_000;
    expect(watch(pings(4))).toEqual({ kind: 'pass', wait: 100 });
  });
});

describe('what is told of refusals', () => {
  const refusal: Omit<Refusal, 'at' | 'times'> = { who: 'gw-a', address: '192.0.2.1', action: 'publish', target: 'x', reason: 'no' };

  it('once a minute of each client and reason, with how often', () => {
    let time = 0;
    const told: Refusal[] = [];
    const refusals = createRefusals(() => time, (r) => told.push(r));
    for (let i = 0; i < 10; i++) refusals.add(refusal);
    refusals.add({ ...refusal, who: 'gw-b', target: 'y'.repeat(1000) });
    time = 60_000;
    refusals.add(refusal);
    expect(told.map(({ who, at, times }) => [who, at, times])).toEqual([['gw-a', 0, 1], ['gw-b', 0, 1], ['gw-a', 60_000, 10]]);
    expect(told[1]?.target).toHaveLength(200);
    expect(refusals.counts).toEqual(new Map([['no', 12]]));
  });

  it('and remembers so many clients only', () => {
    const told: Refusal[] = [];
    const refusals = createRefusals(() => 0, (r) => told.push(r));
    for (let i = 0; i < 10_001; i++) refusals.add({ ...refusal, who: String(i) });
    refusals.add({ ...refusal, who: '10000' });
    refusals.add({ ...refusal, who: '0' });
    expect(told).toHaveLength(10_002);
  });

  it('nobody fills the audit log from many addresses', () => {
    const told: Refusal[] = [];
    let time = 0;
    const refusals = createRefusals(() => time, (r) => told.push(r));
    for (let i = 0; i < 1000; i++) refusals.add({ ...refusal, who: '', address: `2001:db8::${i.toString(16)}` });
    expect(told).toHaveLength(1);
    for (let i = 0; i < 1000; i++) refusals.add({ ...refusal, who: '', address: `198.51.${i >> 8}.${i & 255}` });
    refusals.add(refusal);
    expect([told.length, told.at(-1)?.who]).toEqual([61, refusal.who]);
    time = 60_000;
    refusals.add({ ...refusal, who: '', address: '203.0.113.9' });
    expect(told).toHaveLength(62);
  });

  it('so many in a period, for each key', () => {
    let time = 0;
    const throttle = createThrottle(2, 1000, () => time);
    expect([throttle.take('a'), throttle.take('a'), throttle.take('a'), throttle.take('b')]).toEqual([true, true, false, true]);
    time = 999;
    expect(throttle.take('a')).toBe(false);
    time = 1000;
    expect(throttle.take('a')).toBe(true);
  });
});

describe('what the cloud hears of one gateway', () => {
  const budget = { octetsPerSecond: 1000, messagesPerSecond: 10, seconds: 2 };
  const open = () => {
    const clock = { now: 0 };
    const errors: string[] = [];
    const hears = createHearing(() => clock.now, (e) => void errors.push(e.message), budget);
    /** How many of so many are heard. */
    const heard = (topic: string, octets: number, times: number): number => Array.from({ length: times }, () => hears(topic, octets)).filter(Boolean).length;
    return { clock, errors, heard };
  };

  it('has a bound in messages and one in octets, which others do not share', () => {
    const { clock, errors, heard } = open();
    expect([heard('roamstead/v1/gw-a/event', 1, 100), heard('roamstead/v1/gw-b/heartbeat', 500, 100), heard('roamstead/v1/gw-c/state', 1, 1)]).toEqual([20, 4, 1]);
    clock.now = 1000;
    expect([heard('roamstead/v1/gw-a/state', 1, 100), heard('roamstead/v1/gw-b/event', 500, 100)]).toEqual([10, 2]);
    clock.now = -1000;
    expect(heard('roamstead/v1/gw-a/state', 1, 1)).toBe(0);
    expect(heard('roamstead/v1/claim/event', 1, 100)).toBe(20);
    expect(errors.map((e) => e.split(' ')[0])).toEqual(['gw-a', 'gw-b', 'claim']);
  });

  it.each(['roamstead/v1/gw-a/desired/lmas', 'roamstead/v1/claim/request/gw-a', '$CONTROL/dynamic-security/v1/response'])('%s is no word of a gateway', (topic) => {
    expect(open().heard(topic, 1e6, 100)).toBe(100);
  });
});
