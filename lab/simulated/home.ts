/** A home of the simulated lab: the MAG and the conversations with its phones as in the product, on loopback sockets instead of a router. */
import { deadline as talkDeadline, startConversation, step as talk, stationOf, type AccessEffect, type AccessEvent, type Conversation } from 'dhcp-server';
import { defaultTimers } from '../../agent/mag/config.ts';
import type { MagEffect, MagEvent } from '../../agent/mag/events.ts';
import { createMag, deadline, step } from '../../agent/mag/mag.ts';
import { localProfiles } from '../../agent/mag/profile.ts';
import { MAG_LINK_LOCAL, type Ipv4, type Mac } from '../../protocol/address.ts';
import type { Transition } from '../../protocol/entity.ts';
import { earliest, type Deadline } from '../../protocol/units.ts';
import { now } from '../../runtime/clock.ts';
import { createLoop } from '../../runtime/loop.ts';
import { createRandom32 } from '../../runtime/random.ts';
import { openSignalling } from '../../runtime/signalling.ts';
import { openLoopbackPaths } from './loopbackPaths.ts';

export const ACCESS = 'access0';

/** What a phone hears. */
export interface Listener {
  frame(frame: Uint8Array): void;
  packet(packet: Uint8Array): void;
}

export interface Home {
  /** The phone's link is here from now on, and hostapd would say so. */
  attach(mac: Mac, phone: Listener, identity: string): void;
  /** The phone is out of reach. Nobody is told. */
  vanish(mac: Mac): void;
  frame(mac: Mac, frame: Uint8Array): void;
  packet(mac: Mac, packet: Uint8Array): void;
  detach(mac: Mac): void;
  /** The next attachment that is accepted, with the instants of its stages. */
  accepted(mac: Mac): Promise<Transition>;
  close(): void;
}

export interface HomeOptions {
  readonly identity: string;
  readonly key: Uint8Array;
  readonly address: Ipv4;
  readonly anchor: Ipv4;
  readonly apn: string;
  readonly onError: (error: Error) => void;
}

export async function openHome(options: HomeOptions): Promise<Home> {
  const phones = new Map<Mac, Listener>();
  const conversations = new Map<Mac, Conversation>();
  const waiting = new Map<Mac, (t: Transition) => void>();
  const { onError } = options;
  const paths = await openLoopbackPaths({
    role: 'mag',
    address: options.address,
    now: () => now().at,
    onPacket: (path, inner) => phones.get(path.access?.mac ?? '')?.packet(inner),
  });
  const mag = createMag({
    identity: options.identity,
    domain: 'lab',
    lmas: [{ id: 'lma1', ipv4: options.anchor, forceUdp: 'always' }],
    timers: defaultTimers,
    timestamps: true,
    noRoaming: false,
    linkLocal: MAG_LINK_LOCAL,
    assumeDhcpServer: false,
    restartCounter: 1,
    random32: createRandom32(),
  });
  const profiles = localProfiles([], { [ACCESS]: { apn: options.apn, lmas: ['lma1'], ipv4: true, ipv6: true, dns4: [], dns6: [] } });

  const access = createLoop<{ readonly mac: Mac; readonly event: AccessEvent } | 'timer', { readonly mac: Mac; readonly effect: AccessEffect }>({
    now,
    timer: 'timer',
    onError,
    deadline: () => [...conversations.values()].reduce<Deadline | undefined>((first, c) => earliest(first, talkDeadline(c)), undefined),
    step: (input, at) => {
      const due = input === 'timer' ? [...conversations.keys()].map((mac) => ({ mac, event: { kind: 'timer' } as const })) : [input];
      return due.flatMap(({ mac, event }) => talk(conversation(mac), event, at).map((effect) => ({ mac, effect })));
    },
    perform: ({ mac, effect }) => {
      if (effect.kind === 'sendFrame') phones.get(mac)?.frame(effect.frame);
      else if (effect.kind === 'wantBinding') loop.feed({ kind: 'wantBinding', station: { interface: ACCESS, mac } });
      else if (effect.kind !== 'discard') loop.feed(effect);
    },
  });

  const loop = createLoop<MagEvent, MagEffect>({ now, timer: { kind: 'timer' }, onError, deadline: () => deadline(mag), step: (event, at) => step(mag, event, at), perform });

  function conversation(mac: Mac): Conversation {
    const known = conversations.get(mac) ?? startConversation(mac);
    conversations.set(mac, known);
    return known;
  }

  function perform(effect: MagEffect): void {
    switch (effect.kind) {
      case 'send':
        return signalling.send(effect);
      case 'transition':
        if (effect.to === 'active' && effect.linkLayerId !== undefined) waiting.get(effect.linkLayerId)?.({ ...effect, stages: { ...effect.stages, pathsSwitched: now().at } });
        return;
      case 'setPath':
        return paths.set(effect.path);
      case 'removePath':
        return paths.remove(effect.index);
      case 'loadProfile':
        return void Promise.resolve(profiles.load(effect.station)).then((answer) => loop.feed({ kind: 'profile', mac: effect.station.mac, question: effect.question, answer }));
      case 'session':
        return access.feed({ mac: effect.mac, event: { kind: 'session', session: effect.session } });
      case 'checkPresence': {
        const seen = paths.lastSeen(effect.interface, effect.mac);
        if (seen !== undefined && seen >= effect.since) loop.feed({ kind: 'seen', mac: effect.mac, at: seen });
        return;
      }
      case 'gaveUp':
      case 'discard':
      case 'deauthenticate':
      case 'keepalive':
      case 'retain':
      case 'forget':
        return;
    }
  }

  const signalling = await openSignalling({
    role: 'mag',
    identity: options.identity,
    ipv4: [options.address],
    associations: { claimed: () => 'lma1', keyOf: () => options.key, required: () => true },
    onReceived: (received) => loop.feed(received),
    onUnknown: (from) => loop.feed({ kind: 'unknownMessage', from }),
    onDiscard: (reason) => onError(new Error(`discarded: ${reason}`)),
    onError,
  });
  loop.feed({ kind: 'clock', synchronised: true });
  loop.feed({ kind: 'careOf', careOf: { ipv4: options.address, mtu: 1500 } });

  const seen = (mac: Mac): boolean => {
    if (!phones.has(mac)) return false;
    const at = now().at;
    paths.seen(ACCESS, mac, at);
    loop.feed({ kind: 'seen', mac, at });
    return true;
  };
  return {
    attach(mac, phone, identity) {
      phones.set(mac, phone);
      loop.feed({ kind: 'stationAttached', station: { interface: ACCESS, mac, identity }, at: now().at });
    },
    vanish: (mac) => void phones.delete(mac),
    frame(mac, frame) {
      if (seen(mac) && stationOf(frame) === mac) access.feed({ mac, event: { kind: 'frame', frame } });
    },
    packet(mac, packet) {
      if (seen(mac)) paths.send(packet, { interface: ACCESS, mac });
    },
    detach: (mac) => loop.feed({ kind: 'stationDetached', interface: ACCESS, mac, reason: 'the phone said good-bye' }),
    accepted: (mac) =>
      new Promise((resolve) => {
        waiting.set(mac, (t) => {
          waiting.delete(mac);
          resolve(t);
        });
      }),
    close() {
      loop.stop();
      access.stop();
      signalling.close();
      paths.close();
    },
  };
}
