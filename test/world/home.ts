/** A home router in a world: the real MAG core and the real conversations, between phones, uplink and data path, as its shell has them. */
import { deadline as conversationDeadline, presenceProbes, startConversation, step as converse, type AccessEvent, type Conversation } from '../../agent/dhcp-server/index.ts';
import { defaultTimers } from '../../agent/mag/config.ts';
import type { MagEffect, MagEvent } from '../../agent/mag/events.ts';
import { createMag, deadline, step, type Mag } from '../../agent/mag/mag.ts';
import { localProfiles, type LocalProfile, type StationFacts } from '../../agent/mag/profile.ts';
import type { RetainedBinding } from '../../agent/mag/retained.ts';
import type { CareOf } from '../../agent/mag/transport.ts';
import type { Mac } from '../../protocol/mac.ts';
import { SIGNALLING_PORT } from '../../protocol/mobility/header.ts';
import type { Path } from '../../protocol/paths.ts';
import { DEFAULT_HEARTBEAT } from '../../protocol/heartbeat.ts';
import type { Millis, Now } from '../../protocol/units.ts';
import { ANCHOR } from './anchor.ts';
import { translateIn, translateOut, type Nat, type Network, type Packet } from './network.ts';
import { fromPacket, toPacket, type Signing } from './wire.ts';

/** Two access interfaces. */
export const DEVICES = ['wlan0', 'wlan1'] as const;
export type Device = (typeof DEVICES)[number];

export interface Uplink extends CareOf {
  /** Its IPv4 address is a private one behind this. */
  readonly nat?: Nat;
}

export interface HomeOptions {
  readonly number: number;
  readonly key: Uint8Array;
  readonly profiles: readonly LocalProfile[];
  /** When the profile source answers. */
  readonly profileFound: (answer: () => void) => void;
  readonly lifetime: number;
  readonly timestamps: boolean;
  /** One PBU extends all of its sessions (RFC 6602) */
  readonly bulk: boolean;
  readonly heartbeat: boolean;
  readonly random32: () => number;
  readonly now: () => Now;
  readonly network: Network;
  /** A frame on the air. */
  readonly toPhone: (device: Device, mac: Mac, frame: Uint8Array) => void;
  /** hostapd ends the association. */
  readonly sendAway: (mac: Mac) => void;
  readonly onEffect: (effect: MagEffect) => void;
}

export interface Home {
  readonly number: number;
  readonly identity: string;
  /** Undefined while the agent is dead; its paths forward on. */
  mag: Mag | undefined;
  readonly paths: Map<number, Path>;
  /** As hostapd has them, which is not told of phones that vanish, and where. */
  readonly stations: Map<Mac, Device>;
  uplink: Uplink;
  clockSynchronised: boolean;
  feed(event: MagEvent): void;
  /** The last frame of a station, as the data path has it */
  lastSeen(device: Device, mac: Mac): Millis | undefined;
  hear(device: Device, mac: Mac, frame: Uint8Array): void;
  setUplink(uplink: Uplink): void;
  setClock(synchronised: boolean): void;
  /** hostapd tells which stations it has. */
  listStations(device: Device): void;
  kill(): void;
  /** Killed with everything that outlives an agent, its radios too. */
  lose(): void;
  start(): void;
  nextAt(): Millis;
  onTime(): void;
}

export const identityOf = (number: number): string => `home${number}@world`;

export function createHome(options: HomeOptions): Home {
  const { number, now, network } = options;
  const identity = identityOf(number);
  const signing: Signing = { role: 'mag', identity, claimed: () => ANCHOR.id, keyOf: (peer) => (peer === ANCHOR.id ? options.key : undefined) };
  const profiles = localProfiles(options.profiles, {});
  const retained = new Map<Mac, string>();
  const lastSeen = new Map<string, Millis>();
  let lives = 1;
  let lost = false;
  /** Of each access interface with each station. */
  let conversations = new Map<string, { readonly device: Device; readonly mac: Mac; readonly state: Conversation }>();

  const home: Home = {
    number,
    identity,
    mag: undefined,
    paths: new Map(),
    stations: new Map(),
    uplink: { mtu: 1500 },
    clockSynchronised: true,
    feed,
    lastSeen: (device, mac) => lastSeen.get(`${device} ${mac}`),
    hear,
    setUplink(uplink) {
      for (const address of addressesOf(home.uplink)) network.host(address, undefined);
      home.uplink = uplink;
      for (const address of addressesOf(uplink)) network.host(address, receive);
      feed({ kind: 'careOf', careOf: careOfUplink(uplink) });
    },
    setClock(synchronised) {
      home.clockSynchronised = synchronised;
      feed({ kind: 'clock', synchronised });
    },
    listStations,
    kill() {
      home.mag = undefined;
      conversations = new Map();
    },
    lose() {
      home.kill();
      lives += 1;
      lost = true;
      retained.clear();
      home.paths.clear();
      home.stations.clear();
    },
    start,
    nextAt() {
      if (!home.mag) return Infinity;
      return Math.min(deadline(home.mag)?.at ?? Infinity, ...[...conversations.values()].map((c) => conversationDeadline(c.state)?.at ?? Infinity));
    },
    onTime() {
      feed({ kind: 'timer' });
      for (const { device, mac } of conversations.values()) talk(device, mac, { kind: 'timer' });
    },
  };

  function start(): void {
    home.mag = createMag({
      identity,
      domain: 'D1',
      lmas: [{ id: ANCHOR.id, ipv6: ANCHOR.ipv6, ipv4: ANCHOR.ipv4, forceUdp: 'auto' }],
      timers: { ...defaultTimers, lifetime: options.lifetime },
      timestamps: options.timestamps,
      bulk: options.bulk,
      noRoaming: false,
      linkLocal: 'fe80::200:5eff:fe00:5213',
      assumeDhcpServer: false,
      restartCounter: lives,
      restarted: lost,
      heartbeat: { ...DEFAULT_HEARTBEAT, enabled: options.heartbeat },
      random32: options.random32,
    });
    lost = false;
    feed({ kind: 'restore', bindings: [...retained.values()].map((text) => JSON.parse(text) as RetainedBinding) });
    // reconcile() of the data path
    const kept = new Set([...home.mag.list.byMac.values()].flatMap((e) => e.path?.index ?? []));
    for (const index of home.paths.keys()) if (!kept.has(index)) home.paths.delete(index);
    feed({ kind: 'clock', synchronised: home.clockSynchronised });
    feed({ kind: 'careOf', careOf: careOfUplink(home.uplink) });
    for (const device of DEVICES) listStations(device);
  }

  function listStations(device: Device): void {
    feed({ kind: 'stationList', interface: device, macs: [...home.stations].flatMap(([mac, where]) => (where === device ? [mac] : [])) });
  }

  function feed(event: MagEvent): void {
    const { mag } = home;
    if (mag) for (const effect of step(mag, event, now())) perform(effect);
  }

  function perform(effect: MagEffect): void {
    options.onEffect(effect);
    switch (effect.kind) {
      case 'send': {
        const { nat } = home.uplink;
        const packet = toPacket(signing, effect);
        return network.send(packet.transport === 'udp' && nat ? translateOut(packet, nat) : packet);
      }
      case 'setPath':
        return void home.paths.set(effect.path.index, effect.path);
      case 'removePath':
        return void home.paths.delete(effect.index);
      case 'loadProfile':
        return findProfile(effect.station, effect.question);
      case 'checkPresence': {
        const device = deviceOf(effect.interface);
        const seen = lastSeen.get(`${device} ${effect.mac}`);
        if (seen !== undefined && seen >= effect.since) return noticed(device, effect.mac, seen);
        for (const frame of presenceProbes(conversation(device, effect.mac))) options.toPhone(device, effect.mac, frame);
        return;
      }
      case 'session':
        return talk(deviceOf(effect.interface), effect.mac, { kind: 'session', session: effect.session });
      case 'deauthenticate':
        return options.sendAway(effect.mac);
      case 'retain':
        return void retained.set(effect.binding.mac, JSON.stringify(effect.binding));
      case 'forget':
        return void retained.delete(effect.mac);
      case 'gaveUp':
      case 'keepalive':
      case 'transition':
      case 'discard':
        return;
    }
  }

  /** What was found for an agent that has died since reaches nobody. */
  function findProfile(station: StationFacts, question: number): void {
    const asking = home.mag;
    options.profileFound(() => {
      if (home.mag === asking) feed({ kind: 'profile', mac: station.mac, question, answer: profiles.load(station) });
    });
  }

  function conversation(device: Device, mac: Mac): Conversation {
    const known = conversations.get(`${device} ${mac}`)?.state ?? startConversation(mac);
    conversations.set(`${device} ${mac}`, { device, mac, state: known });
    return known;
  }

  function talk(device: Device, mac: Mac, event: AccessEvent): void {
    for (const effect of converse(conversation(device, mac), event, now())) {
      if (effect.kind === 'sendFrame') options.toPhone(device, mac, effect.frame);
      else if (effect.kind === 'wantBinding') {
        if (home.stations.get(mac) === device) feed({ kind: 'wantBinding', station: { interface: device, mac }, ...(effect.wantedAddress === undefined ? {} : { wantedIpv4: effect.wantedAddress }) });
      } else if (effect.kind !== 'discard') feed({ kind: effect.kind, mac });
    }
  }

  function hear(device: Device, mac: Mac, frame: Uint8Array): void {
    if (!home.mag) return;
    lastSeen.set(`${device} ${mac}`, now().at);
    noticed(device, mac, now().at);
    talk(device, mac, { kind: 'frame', frame });
  }

  /** Any frame is presence; the first one of an admitted station that has no binding attaches it. */
  function noticed(device: Device, mac: Mac, at: Millis): void {
    const known = home.mag?.list.byMac.get(mac);
    if (known?.interface === device) feed({ kind: 'seen', mac, at });
    else if (home.stations.get(mac) === device) feed({ kind: 'stationAttached', station: { interface: device, mac }, at });
  }

  function receive(packet: Packet): void {
    const { nat, ipv4 } = home.uplink;
    const inside = nat && ipv4 && packet.transport === 'udp' ? translateIn(packet, nat, ipv4, SIGNALLING_PORT) : packet;
    const received = inside && fromPacket(signing, inside);
    if (received) feed(received);
  }

  return home;
}

/** As the effects of the core name it. */
const deviceOf = (name: string): Device => DEVICES.find((d) => d === name) ?? DEVICES[0];

function careOfUplink(uplink: Uplink): CareOf {
  const { nat: _, ...careOf } = uplink;
  return careOf;
}

/** Where the rest of the network reaches it. */
const addressesOf = ({ ipv6, ipv4, nat }: Uplink): string[] => [ipv6, nat ? nat.publicAddress : ipv4].filter((a) => a !== undefined);
