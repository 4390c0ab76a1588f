import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GreKeys } from '../../cloud/lma/greKeys.ts';
import { NumberPool } from '../../cloud/lma/numberPool.ts';
import { Ipv4Pool, Ipv6Pool } from '../../cloud/lma/pools.ts';
import { parsePrefix } from '../../protocol/address.ts';

const v4 = (prefixLength: number) => new Ipv4Pool({ name: 'v4', network: '192.0.2.77', prefixLength, router: '192.0.2.78' });
const v6 = (prefix: string) => new Ipv6Pool({ name: 'v6', prefix: parsePrefix(prefix) });

describe('an IPv4 pool', () => {
  it('hands out all but network, broadcast and router', () => {
    const pool = v4(29); // .72 to .79
    const all = Array.from({ length: 6 }, () => pool.allocate(0)?.address);
    expect(all).toEqual(['192.0.2.73', '192.0.2.74', '192.0.2.75', '192.0.2.76', '192.0.2.77', undefined]);
  });

  it('tells prefix length and router with each address', () => {
    expect(v4(24).allocate(0)).toEqual({ address: '192.0.2.1', prefixLength: 24, router: '192.0.2.78' });
    expect(v4(24).claim('192.0.2.9', 0)).toEqual({ address: '192.0.2.9', prefixLength: 24, router: '192.0.2.78' });
  });

  it('gives a claimed address to nobody else, and a foreign one to nobody', () => {
    const pool = v4(29);
    expect(pool.claim('192.0.2.73', 0)).toBeDefined();
    expect(pool.claim('192.0.2.73', 0)).toBeUndefined();
    expect(pool.allocate(0)?.address).toBe('192.0.2.74');
    expect([pool.owns('192.0.2.79'), pool.owns('192.0.2.80')]).toEqual([true, false]);
    expect(pool.claim('192.0.2.80', 0)).toBeUndefined();
  });

  it('takes what nobody ever had before what was freed, the longest free first', () => {
    const pool = v4(29);
    const [a, b] = [pool.allocate(0)!, pool.allocate(0)!];
    pool.free(b.address, 1);
    pool.free(a.address, 2);
    expect(Array.from({ length: 5 }, () => pool.allocate(3)?.address)).toEqual(['192.0.2.75', '192.0.2.76', '192.0.2.77', b.address, a.address]);
  });

  it('keeps a declined address back, also from who names it', () => {
    const pool = v4(30); // .76 to .79, router .78: one address
    const only = pool.allocate(0)!;
    pool.quarantine(only.address, 5000);
    expect([pool.allocate(4999), pool.claim(only.address, 4999)]).toEqual([undefined, undefined]);
    expect(pool.allocate(5000)?.address).toBe(only.address);
  });
});

describe('an IPv6 pool', () => {
  it('hands out its /64s, save the first', () => {
    const pool = v6('2001:db8:0:fffc::/62');
    expect(Array.from({ length: 4 }, () => pool.allocate(0)?.address)).toEqual(['2001:db8:0:fffd::', '2001:db8:0:fffe::', '2001:db8:0:ffff::', undefined]);
  });

  it('owns exactly its /64s', () => {
    const pool = v6('2001:db8:f00d::/48');
    const owned = (text: string) => pool.owns(parsePrefix(text));
    expect(['2001:db8:f00d::/64', '2001:db8:f00d:ffff::/64'].map(owned)).toEqual([true, true]);
    expect(['2001:db8:f00e::/64', '2001:db8:f00c:ffff::/64', '2001:db8:f00d:1::/63', '2001:db8:f00d:1::/65', '::/64'].map(owned)).toEqual([false, false, false, false, false]);
  });

  it('works for the largest and the smallest pool', () => {
    expect(v6('2000::/8').allocate(0)?.address).toBe('2000:0:0:1::');
    expect(v6('2001:db8::/62').used).toBe(0);
  });
});

it('no pool gives one number to two holders, whatever is taken, claimed, freed and quarantined', () => {
  const command = fc.record({ do: fc.constantFrom('take', 'claim', 'free', 'quarantine', 'wait'), n: fc.nat(11) });
  fc.assert(
    fc.property(fc.constantFrom('fresh' as const, 'dense' as const), fc.constantFrom(0, 3), fc.array(command, { maxLength: 150 }), (order, rest, commands) => {
      const pool = new NumberPool({ size: 10, reserved: new Set([0, 9]), order, rest });
      const held = new Set<number>();
      const barred = new Map<number, number>();
      let at = 0;
      for (const { do: what, n } of commands) {
        if (what === 'wait') at += n;
        else if (what === 'free') {
          pool.free(n, at);
          if (held.delete(n)) barred.set(n, at + rest);
        } else if (what === 'quarantine') {
          pool.quarantine(n, at + 5);
          if (held.delete(n)) barred.set(n, at + 5);
        } else {
          const got = what === 'take' ? pool.take(at) : pool.claim(n, at) ? n : undefined;
          const free = Array.from({ length: 8 }, (_, i) => i + 1).filter((i) => !held.has(i));
          if (what === 'take' && rest === 0 && got === undefined) expect(free.every((i) => (barred.get(i) ?? 0) > at)).toBe(true);
          if (got !== undefined) {
            expect(free).toContain(got);
            if (what === 'take') expect(barred.get(got) ?? 0).toBeLessThanOrEqual(at);
            held.add(got);
          }
        }
        expect(pool.used).toBe(held.size);
      }
    }),
  );
});

describe('uplink GRE keys', () => {
  it('are never 0, never of two sessions, and rest after use', () => {
    const numbers = [0, 5, 5, 5, 0xffffffff, 0xffffffff];
    const keys = new GreKeys(() => numbers.shift() ?? 5, 10_000);
    expect([keys.allocate(0), keys.allocate(0), keys.allocate(0)]).toEqual([1, 5, 6]);
    keys.retire(5, 0);
    expect(keys.allocate(9_999)).toBe(7);
    expect([keys.allocate(10_000), keys.allocate(10_000)]).toEqual([0xffffffff, 2]);
    expect(keys.allocate(10_000)).toBe(5);
  });

  it('a key taken up from the store is not given again', () => {
    const keys = new GreKeys(() => 9, 0);
    keys.claim(9);
    expect(keys.allocate(0)).toBe(10);
  });
});
