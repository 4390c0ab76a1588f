/** The policer of the programs, packet by packet. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bench } from '../datapath/bench.ts';
import { ENDS, VERDICT, makeBench } from '../datapath/bench.ts';
import { udp } from '../datapath/packets.ts';
import { DOWN, HOST, PHONE, outerUp, path } from '../datapath/tunnels.ts';
import type { Path } from '../../protocol/paths.ts';

let bench: Bench;
beforeAll(() => {
  bench = makeBench('rates');
});
afterAll(() => bench.remove());

const ACCESS = { access: { interface: 'lan0', mac: '02:00:00:00:02:05' } } as const;
/** So slow that no test lives to see it pass a second packet, once the burst is gone. */
const SLOW = { rate: 8000, burst: 1 };
const FAST = { rate: 1e12, burst: 1_000_000 };
const mag = (rest: Partial<Path>) => path('mag', 'gre6', {}, { ...ACCESS, ...rest });
const lma = (rest: Partial<Path>) => path('lma', 'gre6', {}, rest);
const outerDown = (inner: Uint8Array) => outerUp('gre6', inner, { gre: { checksummed: false, key: DOWN } }, { source: ENDS.lma.gre6, destination: ENDS.mag.gre6 });

/** The four places where a packet meets a rate. */
const places = [
  ['up at the MAG', 'mag', 'up', () => bench.run('encap', udp(PHONE.ipv4, HOST.ipv4, 1000)), mag],
  ['down at the LMA', 'lma', 'down', () => bench.run('encap', udp(HOST.ipv4, PHONE.ipv4, 1000)), lma],
  ['up at the LMA', 'lma', 'up', () => bench.run('decap', outerUp('gre6', udp(PHONE.ipv4, HOST.ipv4, 1000))), lma],
  ['down at the MAG', 'mag', 'down', () => bench.run('decap', outerDown(udp(HOST.ipv4, PHONE.ipv4, 1000))), mag],
] as const;

/** An index of its own for each test: flows begin at zero. */
let index = 0;

describe.each(places)('%s', (_, role, way, send, make) => {
  const put = (rest: Partial<Path>) => {
    index += 1;
    bench.device('pseudo', role);
    bench.put(make({ index, ...rest }));
    bench.drops();
  };
  const verdicts = (n: number) => Array.from({ length: n }, () => send().verdict);

  test('what exceeds the rate is dropped and counted for the subscriber, and not among what passed', () => {
    put({ rates: { [way]: SLOW } });
    expect(verdicts(4)).toEqual([VERDICT.redirect, VERDICT.drop, VERDICT.drop, VERDICT.drop]);
    expect(bench.drops()).toEqual({ policed: 3 });
    expect(bench.counted(index)[`${way}Packets`]).toBe(1);
    expect(bench.policed(index)[way]).toBe(3);
  });

  test('a burst passes at once, and no more than it', () => {
    put({ rates: { [way]: { rate: 8000, burst: 10_280 } } }); // ten packets of 1028 octets, and another one each second
    const passed = verdicts(40).filter((v) => v === VERDICT.redirect).length;
    expect([passed >= 10, passed <= 13]).toEqual([true, true]);
  });

  test('a rate that is far off drops nothing', () => {
    put({ rates: { [way]: FAST } });
    expect(verdicts(50).every((v) => v === VERDICT.redirect)).toBe(true);
    expect(bench.policed(index)[way]).toBe(0);
  });

  test('the other way\'s rate is none of its business', () => {
    put({ rates: { [way === 'up' ? 'down' : 'up']: SLOW } });
    expect(verdicts(5).every((v) => v === VERDICT.redirect)).toBe(true);
  });

  test('a path that is there to drop drops all, and counts it', () => {
    put({ action: 'drop' });
    expect(verdicts(2)).toEqual([VERDICT.drop, VERDICT.drop]);
    expect(bench.drops()).toEqual({ closed: 2 });
  });
});

test('both families of a subscriber share one rate', () => {
  bench.device('pseudo', 'mag');
  bench.put(mag({ index: ++index, rates: { up: SLOW } }));
  expect(bench.run('encap', udp(PHONE.ipv4, HOST.ipv4, 100)).verdict).toBe(VERDICT.redirect);
  expect(bench.run('encap', udp(PHONE.ipv6, HOST.ipv6, 100)).verdict).toBe(VERDICT.drop);
});

test('what all guests of a home get together is limited at the MAG, whoever sends it, and not at the LMA', () => {
  bench.limit('up', SLOW);
  bench.device('pseudo', 'mag');
  bench.put(mag({ index: ++index, rates: { up: FAST } }));
  bench.drops();
  expect(bench.run('encap', udp(PHONE.ipv4, HOST.ipv4, 1000)).verdict).toBe(VERDICT.redirect);
  const other = { ipv4: '192.0.2.9', prefixes: [], index: ++index };
  bench.put(path('mag', 'gre6', { receiveKey: 0x77 }, { ...ACCESS, ...other }));
  expect(bench.run('encap', udp(other.ipv4, HOST.ipv4, 1000)).verdict).toBe(VERDICT.drop);
  expect(bench.drops()).toEqual({ hostFirst: 1 });
  expect(bench.policed(other.index)).toEqual({ up: 1, down: 0 });
  bench.device('pseudo', 'lma');
  bench.put(lma({ index: ++index }));
  expect(bench.run('encap', udp(HOST.ipv4, PHONE.ipv4, 1000)).verdict).toBe(VERDICT.redirect);
  bench.limit('up', undefined);
});
