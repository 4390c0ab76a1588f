/** RFC 5213 §6.9.1.3, §6.9.1.4, §6.13, 5844 §3.2.3.3, 5845 §4.2: how a session is kept, and how it ends. */
import { describe, expect, it } from 'vitest';
import { STATUS } from '../../protocol/mobility/codes.ts';
import { find, findAll } from '../../protocol/mobility/options.ts';
import { findVendor, VENDOR } from '../../protocol/vendor.ts';
import { acceptance, accepting, activeBench, createBench, HOA, HOME, LMA1, MAC, OTHER_MAC, PREFIX, profile, refusal, silent } from '../mag/harness.ts';

describe('refresh', () => {
  it('G34 a refresh names every assigned prefix and has HI 5', () => {
    const second = { kind: 'homeNetworkPrefix', prefixLength: 64, prefix: '2001:db8:f00d:2::' } as const;
    const first = { kind: 'homeNetworkPrefix', prefixLength: 64, prefix: PREFIX.address } as const;
    const bench = activeBench({ lma: (pbu) => acceptance(pbu, { options: [first, second] }) });
    bench.advance(300_000);
    expect(findAll(bench.lastPbu().options, 'homeNetworkPrefix')).toEqual([first, second]);
    expect(find(bench.lastPbu().options, 'handoffIndicator')?.indicator).toBe(5);
  });

  it('G35 a refresh names the assigned HoA in exactly one option 36', () => {
    const bench = activeBench();
    bench.advance(300_000);
    expect(findAll(bench.lastPbu().options, 'ipv4HomeAddressRequest')).toEqual([{ kind: 'ipv4HomeAddressRequest', prefixLength: 24, address: HOA }]);
  });

  it('G35 the downlink key stays the same from the first PBU on', () => {
    const bench = createBench();
    bench.attach();
    bench.advance(300_000);
    bench.give({ kind: 'careOf', careOf: { ...HOME, ipv6: '2001:db8:cafe:9::1' } });
    expect(new Set(bench.pbus().map((p) => find(p.options, 'greKey')?.key)).size).toBe(1);
    expect(bench.pbus()).toHaveLength(3);
  });

  it.each([
    [3600, 300_000],
    [400, 200_000],
    [84, 42_000],
    [76, 38_000],
    [4, 2000],
  ])('a lifetime of %i s is refreshed after %i ms', (lifetime, after) => {
    const bench = activeBench({ lma: (pbu) => acceptance(pbu, { lifetime }) });
    bench.advance(after - 1);
    expect(bench.pbus()).toHaveLength(0);
    bench.advance(1);
    expect(bench.pbus()).toHaveLength(1);
  });

  it('G36 a binding is not extended for a node whose presence is not certain', () => {
    const bench = activeBench({ timers: { detachPeriod: 3_600_000 } });
    bench.phoneAnswers = false;
    bench.advance(320_000);
    expect(bench.of('checkPresence').map((e) => e.since)).toEqual([290_000, 290_000, 290_000]);
    expect(bench.pbus().map((p) => p.lifetime)).toEqual([0]);
    expect(bench.state()).toBe('gone');
    expect(bench.of('removePath')).toHaveLength(1);
  });

  it('G36 a frame of the last 10 s is proof enough, an older one is not, however seldom phones are polled', () => {
    const bench = activeBench({ timers: { detachPeriod: 3_600_000 } });
    bench.phoneAnswers = false;
    bench.advance(295_000);
    bench.give({ kind: 'seen', mac: MAC, at: 289_000 });
    bench.advance(5000);
    expect(bench.pbus()).toEqual([]);
    bench.give({ kind: 'seen', mac: MAC, at: 289_999 });
    expect(bench.pbus()).toEqual([]);
    bench.give({ kind: 'seen', mac: MAC, at: 300_000 });
    expect(bench.pbus()).toHaveLength(1);
  });

  it('G36 the question to the phone names its address, its router and its prefixes', () => {
    const bench = activeBench();
    bench.advance(10_000);
    expect(bench.of('checkPresence')).toEqual([{ kind: 'checkPresence', interface: 'wlan0', mac: MAC, ipv4: { address: HOA, router: '192.0.2.254' }, prefixes: [PREFIX], since: 1 }]);
  });

  it('G36 a lifetime that ends unanswered ends the service, and the PBUs go on', () => {
    const bench = activeBench({ timers: { lifetime: 120 } });
    bench.lma = silent;
    bench.advance(119_999);
    expect([bench.state(), bench.of('removePath').length]).toEqual(['active', 0]);
    bench.advance(1);
    expect([bench.state(), bench.of('removePath').length, bench.session()?.state]).toEqual(['registering', 1, 'pending']);
    bench.lma = accepting;
    bench.advance(40_000);
    expect([bench.state(), bench.of('setPath').length]).toEqual(['active', 1]);
    expect(find(bench.lastPbu().options, 'ipv4HomeAddressRequest')?.address).toBe(HOA);
  });
});

describe('de-registration', () => {
  it('G37 a node that left is de-registered with lifetime 0 and HI 4', () => {
    const bench = activeBench();
    bench.detach();
    const pbu = bench.lastPbu();
    expect([pbu.lifetime, find(pbu.options, 'handoffIndicator')?.indicator]).toEqual([0, 4]);
    expect(findAll(pbu.options, 'homeNetworkPrefix')).toEqual([{ kind: 'homeNetworkPrefix', prefixLength: 64, prefix: PREFIX.address }]);
    expect(find(pbu.options, 'ipv4HomeAddressRequest')).toEqual({ kind: 'ipv4HomeAddressRequest', prefixLength: 24, address: HOA });
  });

  it('G37 so is one that vanished without a word, after interval + retries x timeout', () => {
    const bench = activeBench();
    bench.phoneAnswers = false;
    bench.advance(15_999);
    expect(bench.pbus()).toEqual([]);
    bench.advance(1);
    expect([bench.lastPbu().lifetime, find(bench.lastPbu().options, 'handoffIndicator')?.indicator, bench.state()]).toEqual([0, 4, 'gone']);
  });

  it('G37 and one that an operator or the AAA server disconnects (RFC 5176 §3.1)', () => {
    const bench = activeBench();
    bench.give({ kind: 'disconnect', mac: MAC, reason: 'Disconnect-Request' });
    expect([bench.lastPbu().lifetime, bench.of('deauthenticate').length, bench.state()]).toEqual([0, 1, 'gone']);
  });

  it('G37 a node that left before the first PBA is de-registered by its identity', () => {
    const bench = createBench({ lma: silent });
    bench.attach();
    bench.detach();
    expect(bench.lastPbu().lifetime).toBe(0);
    expect(find(bench.lastPbu().options, 'homeNetworkPrefix')?.prefix).toBe('::');
  });

  it('G38 state is removed on the PBA', () => {
    const bench = activeBench();
    bench.detach();
    expect(bench.state()).toBe('gone');
    expect(bench.of('removePath')).toEqual([{ kind: 'removePath', index: 0 }]);
    expect(bench.of('forget').at(-1)).toEqual({ kind: 'forget', mac: MAC });
    expect(bench.session()).toMatchObject({ state: 'none', prefixes: [] });
  });

  it('G38 state is removed 1 s after the de-registration, which is not repeated', () => {
    const bench = activeBench();
    bench.lma = silent;
    bench.detach();
    bench.advance(999);
    expect(bench.state()).toBe('deregistering');
    bench.advance(1);
    expect(bench.state()).toBe('gone');
    expect(bench.pbus()).toHaveLength(1);
  });

  it('G39 the path goes with its node, and the others stay', () => {
    const bench = activeBench();
    bench.profile = { profile: { ...profile, nai: 'mn1@example.com' } };
    bench.attach(OTHER_MAC);
    bench.detach(MAC);
    expect(bench.of('removePath')).toEqual([{ kind: 'removePath', index: 0 }]);
    expect(bench.entry(OTHER_MAC).path?.index).toBe(1);
  });

  it.each([['releaseIpv4', false], ['declineIpv4', true]] as const)('G40 selective IPv4 de-registration (%s) carries no HNP option, and the prefixes stay', (kind, conflict) => {
    const bench = activeBench();
    bench.give({ kind, mac: MAC });
    const pbu = bench.lastPbu();
    expect([pbu.lifetime, findAll(pbu.options, 'homeNetworkPrefix').length, find(pbu.options, 'ipv4HomeAddressRequest')?.address]).toEqual([0, 0, HOA]);
    expect(findVendor(pbu.options, VENDOR.ADDRESS_CONFLICT) !== undefined).toBe(conflict);
    expect(bench.of('setPath').at(-1)?.path).toMatchObject({ prefixes: [PREFIX] });
    expect(bench.of('setPath').at(-1)?.path.ipv4).toBeUndefined();
    expect(bench.session()).toMatchObject({ state: 'active', prefixes: [PREFIX] });
    expect(bench.session()?.ipv4).toBeUndefined();
  });

  it('G40 a released address is not asked for until the phone wants one, also not by a refresh', () => {
    const bench = activeBench();
    bench.give({ kind: 'releaseIpv4', mac: MAC });
    bench.advance(300_000);
    expect(find(bench.lastPbu().options, 'ipv4HomeAddressRequest')).toBeUndefined();
    bench.give({ kind: 'wantBinding', station: { interface: 'wlan0', mac: MAC }, wantedIpv4: HOA });
    expect(find(bench.lastPbu().options, 'ipv4HomeAddressRequest')?.address).toBe(HOA);
    expect(bench.session()?.ipv4?.address).toBe(HOA);
  });

  it('G40 the PBA of a refresh that was under way does not give a released address back', () => {
    const bench = activeBench();
    bench.lma = silent;
    bench.advance(300_000);
    const refresh = bench.lastPbu();
    bench.give({ kind: 'releaseIpv4', mac: MAC });
    bench.message(acceptance(refresh));
    expect(bench.session()?.ipv4).toBeUndefined();
    expect(bench.entry().path?.ipv4).toBeUndefined();
  });

  it('G37 a farewell after an IPv4 release, which may have been lost, names both families and so is not a selective one', () => {
    const bench = activeBench();
    bench.give({ kind: 'releaseIpv4', mac: MAC });
    bench.detach();
    expect(find(bench.lastPbu().options, 'ipv4HomeAddressRequest')).toEqual({ kind: 'ipv4HomeAddressRequest', prefixLength: 0, address: '0.0.0.0' });
    expect(findAll(bench.lastPbu().options, 'homeNetworkPrefix')).toHaveLength(1);
  });

  it('G40 a phone without prefixes that releases its address keeps nothing; its next DISCOVER starts anew', () => {
    const bench = activeBench({ profile: { profile: { ...profile, ipv6: false } } });
    bench.give({ kind: 'releaseIpv4', mac: MAC });
    expect(bench.state()).toBe('gone');
    bench.advance(10);
    bench.give({ kind: 'wantBinding', station: { interface: 'wlan0', mac: MAC } });
    expect(bench.session()?.ipv4?.address).toBe(HOA);
  });

  it('G41 a de-registration carries no GRE key option', () => {
    const bench = activeBench();
    bench.detach();
    expect(find(bench.lastPbu().options, 'greKey')).toBeUndefined();
  });

  it('G45 packets are forwarded only with an established binding: every path has addresses, keys and the phone behind it', () => {
    const bench = createBench({ lma: silent });
    bench.attach();
    expect(bench.of('setPath')).toEqual([]);
    bench.message(acceptance(bench.lastPbu()));
    expect(bench.of('setPath')).toHaveLength(1);
    bench.lma = (pbu) => refusal(pbu, STATUS.PROXY_REG_NOT_ENABLED);
    bench.advance(300_000);
    expect(bench.of('removePath')).toHaveLength(1);
  });

  it('G46 the path names the one IPv4 source that may be forwarded; G47 and one tunnel for all of it', () => {
    const bench = createBench();
    bench.attach();
    expect(bench.of('setPath').at(-1)?.path).toMatchObject({ ipv4: HOA, access: { interface: 'wlan0', mac: MAC }, tunnel: { remote: LMA1.ipv6 } });
  });

  it('G48 the path follows a phone to another access interface of the home at once', () => {
    const bench = activeBench();
    bench.advance(5);
    bench.lma = silent;
    bench.attach(MAC, 'wlan1');
    expect(bench.of('setPath').at(-1)?.path.access).toEqual({ interface: 'wlan1', mac: MAC });
    expect(bench.of('session').map((s) => [s.interface, s.session.state])).toEqual([['wlan0', 'none'], ['wlan1', 'active']]);
  });
});
