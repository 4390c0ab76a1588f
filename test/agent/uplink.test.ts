/** Which of an uplink's addresses become the proxy care-of addresses. */
import { describe, expect, it } from 'vitest';
import { chooseAddresses } from '../../agent/uplink.ts';
import type { InterfaceAddress } from '../../linux/netlink/address.ts';

const address = (text: string, more: Partial<InterfaceAddress> = {}): InterfaceAddress => ({ index: 2, address: text, length: text.includes(':') ? 64 : 24, scope: 0, tentative: false, deprecated: false, temporary: false, ...more });
const OLD = address('2001:db8:1::5');
const NEW = address('2001:db8:2::5');
const PRIVACY = address('2001:db8:1::abcd', { temporary: true });
const LOCAL = address('fd00::5');

describe('of IPv6 addresses', () => {
  it.each([
    ['the only one', [OLD], OLD],
    ['none', [], undefined],
    ['one that lasts before a privacy address', [PRIVACY, OLD], OLD],
    ['a privacy address for lack of another', [PRIVACY], PRIVACY],
    ['one that the internet can reach before a unique local one', [LOCAL, OLD], OLD],
    ['a privacy address before a unique local one', [LOCAL, PRIVACY], PRIVACY],
    ['a unique local one for lack of another', [LOCAL], LOCAL],
  ])('%s is chosen', (_, usable, chosen) => {
    expect(chooseAddresses(usable).ipv6).toBe(chosen?.address);
  });

  it('the one in use stays in use beside a new one, in whatever order the kernel lists them', () => {
    for (const usable of [[OLD, NEW], [NEW, OLD]]) {
      expect(chooseAddresses(usable, { ipv6: OLD.address }).ipv6).toBe(OLD.address);
      expect(chooseAddresses(usable, { ipv6: NEW.address }).ipv6).toBe(NEW.address);
    }
  });

  it('the one in use goes when it is no longer usable, or when it was a makeshift', () => {
    expect(chooseAddresses([NEW], { ipv6: OLD.address }).ipv6).toBe(NEW.address);
    expect(chooseAddresses([LOCAL, NEW], { ipv6: LOCAL.address }).ipv6).toBe(NEW.address);
    expect(chooseAddresses([PRIVACY, OLD], { ipv6: PRIVACY.address }).ipv6).toBe(OLD.address);
  });
});

it('of IPv4 addresses the one in use stays, else the first is chosen; both families are chosen apart', () => {
  const [a, b] = [address('192.0.2.1'), address('192.0.2.2')];
  expect(chooseAddresses([a, OLD, b])).toEqual({ ipv4: '192.0.2.1', ipv6: OLD.address });
  expect(chooseAddresses([a, b], { ipv4: '192.0.2.2' })).toEqual({ ipv4: '192.0.2.2' });
});
