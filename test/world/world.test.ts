/** Whole worlds at random, for a few seconds; `npm run fuzz` plays longer. A failure says how to see it again. */
import { describe, expect, it } from 'vitest';
import { TRIGGER } from '../../protocol/mobility/codes.ts';
import { find } from '../../protocol/mobility/options.ts';
import { addressOf } from './phone.ts';
import { QUIET, watch } from './reference.ts';
import { chaosOf, clearsOf, play, storyOf, updatesOf, WorldError } from './story.ts';
import { createWorld, usualUplink } from './world.ts';

/** No handover leads to these. */
const BY_ORDER: ReadonlySet<number> = new Set([TRIGGER.UNSPECIFIED, TRIGGER.ADMINISTRATIVE, TRIGGER.USER_INITIATED, TRIGGER.ACCESS_NETWORK, TRIGGER.PER_PEER_POLICY, TRIGGER.REVOKING_NODE_POLICY]);
/** For machines that have other things to do. */
const PATIENCE = 60_000;

describe('at random', () => {
  it.each(Array.from({ length: 4 }, (_, i) => i + 1))('seed %i: nobody is lost, nothing is given twice, both ends agree', (seed) => {
    expect(play(storyOf(seed, 150)).network.sent.packets).toBeGreaterThan(50);
  }, PATIENCE);

  it.each(Array.from({ length: 2 }, (_, i) => i + 1))('seed %i, with an anchor that is killed, whose store fails and whose clock is set: no binding is acknowledged and then forgotten', (seed) => {
    expect(play(chaosOf(seed, 150)).network.sent.packets).toBeGreaterThan(50);
  }, PATIENCE);

  it.each([2, 16])('seed %i, with sessions that are extended together and registered anew on demand', (seed) => {
    let together = 0;
    const world = play(updatesOf(seed, 100), (w) => {
      w.onEffect = (_, effect) => void (together += effect.kind === 'send' && effect.message.kind === 'bindingUpdate' && !find(effect.message.options, 'mnIdentifier') ? 1 : 0);
      w.run(QUIET);
    });
    expect([together > 0, (world.anchor.lma.statistics.upn[1] ?? 0) > 0]).toEqual([true, true]);
  }, PATIENCE);

  it.each([1, 4])('seed %i, with bindings that are cleared, gateways that reboot, and heartbeats', (seed) => {
    const world = play(clearsOf(seed, 120));
    const { pbri, 'pbri-received': fromGateways } = world.anchor.lma.statistics;
    expect([Object.keys(pbri).some((trigger) => BY_ORDER.has(Number(trigger))), Object.keys(fromGateways).length > 0, [...world.anchor.lma.peers.values()].every((p) => p.pulse.received > 0)]).toEqual([true, true, true]);
  }, PATIENCE);

  it('a seed tells the same story again', () => {
    const [one, two] = [play(storyOf(5, 60)), play(storyOf(5, 60))];
    expect(one.trace).toEqual(two.trace);
  }, PATIENCE);

  it('a failure says how to see it again', () => {
    const broken = () => play(storyOf(5, 60), (world) => void (world.phones[0] as { home: number }).home++);
    expect(broken).toThrow(WorldError);
    expect(broken).toThrow(/again: play\(storyOf\(5, \d+\)\)/);
  });
});

describe('a calm network', () => {
  it('a phone that roams fifty times is served at its new home at once, with one PBU and its addresses, and the old home lets go', () => {
    const world = createWorld({ seed: 7, homes: 3, phones: 4 });
    const reference = watch(world);
    let sent: string[] = [];
    const { onEffect } = world;
    world.onEffect = (home, effect) => {
      onEffect(home, effect);
      if (effect.kind === 'send' && effect.message.kind === 'bindingUpdate') sent.push(`home${home.number} HI ${find(effect.message.options, 'handoffIndicator')?.indicator} lifetime ${effect.message.lifetime}`);
    };
    for (const phone of world.phones) world.attach(phone, world.homes[0] as (typeof world.homes)[number]);
    world.run(1000);
    const before = world.phones.map((p) => [addressOf(p), p.prefixes]);
    for (let i = 0; i < 50; i++) {
      const phone = world.phones[i % 4] as (typeof world.phones)[number];
      const home = world.homes[(Math.floor(i / 4) + 1) % 3] as (typeof world.homes)[number];
      sent = [];
      world.attach(phone, home);
      world.run(40);
      expect(home.mag?.list.byMac.get(phone.mac)?.state.name).toBe('active');
      world.run(1000);
      expect(sent).toEqual([`home${home.number} HI 4 lifetime 3600`]);
      expect(world.homes.filter((h) => h.mag?.list.byMac.has(phone.mac))).toEqual([home]);
      expect(reference.now()).toEqual([]);
    }
    expect(world.phones.map((p) => [addressOf(p), p.prefixes])).toEqual(before);
    expect(world.anchor.lma.statistics['handoff-count']).toBe(50);
  });

  it('a phone that comes to another home under another MAC keeps its addresses: the old home is asked, and lets go', () => {
    const world = createWorld({ seed: 11, homes: 2, phones: 6, subscribers: 3 });
    const [one, other] = [world.phones[2], world.phones[5]];
    const [old, next] = world.homes;
    if (!one || !other || !old || !next) throw new Error('a world without phones or homes');
    world.attach(one, old);
    world.run(1000);
    world.leave(one);
    world.attach(other, next);
    world.run(3000);
    expect([addressOf(other), other.prefixes]).toEqual([addressOf(one), one.prefixes]);
    expect([addressOf(other) !== undefined, other.prefixes.length, world.anchor.lma.cache.size]).toEqual([true, 1, 1]);
    expect(old.mag?.list.byMac.size).toBe(0);
  });

  it.each([
    ['another home', 1],
    ['the same home', 0],
  ])('a one-device account: a new MAC at %s takes the session over at once, without asking anybody', (_, place) => {
    const world = createWorld({ seed: 13, homes: 2, phones: 6, subscribers: 3, exclusive: true });
    const reference = watch(world);
    const [one, other] = [world.phones[2], world.phones[5]];
    const [old, next] = [world.homes[0], world.homes[place]];
    if (!one || !other || !old || !next) throw new Error('a world without phones or homes');
    world.attach(one, old);
    world.run(1000);
    const before = [addressOf(one), one.prefixes];
    world.leave(one);
    world.attach(other, next);
    world.run(100);
    expect([next.mag?.list.byMac.get(other.mac)?.state.name, addressOf(other), other.prefixes]).toEqual(['active', ...before]);
    expect([world.anchor.lma.cache.size, [...world.anchor.lma.cache.all()].map((b) => b.linkLayerId)]).toEqual([1, [other.mac]]);
    expect(reference.now()).toEqual([]);
    world.run(60_000);
    expect([old.mag?.list.byMac.has(one.mac), next.mag?.list.byMac.get(other.mac)?.state.name, world.anchor.lma.cache.size]).toEqual([false, 'active', 1]);
    expect(reference.now()).toEqual([]);
  });

  it.each([
    ['two homes', 1],
    ['one home', 0],
  ])('a one-device account with two live phones at %s: the later one has the session, the other ends up with one of its own, and nobody fights', (_, place) => {
    const world = createWorld({ seed: 14, homes: 2, phones: 6, subscribers: 3, exclusive: true });
    const [one, other] = [world.phones[2], world.phones[5]];
    const [old, next] = [world.homes[0], world.homes[place]];
    if (!one || !other || !old || !next) throw new Error('a world without phones or homes');
    world.attach(one, old);
    world.run(1000);
    const before = addressOf(one);
    world.attach(other, next);
    world.run(100_000);
    expect([addressOf(other), world.anchor.lma.cache.size]).toEqual([before, 2]);
    const sent: string[] = [];
    world.onEffect = (home, effect) => effect.kind === 'send' && sent.push(`home${home.number} ${effect.message.kind}`);
    world.run(100_000);
    expect(sent).toEqual([]);
    expect([old.mag?.list.byMac.get(one.mac)?.state.name, next.mag?.list.byMac.get(other.mac)?.state.name]).toEqual(['active', 'active']);
    expect(new Set([addressOf(one), addressOf(other), ...one.prefixes.slice(-1), ...other.prefixes]).size).toBe(4);
  });

  it('a phone that comes back to its home under another MAC, its account having several devices: the LMA asks, and the addresses stay', () => {
    const world = createWorld({ seed: 15, homes: 1, phones: 6, subscribers: 3 });
    const reference = watch(world);
    const [one, other] = [world.phones[2], world.phones[5]];
    const [home] = world.homes;
    if (!one || !other || !home) throw new Error('a world without phones or home');
    world.attach(one, home);
    world.run(1000);
    world.leave(one);
    world.attach(other, home);
    world.run(3000);
    expect([addressOf(other), other.prefixes, home.mag?.list.byMac.has(one.mac)]).toEqual([addressOf(one), one.prefixes, false]);
    expect(reference.now()).toEqual([]);
  });

  it('a phone that goes from one access interface of its home to the other and back keeps all, whatever hostapd says later', () => {
    const world = createWorld({ seed: 16, homes: 1, phones: 1 });
    const reference = watch(world);
    const [phone] = world.phones;
    const [home] = world.homes;
    if (!phone || !home) throw new Error('a world without phone or home');
    world.attach(phone, home);
    world.run(2000);
    for (const device of ['wlan1', 'wlan0', 'wlan1'] as const) {
      world.attach(phone, home, 5000, device);
      world.run(3000);
      expect(home.paths.get(0)?.access?.interface).toBe(device);
    }
    world.run(20_000);
    expect([reference.whenQuiet(), home.mag?.list.byMac.get(phone.mac)?.interface]).toEqual([[], 'wlan1']);
  });

  it('two phones of one subscriber at two homes have a session each', () => {
    const world = createWorld({ seed: 12, homes: 2, phones: 6, subscribers: 3 });
    const [one, other] = [world.phones[2], world.phones[5]];
    const [old, next] = world.homes;
    if (!one || !other || !old || !next) throw new Error('a world without phones or homes');
    world.attach(one, old);
    world.run(1000);
    world.attach(other, next);
    world.run(3000);
    expect(world.anchor.lma.cache.size).toBe(2);
    expect(new Set([addressOf(one), addressOf(other), ...one.prefixes, ...other.prefixes]).size).toBe(4);
    expect([old.mag?.list.byMac.size, next.mag?.list.byMac.size]).toEqual([1, 1]);
  });

  it('an agent that is killed and back after 10 s takes up what it had: the path stays, and one PBU with HI 5 goes out', () => {
    const world = createWorld({ seed: 9, homes: 2, phones: 3 });
    const [home] = world.homes;
    if (!home) throw new Error('a world without homes');
    for (const phone of world.phones) world.attach(phone, home);
    world.run(20_000);
    const before = structuredClone([...home.paths]);
    const sent: string[] = [];
    world.onEffect = (_, effect) => {
      if (effect.kind === 'setPath' || effect.kind === 'removePath') sent.push(effect.kind);
      if (effect.kind === 'send' && effect.message.kind === 'bindingUpdate') sent.push(`HI ${find(effect.message.options, 'handoffIndicator')?.indicator}`);
    };
    world.kill(home, 10_000);
    world.run(5000);
    expect([home.mag, [...home.paths]]).toEqual([undefined, before]);
    world.run(15_000);
    expect([...home.paths]).toEqual(before);
    expect(sent).toEqual(['HI 5', 'HI 5', 'HI 5']);
  });

  it('a home that is renumbered: a second later both ends of every path have the new address, and no phone noticed', () => {
    const world = createWorld({ seed: 21, homes: 4, phones: 4 });
    const reference = watch(world);
    for (const [i, phone] of world.phones.entries()) world.attach(phone, world.homes[i] as (typeof world.homes)[number]);
    world.run(2000);
    const before = world.phones.map((p) => [addressOf(p), p.prefixes]);
    for (const home of world.homes) home.setUplink(usualUplink(home.number, 5));
    for (const phone of world.phones) world.homes[(phone.home ?? 0) - 1]?.feed({ kind: 'seen', mac: phone.mac, at: world.now() });
    world.run(1000);
    // Behind the NAT of home 3 the agent sees no change; its next refresh tells the anchor.
    expect(reference.whenQuiet().filter((w) => !w.includes('home3'))).toEqual([]);
    expect(world.phones.map((p) => [addressOf(p), p.prefixes])).toEqual(before);
    world.run(310_000);
    expect(reference.whenQuiet()).toEqual([]);
  });

  it('a refresh that an old home sends before it knows better takes nothing back: 128, and it lets go', () => {
    const world = createWorld({ seed: 4, homes: 2, phones: 1, lifetime: 120 });
    const [phone] = world.phones;
    const [old, next] = world.homes;
    if (!phone || !old || !next) throw new Error('a world without phone or homes');
    world.attach(phone, old);
    world.run(56_000);
    old.feed({ kind: 'seen', mac: phone.mac, at: world.now() });
    // The BRIs are lost.
    world.network.host(old.uplink.ipv6 as string, undefined);
    world.attach(phone, next);
    world.run(3500);
    old.setUplink(old.uplink);
    world.run(3000);
    expect(world.anchor.lma.statistics.pba['reason-unspecified']).toBe(1);
    expect(world.anchor.lma.statistics['handoff-count']).toBe(1);
    expect(old.mag?.list.byMac.size).toBe(0);
  });

  it.each([
    ['hears nothing of a roam', undefined],
    ['is told by hostapd, late', 8000],
  ])('an old home that %s says farewell to nobody: the anchor ignores it, and the phone keeps what it has', (_, told) => {
    const world = createWorld({ seed: 3, homes: 2, phones: 1 });
    const reference = watch(world);
    const [phone] = world.phones;
    const [old, next] = world.homes;
    if (!phone || !old || !next) throw new Error('a world without phone or homes');
    world.attach(phone, old);
    world.run(1000);
    // Its BRIs are lost.
    world.network.host(old.uplink.ipv6 as string, undefined);
    world.attach(phone, next, told);
    world.run(told ?? 8000);
    expect(old.mag?.list.byMac.has(phone.mac)).toBe(true);
    // Silent for the poll interval, and three questions of 2 s unanswered.
    world.run(10_000);
    expect(old.mag?.list.byMac.has(phone.mac)).toBe(false);
    expect(world.anchor.lma.statistics.dropped['de-registration-of-another-mag']).toBe(1);
    world.run(400_000);
    expect(reference.whenQuiet()).toEqual([]);
    expect(world.anchor.lma.statistics['handoff-count']).toBe(1);
  });

  it('a phone that vanishes without a word is de-registered after interval + retries x timeout, and its addresses go back', () => {
    const world = createWorld({ seed: 6, homes: 1, phones: 1 });
    const [phone] = world.phones;
    const [home] = world.homes;
    if (!phone || !home) throw new Error('a world without phone or home');
    world.attach(phone, home);
    world.run(1000);
    const silentSince = phone.lastAt.get(1) ?? 0;
    world.leave(phone);
    world.run(silentSince + 15_999 - world.now());
    expect(world.anchor.lma.cache.size).toBe(1);
    world.run(2000);
    expect([...world.anchor.lma.cache.all()].map((b) => b.state)).toEqual(['RELEASED']);
    world.run(10_000);
    expect([world.anchor.lma.cache.size, world.anchor.lma.ipv4Pools.get('v4')?.used]).toEqual([0, 0]);
  });
});
