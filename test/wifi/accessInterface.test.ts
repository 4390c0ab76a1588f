import { describe, expect, test } from 'vitest';
import { judgeAccessInterface } from '../../agent/wifi/accessInterface.ts';
import type { Link } from '../../linux/netlink/link.ts';

const link = (index: number, name: string, more: Partial<Link> = {}): Link => ({ index, name, mtu: 1500, up: true, running: true, hardware: 1, ...more });
const links = [
  link(1, 'wlan0', { master: 3 }),
  link(2, 'wlan1'),
  link(3, 'br-access', { kind: 'bridge' }),
  link(4, 'access1', { kind: 'macvlan', lower: 2 }),
  link(5, 'tun0', { hardware: 65534 }),
];

describe('the access interface', () => {
  test('a bridge above the BSS, or a macvlan on it, may carry the fixed MAC', () => {
    expect(judgeAccessInterface('br-access', ['wlan0'], links, false)).toBeUndefined();
    expect(judgeAccessInterface('access1', ['wlan1'], links, false)).toBeUndefined();
  });
  test('so may any Ethernet that hostapd has nothing to do with, and a BSS that is not there yet is no reason', () => {
    expect(judgeAccessInterface('br-access', [], links, false)).toBeUndefined();
    expect(judgeAccessInterface('br-access', ['wlan7'], links, false)).toBeUndefined();
  });
  test.each([
    ['wlan0', ['wlan0'], false, /wlan0 is the BSS itself: .* BSSID\. Put a bridge above it/],
    ['wlan1', [], true, /wlan1 is the BSS itself.*ip link add access0 link wlan1 type macvlan/],
    ['br-access', ['wlan0', 'wlan1'], false, /hostapd serves wlan1, but the access interface br-access does not stand above it.*ip link set wlan1 master br-access/],
    ['nowhere', ['wlan0'], false, /nowhere is not there; create it first/],
    ['tun0', [], false, /tun0 is no Ethernet \(ARPHRD 65534\)/],
  ] as const)('%s with the BSS %j is refused', (name, bss, isRadio, reason) => {
    expect(judgeAccessInterface(name, bss, links, isRadio)).toMatch(reason);
  });
});
