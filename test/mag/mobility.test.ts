/** The three kinds of mobility: between access points, between access interfaces, between gateways. */
import { describe, expect, it } from 'vitest';
import { find } from '../../protocol/mobility/options.ts';
import { TRIGGER } from '../../protocol/mobility/codes.ts';
import { activeBench, bri, MAC, profile, silent, type Bench, type BenchOptions } from './harness.ts';

const CAME = 60_000;

/** Attached since a minute, last heard `ago` before it associates again. */
function heard(ago: number, options: BenchOptions = {}): Bench {
  const bench = activeBench(options);
  bench.advance(CAME - ago);
  bench.give({ kind: 'seen', mac: MAC, at: bench.now().at });
  bench.clear();
  bench.advance(ago);
  return bench;
}

const associates = (bench: Bench, more: { readonly lastSeen?: number; readonly interface?: string; readonly identity?: string } = {}) => {
  const { lastSeen, interface: accessInterface = 'wlan0', identity } = more;
  bench.give({ kind: 'stationAttached', station: { interface: accessInterface, mac: MAC, ...(identity === undefined ? {} : { identity }) }, at: bench.now().at, ...(lastSeen === undefined ? {} : { lastSeen }) });
};
const handoffs = (bench: Bench) => bench.pbus().map((p) => find(p.options, 'handoffIndicator')?.indicator);

describe('from one access point to another of the same access interface', () => {
  it.each([20, 100, 1000])('a phone that was heard %i ms before says nothing to the LMA, and nothing changes', (ago) => {
    const bench = heard(ago);
    associates(bench);
    expect(bench.effects).toEqual([]);
  });

  it.each([0, 5, 19, 1001, 5000])('a phone that was heard %i ms before may come from another home: HI 4', (ago) => {
    const bench = heard(ago);
    associates(bench);
    expect(handoffs(bench)).toEqual([4]);
  });

  it('the data path may know of a later frame than we do; a frame after the association tells nothing', () => {
    const known = heard(9000);
    associates(known, { lastSeen: CAME - 50 });
    expect(known.effects).toEqual([]);
    const after = heard(9000);
    associates(after, { lastSeen: CAME + 2 });
    expect(handoffs(after)).toEqual([4]);
  });

  it.each<[string, (bench: Bench) => void]>([
    ['the LMA says that it moved', (bench) => void bench.message(bri(TRIGGER.HANDOVER_SAME_ATT))],
    ['hostapd said that it left', (bench) => void bench.give({ kind: 'stationDetached', interface: 'wlan0', mac: MAC, reason: 'disconnected' })],
    ['a PBU that takes the session is unanswered', (bench) => {
      bench.lma = silent;
      bench.give({ kind: 'careOf', careOf: { ipv6: '2001:db8:cafe:9::1', mtu: 1500 } });
      bench.advance(100);
    }],
  ])('but not when %s', (_, doubt) => {
    const bench = heard(300);
    bench.phoneAnswers = false;
    doubt(bench);
    bench.clear();
    associates(bench);
    expect(handoffs(bench)).toEqual([4]);
  });

  it('nor with other credentials', () => {
    const bench = heard(300);
    associates(bench, { identity: 'anna@example.com' });
    expect([handoffs(bench), bench.of('loadProfile').length]).toEqual([[4], 1]);
  });
});

describe('between two access interfaces of a gateway', () => {
  it('the path follows at once, then the LMA hears of it, and the profile of the other interface is looked up', () => {
    const bench = heard(100);
    associates(bench, { interface: 'wlan1' });
    const kinds = bench.effects.flatMap((e) => (e.kind === 'setPath' || e.kind === 'loadProfile' ? [e.kind] : e.kind === 'send' ? [e.message.kind] : []));
    expect(kinds).toEqual(['setPath', 'loadProfile', 'bindingUpdate']);
    expect([handoffs(bench), bench.entry().path?.access?.interface, find(bench.lastPbu().options, 'mnLinkLayerIdentifier')?.identifier]).toEqual([[4], 'wlan1', MAC]);
  });

  it('an interface with another default profile means another session', () => {
    const bench = heard(100);
    bench.profile = { profile: { ...profile, apn: 'guests.example' } };
    associates(bench, { interface: 'wlan1' });
    expect(bench.pbus().map((p) => p.lifetime)).toEqual([3600, 0, 3600]);
    expect(find(bench.lastPbu().options, 'serviceSelection')?.service).toBe('guests.example');
  });

  it('hostapd lists it on the other interface after a gap: it is asked for there, and comes over when it answers', () => {
    const bench = heard(100);
    bench.phoneAnswers = false;
    bench.give({ kind: 'stationList', interface: 'wlan1', macs: [MAC] });
    bench.give({ kind: 'stationList', interface: 'wlan0', macs: [] });
    expect(bench.of('checkPresence').map((e) => e.interface)).toEqual(['wlan1']);
    bench.advance(10);
    associates(bench, { interface: 'wlan1' });
    bench.advance(3000);
    expect([bench.state(), bench.pbus().map((p) => p.lifetime), bench.entry().interface]).toEqual(['active', [3600], 'wlan1']);
  });

  it('there and back within the time that hostapd takes to tell of it: every late word is ignored', () => {
    const bench = heard(100);
    associates(bench, { interface: 'wlan1' });
    bench.advance(30);
    bench.give({ kind: 'stationDetached', interface: 'wlan0', mac: MAC, reason: 'disconnected' });
    bench.advance(3000);
    expect([bench.state(), bench.pbus().map((p) => p.lifetime)]).toEqual(['active', [3600]]);
  });
});
