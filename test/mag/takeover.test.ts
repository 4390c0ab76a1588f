/** Accounts of one device, and two phones of one subscriber at one gateway (RFC 5213 §5.4.1.2 (3), §6.9.1.1 (4)). */
import { describe, expect, it } from 'vitest';
import { TRIGGER } from '../../protocol/mobility/codes.ts';
import { find, findAll } from '../../protocol/mobility/options.ts';
import { acceptance, accepting, activeBench, braStatuses, bri, createBench, HOA, HOME, MAC, OTHER_MAC, PREFIX, profile, refusal, silent, type Bench, type BenchOptions } from './harness.ts';

const ONE_DEVICE: BenchOptions = { profile: { profile: { ...profile, exclusive: true } } };
const of = (bench: Bench, mac: string) => bench.pbus().filter((p) => find(p.options, 'mnLinkLayerIdentifier')?.identifier === mac);
const handoffs = (bench: Bench, mac = MAC) => of(bench, mac).map((p) => find(p.options, 'handoffIndicator')?.indicator);

/** A one-device account whose phone came back under OTHER_MAC. */
function twice(): Bench {
  const bench = activeBench(ONE_DEVICE);
  bench.phoneAnswers = false;
  bench.attach(OTHER_MAC);
  return bench;
}

describe('an account of one device', () => {
  it('G08 what just attached says HI 2 until it was accepted: that the account has one device is known', () => {
    const bench = createBench({ ...ONE_DEVICE, lma: silent });
    bench.attach();
    bench.advance(3000);
    bench.message(acceptance(bench.lastPbu()));
    expect(handoffs(bench)).toEqual([2, 2, 2]);
    bench.lma = accepting;
    bench.clear();
    bench.advance(300_000);
    bench.give({ kind: 'careOf', careOf: { ...HOME, ipv6: '2001:db8:cafe:9::1' } });
    bench.advance(5000);
    bench.attach();
    expect(handoffs(bench)).toEqual([5, 4, 2]);
  });

  it('any other account says HI 4', () => {
    const bench = createBench();
    bench.attach();
    expect(handoffs(bench)).toEqual([4]);
  });

  it('a new MAC at the same gateway takes the session over: the path of the old one goes before its own comes', () => {
    const bench = twice();
    expect([bench.state(MAC), bench.state(OTHER_MAC), handoffs(bench, OTHER_MAC)]).toEqual(['denied', 'active', [2]]);
    const paths = bench.effects.filter((e) => e.kind === 'setPath' || e.kind === 'removePath').map((e) => (e.kind === 'setPath' ? `set ${e.path.index} ${e.path.ipv4}` : `remove ${e.index}`));
    expect(paths).toEqual(['remove 0', `set 1 ${HOA}`]);
    expect(of(bench, MAC)).toEqual([]);
  });

  it('the old MAC, if it is gone, is forgotten after the pause, and says no farewell to the session of the new one', () => {
    const bench = twice();
    bench.advance(9000);
    bench.give({ kind: 'seen', mac: OTHER_MAC, at: bench.now().at });
    bench.phoneAnswers = false;
    for (let i = 0; i < 4; i++) {
      bench.advance(9000);
      bench.give({ kind: 'seen', mac: OTHER_MAC, at: bench.now().at });
    }
    expect([bench.state(MAC), bench.state(OTHER_MAC), of(bench, MAC)]).toEqual(['gone', 'active', []]);
  });

  it('the old MAC, if it is still here, asks for a session of its own after the pause, and takes nobody’s', () => {
    const bench = twice();
    bench.phoneAnswers = true;
    bench.lma = (pbu) => acceptance(pbu, find(pbu.options, 'mnLinkLayerIdentifier')?.identifier === MAC ? { options: [{ kind: 'homeNetworkPrefix', prefixLength: 64, prefix: '2001:db8:f00d:2::' }, { kind: 'ipv4HomeAddressReply', status: 0, prefixLength: 24, address: '192.0.2.2' }] } : {});
    bench.advance(33_000);
    expect([bench.state(MAC), bench.state(OTHER_MAC), handoffs(bench, MAC)]).toEqual(['active', 'active', [4]]);
    expect(new Set([bench.entry(MAC).path?.ipv4, bench.entry(OTHER_MAC).path?.ipv4]).size).toBe(2);
  });

  it('frames of the old MAC take nothing back, and neither does its farewell', () => {
    const bench = twice();
    bench.give({ kind: 'seen', mac: MAC, at: bench.now().at });
    bench.give({ kind: 'wantBinding', station: { interface: 'wlan0', mac: MAC } });
    bench.detach(MAC);
    expect([of(bench, MAC), bench.state(MAC), bench.state(OTHER_MAC)]).toEqual([[], 'gone', 'active']);
  });

  it('a refresh of the old MAC that was out is answered by nobody', () => {
    const bench = activeBench({ ...ONE_DEVICE, timers: { detachPeriod: 3_600_000 } });
    bench.lma = silent;
    bench.advance(300_000);
    const refresh = bench.lastPbu();
    bench.lma = accepting;
    bench.attach(OTHER_MAC);
    bench.message(acceptance(refresh));
    expect([bench.discards(), bench.state(OTHER_MAC), bench.entry(OTHER_MAC).path?.ipv4]).toEqual([['PBA answers no outstanding PBU'], 'active', HOA]);
  });

  it('a BRI that names the session reaches the phone that has it, not the one that had it', () => {
    const bench = twice();
    const prefix = { kind: 'homeNetworkPrefix', prefixLength: 64, prefix: PREFIX.address } as const;
    bench.clear();
    bench.message(bri(TRIGGER.HANDOVER_SAME_ATT, { options: [{ kind: 'mnIdentifier', subtype: 1, identifier: profile.nai }, prefix] }));
    expect(bench.of('checkPresence').map((e) => e.mac)).toEqual([OTHER_MAC]);
  });

  it('another device took the session at another gateway, and this one is still here: refused its old addresses, it asks for others and with HI 4', () => {
    const bench = activeBench(ONE_DEVICE);
    bench.lma = (pbu) => (find(pbu.options, 'homeNetworkPrefix')?.prefix === '::' ? acceptance(pbu) : refusal(pbu, 155));
    bench.message(bri(TRIGGER.HANDOVER_SAME_ATT));
    expect([braStatuses(bench), handoffs(bench), bench.state()]).toEqual([[132], [4, 4], 'active']);
  });
});

describe('two phones with one NAI and a session each', () => {
  it('have nothing to do with each other', () => {
    const bench = activeBench();
    bench.lma = (pbu) => acceptance(pbu, { options: [{ kind: 'homeNetworkPrefix', prefixLength: 64, prefix: '2001:db8:f00d:2::' }, { kind: 'ipv4HomeAddressReply', status: 0, prefixLength: 24, address: '192.0.2.2' }] });
    bench.attach(OTHER_MAC);
    expect([bench.state(MAC), bench.state(OTHER_MAC), bench.of('removePath'), findAll(bench.lastPbu().options, 'handoffIndicator')]).toEqual(['active', 'active', [], [{ kind: 'handoffIndicator', indicator: 4 }]]);
  });

  it('one whose farewell is unanswered gives its addresses up when the LMA gives them to the other', () => {
    const bench = activeBench();
    bench.lma = silent;
    bench.detach(MAC);
    bench.lma = accepting;
    bench.attach(OTHER_MAC);
    expect([bench.state(MAC), bench.entry(MAC).path, bench.entry(OTHER_MAC).path?.ipv4]).toEqual(['deregistering', undefined, HOA]);
  });
});
