import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { channelOf, neighbourList, type Sighting } from '../../../agent/wifi/survey/neighbours.ts';

const DAY = 86_400_000;
const sighting = (n: number, over: Partial<Sighting> = {}): Sighting => ({ bssid: `02:00:00:00:00:${n.toString(16).padStart(2, '0')}`, ssid: 'community', frequency: 2412, signal: -60, age: 0, ...over });
const bssids = (list: readonly { readonly bssid: string }[]) => list.map((n) => n.bssid.slice(-2));

describe('the list', () => {
  test('holds homes of the community and no others, the strongest first', () => {
    const list = neighbourList({ ssids: ['community', 'community-5'], keep: DAY });
    expect(list.hear([sighting(1), sighting(2, { ssid: 'private' }), sighting(3, { ssid: 'community-5', signal: -40, frequency: 5180, age: 500 })], 10_000)).toBe(true);
    expect(list.all(10_000)).toEqual([
      { bssid: '02:00:00:00:00:03', ssid: 'community-5', frequency: 5180, channel: 36, signal: -40, lastSeen: 9500 },
      { bssid: '02:00:00:00:00:01', ssid: 'community', frequency: 2412, channel: 1, signal: -60, lastSeen: 10_000 },
    ]);
  });

  test('does not name this gateway itself', () => {
    const list = neighbourList({ ssids: ['community'], keep: DAY, own: () => new Set([sighting(1).bssid]) });
    expect(list.hear([sighting(1)], 0)).toBe(false);
    expect(list.all(0)).toEqual([]);
  });

  test('forgets who is not heard any more, whether or not anybody else is', () => {
    const list = neighbourList({ ssids: ['community'], keep: DAY });
    list.hear([sighting(1), sighting(2, { age: DAY + 1 })], 0);
    expect(bssids(list.all(DAY))).toEqual(['01']);
    expect(list.all(DAY + 1)).toEqual([]);
    expect([list.hear([], DAY), list.hear([], DAY + 1), list.hear([], DAY + 1)]).toEqual([false, true, false]);
  });

  test('is bounded: whoever makes homes up drives out what was heard longest ago', () => {
    const list = neighbourList({ ssids: ['community'], keep: DAY, most: 3 });
    list.hear([sighting(1)], 0);
    list.hear([sighting(2), sighting(3), sighting(4)], 1000);
    list.hear([sighting(2)], 2000);
    expect(bssids(list.all(2000)).toSorted()).toEqual(['02', '03', '04']);
    list.hear([sighting(5)], 3000);
    expect(bssids(list.all(3000)).toSorted()).toEqual(['02', '04', '05']);
  });

  test('takes up what an earlier agent heard, but not from the future nor of another community', () => {
    const list = neighbourList({ ssids: ['community'], keep: DAY });
    const neighbour = (n: number, over: object) => ({ bssid: sighting(n).bssid, ssid: 'community', frequency: 2412, signal: -60, channel: 1, lastSeen: 0, ...over });
    list.restore([neighbour(1, { lastSeen: 5000 }), neighbour(2, { lastSeen: 10 * DAY }), neighbour(3, { ssid: 'renamed', lastSeen: 5000 }), neighbour(4, { lastSeen: -DAY })], 6000);
    expect(list.all(6000).map((n) => [n.bssid.slice(-2), n.lastSeen])).toEqual([
      ['01', 5000],
      ['02', 6000],
    ]);
  });

  test('never exceeds its bound, nor holds anybody twice', () => {
    const any = fc.record({ n: fc.nat(40), age: fc.nat(2 * DAY), ssid: fc.constantFrom('community', 'private') });
    fc.assert(
      fc.property(fc.array(fc.array(any, { maxLength: 20 }), { maxLength: 10 }), (rounds) => {
        const list = neighbourList({ ssids: ['community'], keep: DAY, most: 8 });
        rounds.forEach((round, i) => list.hear(round.map(({ n, ...over }) => sighting(n, over)), i * 1000));
        const all = list.all(rounds.length * 1000);
        expect(all.length).toBeLessThanOrEqual(8);
        expect(new Set(bssids(all)).size).toBe(all.length);
        expect(all.every((n) => n.ssid === 'community' && n.lastSeen >= rounds.length * 1000 - DAY)).toBe(true);
      }),
    );
  });
});

test.each([
  [2412, 1],
  [2472, 13],
  [2484, 14],
  [5180, 36],
  [5825, 165],
  [5955, 1],
  [7115, 233],
  [58_320, 0],
  [0, 0],
])('%i MHz is channel %i', (frequency, channel) => expect(channelOf(frequency)).toBe(channel));
