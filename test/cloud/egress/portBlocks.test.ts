/** NAT44 by arithmetic: each subscriber has ports of its own, and an outside address and port name one subscriber. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planNat44, portBlockOf, subscriberOf, type Nat44, type Nat44Wish } from '../../../cloud/egress/portBlocks.ts';
import { ipv4FromNumber, ipv4ToNumber } from '../../../protocol/address.ts';

const plan = (wish: Partial<Nat44Wish> = {}): Nat44 => {
  const nat = planNat44({ pool: '10.1.0.0/24', outside: '203.0.113.0/30', firstPort: 1024, ...wish });
  if (typeof nat === 'string') throw new Error(nat);
  return nat;
};

describe('a pool of 256 behind four addresses', () => {
  const nat = plan();
  it.each([
    ['10.1.0.0', { address: '203.0.113.0', first: 1024, last: 2031 }],
    ['10.1.0.1', { address: '203.0.113.0', first: 2032, last: 3039 }],
    ['10.1.0.63', { address: '203.0.113.0', first: 64528, last: 65535 }],
    ['10.1.0.64', { address: '203.0.113.1', first: 1024, last: 2031 }],
    ['10.1.0.255', { address: '203.0.113.3', first: 64528, last: 65535 }],
    ['10.1.1.0', undefined],
    ['10.0.255.255', undefined],
  ])('%s has %o', (subscriber, block) => {
    expect(portBlockOf(nat, subscriber)).toEqual(block);
  });

  it.each([
    ['a port that stays with the anchor', '203.0.113.0', 1023],
    ['an address before the outside ones', '203.0.112.255', 2000],
    ['an address behind them', '203.0.113.4', 2000],
  ])('%s is nobody\'s', (_, address, port) => {
    expect(subscriberOf(nat, address, port)).toBeUndefined();
  });
});

describe('any pool', () => {
  const wish = fc.record({ length: fc.integer({ min: 16, max: 30 }), outside: fc.integer({ min: 24, max: 32 }), firstPort: fc.integer({ min: 1, max: 40_000 }), subscriber: fc.nat(), port: fc.nat({ max: 65_535 }) });

  it('gives no port to two, and finds whose a port is', () => {
    fc.assert(
      fc.property(wish, ({ length, outside, firstPort, subscriber, port }) => {
        const nat = planNat44({ pool: `10.0.0.0/${length}`, outside: `203.0.113.0/${outside}`, firstPort });
        if (typeof nat === 'string') return;
        const address = ipv4FromNumber(ipv4ToNumber('10.0.0.0') + (subscriber % nat.size));
        const block = portBlockOf(nat, address);
        if (!block) throw new Error('no block');
        expect([block.first, block.last].map((p) => subscriberOf(nat, block.address, p))).toEqual([address, address]);
        expect(block.first).toBeGreaterThanOrEqual(firstPort);
        expect(block.last).toBeLessThan(65_536);
        const owner = subscriberOf(nat, block.address, port);
        if (owner !== undefined && owner !== address) expect(port < block.first || port > block.last).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a wish for so many ports', () => {
  it('is met by more subscribers to an address where that fits, so that fewer addresses are used', () => {
    expect(plan({ portsPerSubscriber: 500 })).toMatchObject({ subscribersPerAddress: 128, portsPerSubscriber: 504 });
  });
  it.each([
    [{ portsPerSubscriber: 2000 }, '10.1.0.0/24 with 2000 ports for each subscriber needs 8 outside addresses, and 203.0.113.0/30 has 4'],
    [{ portsPerSubscriber: 65_000 }, 'an address has only 64512 ports from 1024 on'],
    [{ pool: '10.0.0.0/8', outside: '203.0.113.1/32' }, '203.0.113.1/32 has fewer ports than 10.0.0.0/8 has subscribers'],
  ])('%o is refused in words', (more, words) => {
    expect(planNat44({ pool: '10.1.0.0/24', outside: '203.0.113.0/30', firstPort: 1024, ...more })).toBe(words);
  });
});
