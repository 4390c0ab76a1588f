/**
 * A whole world on one clock: real gateway cores with their conversations, the real anchor core, phones, and a network that
 * loses, doubles and delays. Everything follows from the seed and from what is asked of it, so it can be played again.
 */
import { defaultTimers } from '../../agent/mag/config.ts';
import type { LocalProfile } from '../../agent/mag/profile.ts';
import { describeTransition, type Transition } from '../../protocol/entity.ts';
import type { BindingAcknowledgement } from '../../protocol/mobility/messages.ts';
import type { Millis, Now } from '../../protocol/units.ts';
import { createAir } from './air.ts';
import { ANCHOR, createAnchor, type Anchor } from './anchor.ts';
import { createHome, identityOf, type Device, type Home, type Uplink } from './home.ts';
import { CALM, createNetwork, type Network } from './network.ts';
import { step as dhcpStep } from '../../lab/simulated/phoneDhcp.ts';
import { createPhone, nextAt, type Phone } from './phone.ts';
import { seeded, type Random } from './random.ts';
import { createDisk } from './disk.ts';
import { createSchedule } from './schedule.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly homes: number;
  readonly phones: number;
  /** How many NAIs the phones share; usually one each */
  readonly subscribers?: number;
  /** Seconds that gateways ask for, and the most that the anchor grants */
  readonly lifetime?: number;
  /** Accounts have one device each */
  readonly exclusive?: boolean;
  /** How long a profile source takes; usually it answers at once */
  readonly profileDelay?: readonly [Millis, Millis];
  /** False: sequence numbers alone order the PBUs (RFC 5213 §5.5) */
  readonly timestamps?: boolean;
  /** Gateways extend their sessions together (RFC 6602), and operators have them registered anew (RFC 7077) */
  readonly updates?: boolean;
  /** Gateways' wall clocks are wrong by at most this */
  readonly clockError?: Millis;
  /** The anchor is killed, its store fails, and its clock is set */
  readonly chaos?: boolean;
  /** Operators clear bindings at both ends, gateways reboot in order or not, and both ends send heartbeats */
  readonly clears?: boolean;
}

export interface World {
  readonly options: WorldOptions;
  readonly random: Random;
  readonly network: Network;
  readonly anchor: Anchor;
  readonly homes: readonly Home[];
  readonly phones: readonly Phone[];
  readonly now: () => Millis;
  /** What happened last, for whoever has to find out why. */
  readonly trace: string[];
  /** Called with each transition of the anchor. */
  onAnchorTransition: (transition: Transition) => void;
  /** PBUs that left, by gateway and phone. */
  onEffect: (home: Home, effect: Parameters<Parameters<typeof createHome>[0]['onEffect']>[0]) => void;
  /** Lets time pass. */
  run(duration: Millis): void;
  /** The phone's radio changes; `told` is when its old home learns it from hostapd, undefined = never. */
  attach(phone: Phone, home: Home, told?: Millis, device?: Device): void;
  leave(phone: Phone, told?: Millis): void;
  sleep(phone: Phone, duration: Millis): void;
  /** The phone's DHCP client gives its address back, or finds it in use. */
  giveBack(phone: Phone, how: 'release' | 'decline'): void;
  kill(home: Home, restartAfter: Millis): void;
  killAnchor(restartAfter: Millis): void;
  /** Called with each PBA that leaves, and when the anchor has started anew. */
  onAcknowledged: (pba: BindingAcknowledgement) => void;
  onAnchorRestart: () => void;
  /** Every home up, every phone awake, a calm network. */
  pacify(): void;
  note(line: string): void;
}

const START = Date.UTC(2026, 0, 1);
const TRACE = 600;

/** From the first question of a poll to the last. */
const EVERY_QUESTION: Millis = (defaultTimers.detachRetries - 1) * defaultTimers.detachTimeout;

export function createWorld(options: WorldOptions): World {
  const random = seeded(options.seed);
  const schedule = createSchedule();
  const network = createNetwork(schedule, random);
  const { lifetime = 3600, clockError = 0 } = options;
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
  const phones = numbers(options.phones).map((n) => createPhone(n, ((n - 1) % (options.subscribers ?? options.phones)) + 1));
  const keys = new Map(numbers(options.homes).map((n) => [identityOf(n), Uint8Array.from({ length: 20 }, () => random.below(256))]));
  const profiles: LocalProfile[] = phones.map((p) => ({ mac: p.mac, nai: p.nai, lmas: [], ipv4: p.ipv4, ipv6: p.ipv6, dns4: [], dns6: [], ...(options.exclusive ? { exclusive: true } : {}) }));
  const air = createAir({ schedule, random, phones, homes: () => world.homes });
  const wall = (error: Millis) => (): Now => ({ at: schedule.now(), wall: START + schedule.now() + error });

  const world: World = {
    options,
    random,
    network,
    anchor: createAnchor({
      keys,
      lifetime,
      heartbeat: options.clears ?? false,
      random32: () => random.u32(),
      now: wall(0),
      transmit: (packet) => network.send(packet),
      onTransition: (t) => {
        note(`lma: ${describeTransition(t)}`);
        world.onAnchorTransition(t);
      },
      onAcknowledged: (pba) => world.onAcknowledged(pba),
      onRestart: () => world.onAnchorRestart(),
      disk: createDisk(schedule, random),
    }),
    homes: [],
    phones,
    now: schedule.now,
    trace: [],
    onAnchorTransition: () => undefined,
    onEffect: () => undefined,
    onAcknowledged: () => undefined,
    onAnchorRestart: () => undefined,
    run,
    attach: air.attach,
    leave: air.leave,
    sleep(phone, duration) {
      if (air.isAwake(phone)) phone.asleepSince = schedule.now();
      phone.asleepUntil = Math.max(phone.asleepUntil, schedule.now() + duration);
      if (phone.asleepUntil - phone.asleepSince >= EVERY_QUESTION) phone.lostUntil = phone.asleepUntil;
    },
    giveBack(phone, how) {
      if (phone.home === undefined || !phone.ipv4 || !air.isAwake(phone)) return;
      phone.settledSince = schedule.now();
      air.speak(phone, dhcpStep(phone.dhcp, { kind: how }, schedule.now()));
      // Its user wants the network back before long.
      if (how === 'release') schedule.after(random.between(0, 20_000), () => phone.dhcp.state === 'init' && air.speak(phone, dhcpStep(phone.dhcp, { kind: 'linkUp' }, schedule.now())));
    },
    kill(home, restartAfter) {
      if (!home.mag) return;
      home.kill();
      schedule.after(restartAfter, () => home.mag ?? home.start());
    },
    killAnchor(restartAfter) {
      world.anchor.kill();
      schedule.after(restartAfter, () => world.anchor.start());
    },
    pacify() {
      world.anchor.disk.mode = 'well';
      world.anchor.disk.latency = undefined;
      world.anchor.start();
      world.anchor.clockError = 0;
      network.weather = CALM;
      network.cut = false;
      for (const home of world.homes) {
        if (!home.mag) home.start();
        if (!home.clockSynchronised) home.setClock(true);
        if (home.uplink.ipv6 === undefined && home.uplink.ipv4 === undefined) home.setUplink(usualUplink(home.number, 0));
      }
      for (const phone of phones) {
        phone.asleepUntil = Math.min(phone.asleepUntil, schedule.now());
        phone.lostUntil = Math.min(phone.lostUntil, schedule.now());
      }
    },
    note,
  };

  const homes = numbers(options.homes).map((number) =>
    createHome({
      number,
      key: keys.get(identityOf(number)) as Uint8Array,
      profiles,
      profileFound: (answer) => (options.profileDelay ? schedule.after(random.between(...options.profileDelay), answer) : answer()),
      lifetime,
      timestamps: options.timestamps ?? true,
      bulk: options.updates ?? false,
      heartbeat: options.clears ?? false,
      random32: () => random.u32(),
      now: wall(random.between(0 - clockError, clockError)),
      network,
      toPhone: (device, mac, frame) => air.toPhone(number, device, mac, frame),
      sendAway: (mac) => air.sendAway(number, mac),
      onEffect: (effect) => {
        if (effect.kind === 'transition') note(`home${number}: ${describeTransition(effect)}`);
        world.onEffect(homes[number - 1] as Home, effect);
      },
    }),
  );
  Object.assign(world, { homes });
  for (const address of [ANCHOR.ipv6, ANCHOR.ipv4]) network.host(address, (packet) => world.anchor.receive(packet));
  for (const home of homes) {
    home.start();
    home.setUplink(usualUplink(home.number, 0));
  }
  for (const phone of phones) schedule.after(random.between(0, 30_000), () => air.chat(phone));

  function note(line: string): void {
    world.trace.push(`${(schedule.now() / 1000).toFixed(3).padStart(10)} ${line}`);
    if (world.trace.length > 2 * TRACE) world.trace.splice(0, TRACE);
  }

  function run(duration: Millis): void {
    const target = schedule.now() + duration;
    let turns = 0;
    let last = -1;
    for (;;) {
      const timers = [world.anchor.nextAt(), ...homes.map((h) => h.nextAt()), ...phones.map(nextAt)];
      const due = Math.min(...timers);
      if (Math.min(due, schedule.next()) > target) break;
      if (schedule.next() <= due) schedule.turn();
      else {
        schedule.moveTo(due);
        onTime(timers.indexOf(due));
      }
      turns = schedule.now() === last ? turns + 1 : 0;
      last = schedule.now();
      if (turns > 2000) throw new Error(`time stands still at ${last}: timer ${timers.indexOf(due)} of [anchor, ${homes.length} homes, phones]`);
    }
    schedule.moveTo(target);
  }

  function onTime(which: number): void {
    if (which === 0) world.anchor.feed({ kind: 'timer' });
    else if (which <= homes.length) homes[which - 1]?.onTime();
    else {
      const phone = phones[which - 1 - homes.length] as Phone;
      air.speak(phone, dhcpStep(phone.dhcp, { kind: 'timer' }, schedule.now()));
    }
  }

  return world;
}

/** Home 3, 7, ... is behind a NAT, home 2, 6, ... has IPv4 alone, the others both. `generation` renumbers. */
export function usualUplink(number: number, generation: number): Uplink {
  const ipv6 = `2001:db8:${number.toString(16)}:${generation.toString(16)}::${number.toString(16)}`.replace(/:0::/, '::');
  const ipv4 = `198.51.${100 + (generation % 100)}.${number}`;
  if (number % 4 === 3) return { ipv4: '192.168.1.2', mtu: 1492, nat: { publicAddress: ipv4, publicPort: 30_000 + number + generation } };
  return number % 4 === 2 ? { ipv4, mtu: 1500 } : { ipv6, ipv4, mtu: 1500 };
}
