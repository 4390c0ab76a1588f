/** Two anchors and a lease, on clocks that only the test moves. The store is the scripts' meaning in a few lines. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLease, isHeld, leaseDeadline, leaseStep, type Lease, type LeaseEffect, type LeaseEvent, type LeaseTimes, type Seen } from '../../cloud/standby/lease.ts';
import type { Millis } from '../../protocol/units.ts';

const TIMES: LeaseTimes = { duration: 4000, margin: 2000 };

/** What CLAIM and RENEW do (cloud/store/redisKeys.ts). */
function leaseStore() {
  let seen: Seen | undefined;
  return {
    look: () => seen,
    claim(self: string, was: Seen | undefined): string | undefined {
      if (seen && seen.holder !== '' && seen.holder !== self && (seen.token !== was?.token || seen.beat !== was.beat)) return undefined;
      seen = { token: String(Number(seen?.token ?? 0) + 1), holder: self, beat: '0' };
      return seen.token;
    },
    renew(token: string): boolean {
      if (seen?.token !== token) return false;
      seen = { ...seen, beat: String(Number(seen.beat) + 1) };
      return true;
    },
    release(token: string) {
      if (seen?.token === token) seen = { ...seen, holder: '' };
    },
  };
}
type Store = ReturnType<typeof leaseStore>;

/** An anchor whose clock runs at a speed of its own, and whose answers take a while or do not come. */
function anchor(self: string, store: Store, speed = 1) {
  const lease: Lease = createLease(self, TIMES, 0);
  const heard: string[] = [];
  const node = {
    lease,
    heard,
    /** Cut off from the store. */
    away: false,
    /** The process stands still. */
    asleep: false,
    now: 0 as Millis,
    held: () => !node.asleep && isHeld(lease, node.now),
    feed(event: LeaseEvent) {
      for (const effect of leaseStep(lease, event, node.now)) perform(effect);
    },
    advance(to: Millis) {
      if (node.asleep) return;
      node.now = to * speed;
      if ((leaseDeadline(lease)?.at ?? Infinity) <= node.now) node.feed({ kind: 'timer' });
    },
  };
  function perform(effect: LeaseEffect): void {
    const sentAt = node.now;
    if (effect.kind === 'begin' || effect.kind === 'pause' || effect.kind === 'resume' || effect.kind === 'end') heard.push(effect.kind);
    if (effect.kind !== 'look' && effect.kind !== 'claim' && effect.kind !== 'renew') return;
    if (node.away) return node.feed({ kind: 'silence' });
    if (effect.kind === 'look') node.feed({ kind: 'seen', seen: store.look() });
    if (effect.kind === 'claim') node.feed({ kind: 'claimed', token: store.claim(self, effect.seen), sentAt });
    if (effect.kind === 'renew') node.feed({ kind: 'renewed', mine: store.renew(effect.token), sentAt });
  }
  return node;
}

function pairOf(speeds: readonly [number, number] = [1, 1]) {
  const store = leaseStore();
  const [one, two] = [anchor('one', store, speeds[0]), anchor('two', store, speeds[1])];
  let time = 0;
  return {
    store,
    one,
    two,
    pass(duration: Millis, each?: () => void) {
      for (const end = time + duration; time < end; ) {
        time += 100;
        one.advance(time);
        two.advance(time);
        expect(one.held() && two.held()).toBe(false);
        each?.();
      }
    },
  };
}

describe('the lease', () => {
  it('nobody has it: the first to ask does, and the other waits', () => {
    const p = pairOf();
    p.pass(20_000);
    expect([p.one.held(), p.two.held(), p.one.heard, p.two.heard]).toEqual([true, false, ['begin'], []]);
  });

  it('its holder dies: the other has it no sooner than after duration and margin, and soon after', () => {
    const p = pairOf();
    p.pass(10_000);
    p.one.asleep = true;
    let waited = 0;
    p.pass(20_000, () => void (waited += p.two.held() ? 0 : 100));
    expect(waited).toBeGreaterThan(TIMES.duration);
    expect(waited).toBeLessThanOrEqual(TIMES.duration + TIMES.margin + 2000);
  });

  it('its holder stood still and wakes up: it ends at once, without having answered', () => {
    const p = pairOf();
    p.pass(10_000);
    p.one.asleep = true;
    p.pass(20_000);
    p.one.asleep = false;
    p.pass(2000);
    expect([p.one.heard, p.two.held()]).toEqual([['begin', 'pause', 'end'], true]);
  });

  it('the store is away for a minute: nobody holds it, and afterwards the same one goes on', () => {
    const p = pairOf();
    p.pass(10_000);
    p.one.away = p.two.away = true;
    p.pass(TIMES.duration);
    p.pass(60_000, () => expect([p.one.held(), p.two.held()]).toEqual([false, false]));
    p.one.away = p.two.away = false;
    p.pass(10_000);
    expect([p.one.held(), p.one.heard, p.two.heard]).toEqual([true, ['begin', 'pause', 'resume'], []]);
  });

  it('its holder alone cannot reach the store: it pauses before the other begins, and ends when it can see', () => {
    const p = pairOf();
    p.pass(10_000);
    p.one.away = true;
    p.pass(20_000);
    expect([p.one.heard, p.two.held()]).toEqual([['begin', 'pause'], true]);
    p.one.away = false;
    p.pass(2000);
    expect(p.one.heard.at(-1)).toBe('end');
  });

  it('given back, or left by an earlier life of the same process, it is free at once', () => {
    const p = pairOf();
    p.pass(10_000);
    p.one.asleep = true;
    p.store.release('1');
    p.pass(1500);
    expect(p.two.held()).toBe(true);
    const again = anchor('two', p.store);
    again.advance(100);
    expect([again.held(), again.lease.state]).toMatchObject([true, { token: '3' }]);
  });

  it('a rival is believed by one that may have lost the lease, and by nobody else', () => {
    const p = pairOf();
    p.pass(10_000);
    p.one.feed({ kind: 'rival', who: '02:00:00:00:00:01' });
    expect(p.one.held()).toBe(true);
    p.one.away = true;
    p.pass(5000);
    p.one.feed({ kind: 'rival', who: '02:00:00:00:00:01' });
    expect(p.one.heard).toEqual(['begin', 'pause', 'end']);
  });

  it('whatever happens, and though clocks run a fifth apart, there are never two who hold it', () => {
    const happening = fc.record({ who: fc.constantFrom('one', 'two'), what: fc.constantFrom('away', 'asleep'), on: fc.boolean(), wait: fc.integer({ min: 1, max: 120 }) });
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), fc.constantFrom<[number, number]>([1, 1], [1, 1.2], [1.2, 1]), (all, speeds) => {
        const p = pairOf(speeds);
        for (const { who, what, on, wait } of all) {
          p[who][what] = on;
          p.pass(wait * 100);
        }
      }),
      { numRuns: 150 },
    );
  });
});
