/** Profiles that come late, change, or are taken back (RFC 5213 §6.2, RFC 5176 §3.1). */
import { describe, expect, it } from 'vitest';
import { find, findAll } from '../../protocol/mobility/options.ts';
import type { Profile } from '../../agent/mag/profile.ts';
import { acceptance, activeBench, createBench, HOA, LMA1, LMA2, MAC, OTHER_MAC, profile, silent, type Bench } from './harness.ts';

/** A bench whose profile source takes its time. */
function waiting(): Bench {
  const bench = createBench();
  bench.profile = undefined;
  bench.attach();
  return bench;
}

const questions = (bench: Bench) => bench.of('loadProfile').map((e) => e.question);
const answered = (bench: Bench, question: number | undefined, nai: string) => bench.give({ kind: 'profile', mac: MAC, question: question ?? -1, answer: { profile: { ...profile, nai, source: 'radius' } } });
const changed = (bench: Bench, change: Partial<Profile>) => bench.give({ kind: 'profileChanged', mac: MAC, answer: { profile: { ...profile, ...change } } });
const nais = (bench: Bench) => bench.pbus().map((p) => find(p.options, 'mnIdentifier')?.identifier);

describe('a profile that takes its time', () => {
  it('is waited for, however long, and needs no timer', () => {
    const bench = waiting();
    bench.advance(3_600_000);
    expect([bench.state(), bench.pbus().length]).toEqual(['profile', 0]);
    answered(bench, questions(bench)[0], 'late@example.com');
    expect([bench.state(), ...nais(bench)]).toEqual(['active', 'late@example.com']);
  });

  it('is asked for once, however often the phone repeats itself', () => {
    const bench = waiting();
    for (let i = 0; i < 5; i++) {
      bench.attach();
      bench.give({ kind: 'wantBinding', station: { interface: 'wlan0', mac: MAC }, wantedIpv4: HOA });
      bench.give({ kind: 'seen', mac: MAC, at: bench.now().at });
      bench.advance(1000);
    }
    expect(questions(bench)).toHaveLength(1);
  });

  it.each([
    ['an identity', { identity: 'anna@example.com' }],
    ['a client id', { clientId: '01:02' }],
    ['another access interface', { interface: 'wlan1' }],
  ])('is asked for again when %s appeared, and the first answer is not taken for the second', (_, facts) => {
    const bench = waiting();
    bench.give({ kind: 'stationAttached', station: { interface: 'wlan0', mac: MAC, ...facts }, at: 0 });
    expect(bench.of('loadProfile').at(-1)?.station).toEqual({ interface: 'wlan0', mac: MAC, ...facts });
    const [first, second, ...more] = questions(bench);
    expect(more).toEqual([]);
    answered(bench, first, 'old@example.com');
    expect([bench.state(), bench.discards()]).toEqual(['profile', ['profile that answers an older question']]);
    answered(bench, second, 'new@example.com');
    expect(nais(bench)).toEqual(['new@example.com']);
  });

  it('of a phone that left and came back belongs to the first visit', () => {
    const bench = waiting();
    bench.detach();
    bench.attach();
    const [first, second] = questions(bench);
    answered(bench, first, 'first@example.com');
    expect(bench.state()).toBe('profile');
    answered(bench, second, 'second@example.com');
    expect(nais(bench)).toEqual(['second@example.com']);
  });

  it('of a phone that has gone for good changes nothing', () => {
    const bench = waiting();
    bench.detach();
    answered(bench, questions(bench)[0], 'gone@example.com');
    expect([bench.state(), bench.pbus()]).toEqual(['gone', []]);
  });

  it('a client id in the DHCP request of a refused phone is worth another question, its repetition is not', () => {
    const bench = createBench({ profile: { refused: 'unknown MAC' } });
    bench.attach();
    bench.profile = { profile: { ...profile, nai: 'by-option-61@example.com' } };
    bench.give({ kind: 'wantBinding', station: { interface: 'wlan0', mac: MAC } });
    expect([bench.state(), questions(bench).length]).toEqual(['denied', 1]);
    bench.profile = { refused: 'still unknown' };
    for (let i = 0; i < 3; i++) bench.give({ kind: 'wantBinding', station: { interface: 'wlan0', mac: MAC, clientId: '00:61' } });
    expect([bench.state(), questions(bench).length]).toEqual(['denied', 2]);
  });
});

describe('another identity under the same MAC', () => {
  it('is looked up while the session goes on, and replaces it if the profile is another', () => {
    const bench = activeBench();
    bench.advance(5000);
    bench.profile = { profile: { ...profile, nai: 'berta@example.com' } };
    bench.give({ kind: 'stationAttached', station: { interface: 'wlan0', mac: MAC, identity: 'berta@example.com' }, at: 5000 });
    expect(bench.pbus().map((p) => [find(p.options, 'mnIdentifier')?.identifier, p.lifetime])).toEqual([
      ['mn0@example.com', 3600],
      ['mn0@example.com', 0],
      ['berta@example.com', 3600],
    ]);
    expect(bench.entry().profile?.nai).toBe('berta@example.com');
  });

  it('ends the session if it is entitled to nothing', () => {
    const bench = activeBench();
    bench.profile = { refused: 'Access-Reject' };
    bench.give({ kind: 'stationAttached', station: { interface: 'wlan0', mac: MAC, identity: 'mallory@example.com' }, at: 0 });
    expect([bench.state(), bench.lastPbu().lifetime, bench.of('deauthenticate').length]).toEqual(['gone', 0, 1]);
  });
});

describe('profileChanged', () => {
  it('the same profile changes nothing, nor does one for a phone that is not here', () => {
    const bench = activeBench();
    changed(bench, {});
    bench.give({ kind: 'profileChanged', mac: OTHER_MAC, answer: { refused: 'no more' } });
    expect(bench.effects).toEqual([]);
  });

  it('a refusal de-registers and sends away, and nobody else notices', () => {
    const bench = activeBench();
    bench.profile = { profile: { ...profile, nai: 'mn1@example.com' } };
    bench.attach(OTHER_MAC);
    bench.clear();
    bench.give({ kind: 'profileChanged', mac: MAC, answer: { refused: 'the contract ended' } });
    expect(bench.pbus().map((p) => [p.lifetime, find(p.options, 'handoffIndicator')?.indicator])).toEqual([[0, 4]]);
    expect(bench.of('deauthenticate')).toEqual([{ kind: 'deauthenticate', interface: 'wlan0', mac: MAC, reason: 'its profile was withdrawn: the contract ended' }]);
    expect([bench.state(), bench.state(OTHER_MAC), bench.of('removePath').map((e) => e.index)]).toEqual(['gone', 'active', [0]]);
  });

  it.each([
    ['NAI', { nai: 'mn1@example.com' }],
    ['service', { apn: 'other.example' }],
    ['LMA', { lmas: [LMA2.id] }],
  ])('another %s: the old session is de-registered first, then a new one begins with an index and a key of its own', (_, change) => {
    const bench = activeBench({ config: { lmas: [LMA1, LMA2] } });
    const key = bench.entry().downlinkKey;
    bench.lma = silent;
    changed(bench, change);
    expect([bench.state(), bench.pbus().map((p) => p.lifetime)]).toEqual(['deregistering', [0]]);
    const farewell = bench.lastPbu();
    bench.message(acceptance(farewell));
    const [, first] = bench.pbus();
    expect([bench.state(), first?.lifetime, find(first?.options ?? [], 'mnIdentifier')?.identifier]).toEqual(['registering', 3600, bench.entry().profile?.nai]);
    expect(bench.entry().downlinkKey).not.toBe(key);
    expect(bench.of('deauthenticate')).toEqual([]);
  });

  it('another NAI while the LMA is silent: the new session begins when the farewell is given up', () => {
    const bench = activeBench();
    bench.lma = silent;
    changed(bench, { nai: 'mn1@example.com' });
    bench.advance(1000);
    expect([bench.state(), ...nais(bench)]).toEqual(['registering', 'mn0@example.com', 'mn1@example.com']);
  });

  it('another NAI, and the phone leaves before it came to that: nothing new begins', () => {
    const bench = activeBench();
    bench.lma = silent;
    changed(bench, { nai: 'mn1@example.com' });
    bench.detach();
    bench.advance(10_000);
    expect([bench.state(), nais(bench)]).toEqual(['gone', ['mn0@example.com']]);
  });

  it('a phone whose session was replaced, with another address, is made to ask for it', () => {
    const bench = activeBench();
    bench.lma = (pbu) => acceptance(pbu, pbu.lifetime > 0 ? { options: [{ kind: 'ipv4HomeAddressReply', status: 0, prefixLength: 24, address: '192.0.2.77' }] } : {});
    changed(bench, { nai: 'mn1@example.com' });
    expect(bench.of('deauthenticate').map((e) => e.reason)).toEqual(['its IPv4 address changed']);
  });

  it('other name servers are announced, and no PBU leaves', () => {
    const bench = activeBench();
    changed(bench, { dns4: ['192.0.2.99'], source: 'radius' });
    expect([bench.session()?.dns4, bench.pbus()]).toEqual([['192.0.2.99'], []]);
    expect(bench.of('retain').at(-1)?.binding.profile.dns4).toEqual(['192.0.2.99']);
  });

  it('an LMA list that still has the session’s LMA changes nothing for it', () => {
    const bench = activeBench({ config: { lmas: [LMA1, LMA2] } });
    changed(bench, { lmas: [LMA2.id, LMA1.id] });
    expect([bench.state(), bench.pbus()]).toEqual(['active', []]);
  });

  it.each([['ipv4', 'homeNetworkPrefix'], ['ipv6', 'ipv4HomeAddressRequest']] as const)('without %s any more: it alone is de-registered, the rest of the session goes on', (family, other) => {
    const bench = activeBench();
    changed(bench, { [family]: false });
    const [pbu, ...more] = bench.pbus();
    expect([pbu?.lifetime, findAll(pbu?.options ?? [], other), more]).toEqual([0, [], []]);
    expect([bench.state(), bench.entry().path?.ipv4 === undefined, bench.entry().path?.prefixes.length]).toEqual(['active', family === 'ipv4', family === 'ipv4' ? 1 : 0]);
    bench.advance(300_000);
    expect([bench.lastPbu().lifetime, bench.entry().assigned.ipv4 === undefined]).toEqual([3600, family === 'ipv4']);
  });

  it('another family is asked for at once, and the session stays as it is meanwhile', () => {
    const bench = activeBench({ profile: { profile: { ...profile, ipv4: false } } });
    bench.lma = silent;
    changed(bench, { ipv4: true });
    expect([bench.state(), findAll(bench.lastPbu().options, 'ipv4HomeAddressRequest').length]).toEqual(['active', 1]);
    bench.message(acceptance(bench.lastPbu()));
    expect([bench.session()?.ipv4?.address, bench.entry().path?.ipv4]).toEqual([HOA, HOA]);
  });

  it('a phone that was refused gets its session when RADIUS lets it in later (web login)', () => {
    const bench = createBench({ profile: { refused: 'unknown MAC' } });
    bench.attach();
    bench.advance(60_000);
    bench.give({ kind: 'profileChanged', mac: MAC, answer: { profile: { ...profile, source: 'radius' } } });
    expect([bench.state(), bench.pbus().length]).toEqual(['active', 1]);
  });

  it('a phone that the LMA refused stays refused under the same profile, and a withdrawn profile is not tried again', () => {
    const bench = createBench();
    bench.lma = (pbu) => ({ ...acceptance(pbu), status: 130, lifetime: 0 });
    bench.attach();
    bench.clear();
    changed(bench, {});
    expect([bench.state(), bench.effects]).toEqual(['denied', []]);
    bench.give({ kind: 'profileChanged', mac: MAC, answer: { refused: 'the contract ended' } });
    bench.advance(60_000);
    expect([bench.state(), bench.pbus(), bench.of('deauthenticate')]).toEqual(['denied', [], []]);
  });

  it('comes too early while a newer question is out', () => {
    const bench = waiting();
    changed(bench, { nai: 'background@example.com' });
    answered(bench, questions(bench)[0], 'asked@example.com');
    expect(nais(bench)).toEqual(['asked@example.com']);
  });
});

describe('disconnect', () => {
  it('de-registers, sends away, and what hostapd says of it afterwards changes nothing', () => {
    const bench = activeBench();
    bench.lma = silent;
    bench.give({ kind: 'disconnect', mac: MAC, reason: 'Disconnect-Request' });
    bench.give({ kind: 'stationDetached', interface: 'wlan0', mac: MAC, reason: 'deauthenticated' });
    bench.advance(1000);
    expect([bench.state(), bench.pbus().map((p) => p.lifetime), bench.of('deauthenticate').map((e) => e.reason)]).toEqual(['gone', [0], ['Disconnect-Request']]);
  });

  it.each([
    ['waits for its profile', waiting],
    ['was refused', () => {
      const bench = createBench({ profile: { refused: 'none' } });
      bench.attach();
      return bench;
    }],
  ])('of a phone that %s sends it away without a PBU', (_, make) => {
    const bench = make();
    bench.give({ kind: 'disconnect', mac: MAC, reason: 'operator' });
    expect([bench.state(), bench.pbus(), bench.of('deauthenticate').length]).toEqual(['gone', [], 1]);
  });

  it('of a phone whose next session was about to begin ends that too', () => {
    const bench = activeBench();
    bench.lma = silent;
    changed(bench, { nai: 'mn1@example.com' });
    bench.give({ kind: 'disconnect', mac: MAC, reason: 'operator' });
    bench.advance(5000);
    expect([bench.state(), nais(bench)]).toEqual(['gone', ['mn0@example.com']]);
  });

  it('of a phone that is not here changes nothing', () => {
    const bench = activeBench();
    bench.give({ kind: 'disconnect', mac: OTHER_MAC, reason: 'operator' });
    expect(bench.effects).toEqual([]);
  });
});

describe('wanted addresses', () => {
  it('are named in the first PBU, and not again once they were refused', () => {
    const wantedPrefixes = [{ address: '2001:db8:5::', length: 64 }];
    const bench = createBench({ profile: { profile: { ...profile, wantedIpv4: '192.0.2.9', wantedPrefixes } } });
    let refuse = true;
    bench.lma = (pbu) => {
      const answer = acceptance(pbu);
      if (!refuse) return answer;
      refuse = false;
      return { ...answer, status: 155, lifetime: 0 };
    };
    bench.attach();
    const [first, second] = bench.pbus().map((p) => [findAll(p.options, 'homeNetworkPrefix').map((o) => o.prefix), find(p.options, 'ipv4HomeAddressRequest')?.address]);
    expect([first, second]).toEqual([[['2001:db8:5::'], '192.0.2.9'], [['::'], '192.0.2.9']]);
    expect(bench.state()).toBe('active');
  });
});
