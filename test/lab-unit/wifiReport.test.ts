import { describe, expect, it } from 'vitest';
import { drawing, progress, summary, verdict } from '../../lab/wifi/report.ts';
import type { Left, Result, Roamed } from '../../lab/wifi/results.ts';

const addresses = { ipv4: ['10.77.0.2'], ipv6: ['2001:db8:7700:1:bb:ff:fe00:1'] };
const attached: Result = { kind: 'attached', home: 1, mac: '02:bb:00:00:00:01', associatedMs: 3539.2, switchedMs: 29, addresses, identity: 'phone1@home.example', nai: 'phone1@home.example', events: [{ home: 1, event: 'AP-STA-CONNECTED', at: 3514 }] };
const roamed: Roamed = { kind: 'roamed', cause: 'fading', from: 1, to: 2, associatedMs: 9284, switchedMs: 51, gapMs: { ipv4: 207, ipv6: 190 }, addresses, servedBy: 2, heldBy: [2], events: [] };
const tcp = { alive: true, octetsSent: 9, octetsVerified: 9, corrupt: 0, longestStallMs: 1, localAddress: '10.77.0.2' };
const traffic: Result = { kind: 'traffic', tcp: [tcp], packets: { sent: 4000, lost: 150 } };
const left = (how: Left['how']): Left => ({ kind: 'left', how, home: 2, afterMs: 8003, reason: 'no sign of life', events: [], sessions: 0 });
const all: Result[] = [attached, roamed, traffic, left('disconnect'), left('silence'), { kind: 'done' }];

const failing = (results: readonly Result[]) => verdict(results).filter((v) => !v.holds).map((v) => v.what);

describe('the report', () => {
  it('draws the homes, the phone and the anchor', () => expect(drawing()).toMatch(/phone[\s\S]*home1[\s\S]*LMA[\s\S]*home2/));

  it('says each thing when it happens', () => {
    expect(progress(attached)).toEqual(['  at home1 as phone1@home.example after 3539 ms, both ends switched 29 ms later; 10.77.0.2 2001:db8:7700:1:bb:ff:fe00:1', '  home1 AP-STA-CONNECTED +3514 ms']);
    expect(progress(roamed)[0]).toBe('  associated after 9284 ms, both ends switched 51 ms later, no packet for 207 ms; LMA: home2');
    expect(progress({ kind: 'neighbours', home: 1, heard: [{ bssid: '02:aa:00:00:00:02', ssid: 'community', channel: 6, signal: -30 }] })).toEqual(['  home1 hears 02:aa:00:00:00:02 on channel 6 at -30 dBm']);
    expect(progress({ kind: 'done' })).toEqual([]);
  });

  it('ends with a table of roams, with gap and address, and what was proved', () => {
    const text = summary(all);
    expect(text).toMatch(/home1 -> home2 +home became weak +9284 ms +51 ms +207 ms +190 ms +home2 +10\.77\.0\.2 2001:db8:7700:1:bb:ff:fe00:1/);
    expect(text).toContain('vanished without a word: de-registered after 8003 ms (no sign of life)');
    expect(text).not.toContain('NO ');
  });
});

describe('the verdict', () => {
  it('holds when all of it happened', () => expect(failing(all)).toEqual([]));

  it.each<[string, Result[], string]>([
    ['another address', [attached, { ...roamed, addresses: { ipv4: ['10.77.0.3'], ipv6: addresses.ipv6 } }, traffic, left('disconnect'), left('silence')], 'address kept in every roam'],
    ['a broken connection', [attached, roamed, { ...traffic, tcp: [{ ...tcp, alive: false }] }, left('disconnect'), left('silence')], 'TCP connections survived'],
    ['two homes that hold the phone', [attached, { ...roamed, heldBy: [1, 2] }, traffic, left('disconnect'), left('silence')], 'the LMA followed'],
    ['a session that stays', [attached, roamed, traffic, left('disconnect'), { ...left('silence'), sessions: 1 }], 'goodbye and silence ended the session'],
  ])('names %s', (_, results, what) => expect(failing(results)).toEqual([what]));

  it('does not hold for a story that never happened', () => expect(failing([])).toHaveLength(4));
});
