import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseIwScan } from '../../../agent/wifi/survey/iwScan.ts';
import { DEBIAN, OPENWRT, RECORDED } from './iwSamples.ts';

describe('what iw prints', () => {
  test('of two access points on simulated radios', () => {
    expect(parseIwScan(RECORDED)).toEqual([
      { bssid: '02:00:00:00:00:00', ssid: 'café net', frequency: 2412, signal: -30, age: 4264 },
      { bssid: '02:00:00:00:01:00', ssid: 'café net', frequency: 2437, signal: -30, age: 3752 },
    ]);
  });

  test("Debian's: two ages, of which one counts; names octet by octet; nothing that is nested", () => {
    expect(parseIwScan(DEBIAN)).toEqual([
      { bssid: '02:00:00:00:01:00', ssid: 'community', frequency: 2412, signal: -30, age: 84 },
      { bssid: '02:00:00:00:02:00', ssid: 'café \\ net ', frequency: 5955, signal: -71.5, age: 512 },
    ]);
  });

  test("OpenWrt's: a fraction of a MHz, a signal without a unit, no name, and a name told twice", () => {
    expect(parseIwScan(OPENWRT)).toEqual([
      { bssid: '06:11:22:33:44:55', ssid: 'community', frequency: 5180, signal: -88, age: 200_120 },
      { bssid: '06:11:22:33:44:57', ssid: '', frequency: 5180, signal: -60, age: 0 },
      { bssid: '06:11:22:33:44:58', ssid: 'first', frequency: 5180, signal: -60, age: 0 },
    ]);
  });

  test.each(['', '\n\n', 'BSS', 'command failed: No such device (-19)\n', '\tSSID: community\n'])('%j is nobody', (output) => expect(parseIwScan(output)).toEqual([]));

  test('cut anywhere, it is what came before the cut', () => {
    const whole = parseIwScan(DEBIAN + OPENWRT);
    fc.assert(
      fc.property(fc.nat({ max: DEBIAN.length + OPENWRT.length }), (end) => {
        const cut = parseIwScan((DEBIAN + OPENWRT).slice(0, end));
        expect(whole.map((s) => s.bssid).slice(0, cut.length)).toEqual(cut.map((s) => s.bssid));
      }),
    );
  });
});
