/** A home of the simulated lab: the MAG, its shell and the conversations with its phones as in the product, on loopback sockets instead of a router. */
import { deadline as talkDeadline, startConversation, step as talk, stationOf, type AccessEffect, type AccessEvent, type Conversation } from 'dhcp-server';
import { admission } from '../../agent/admission.ts';
import { createClearing } from '../../agent/clear.ts';
import { defaultProfiles, identityOf, localList, magConfig, type AgentConfig } from '../../agent/config.ts';
import type { Fleet } from '../../agent/fleet/fleet.ts';
import { createMeter } from '../../agent/fleet/meter.ts';
import type { MagEffect, MagEvent } from '../../agent/mag/events.ts';
import { createMag, deadline, step } from '../../agent/mag/mag.ts';
import { localProfiles } from '../../agent/mag/profile.ts';
import { createPerformer } from '../../agent/perform.ts';
import { createReport } from '../../agent/report.ts';
import { securityAssociations } from '../../agent/securityAssociations.ts';
import { createLeases } from '../../agent/show/leases.ts';
import { createStatistics } from '../../agent/show/statistics.ts';
import { wantedPaths } from '../../agent/wantedPaths.ts';
import type { Ipv4 } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import type { Transition } from '../../protocol/entity.ts';
import { SIGNALLING_PORT } from '../../protocol/mobility/header.ts';
import type { Paths } from '../../protocol/paths.ts';
import { earliest, type Deadline, type Millis } from '../../protocol/units.ts';
import { now } from '../../runtime/clock.ts';
import { createCounters } from '../../runtime/counters.ts';
import { createLoop } from '../../runtime/loop.ts';
import { createRandom32 } from '../../runtime/random.ts';
import { openSignalling } from '../../runtime/signalling.ts';
import { createTraces } from '../../runtime/traces.ts';

export const ACCESS = 'access0';

/** What a phone hears. */
export interface Listener {
  frame(frame: Uint8Array): void;
  packet(packet: Uint8Array): void;
}

export interface HomePaths extends Paths {
  /** A packet of a phone. False: no path takes it. */
  send(inner: Uint8Array, from: { readonly interface: string; readonly mac: Mac }): boolean;
  /** A frame of the station was received. */
  seen(accessInterface: string, mac: Mac, at: Millis): void;
  close(): void;
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
  close(): Promise<void>;
}

export interface HomeOptions {
  /** The agent's file; its `signalling-port` is the anchor's, too. */
  readonly config: AgentConfig;
  readonly address: Ipv4;
  /** @param deliver what comes down for a phone */
  readonly openPaths: (deliver: (mac: Mac, packet: Uint8Array) => void) => HomePaths | Promise<HomePaths>;
  /** Its home is managed from a cloud. */
  readonly fleet?: Fleet;
  readonly onTransition?: (t: Transition) => void;
  /** So long an answer of the anchor takes to come. */
  readonly lateness?: () => Millis;
  readonly onError: (error: Error) => void;
}

/** Handovers that `show mag traces` remembers. */
const TRACES = 16;

export async function openHome({ config: base, address, openPaths, fleet, onTransition, lateness, onError }: HomeOptions): Promise<Home> {
  const config = fleet?.config ?? base;
  const phones = new Map<Mac, Listener>();
  const conversations = new Map<Mac, Conversation>();
  const waiting = new Map<Mac, (t: Transition) => void>();
  const ended = new AbortController();
  const counters = createCounters();
  const onCount = (reason: string): void => counters.add(reason);
  const { paths, octets } = createMeter(await openPaths((mac, packet) => phones.get(mac)?.packet(packet)));
  const wanted = wantedPaths(paths, now, onError);
  const mag = createMag(magConfig(config, { counter: 1, lostState: false }, createRandom32()));
  const associations = securityAssociations(config['local-mobility-anchors']);
  const profilesOf = (c: AgentConfig) => localProfiles(localList(c), defaultProfiles(c));
  let profiles = profilesOf(config);
  const statistics = createStatistics();
  const traces = createTraces({ size: TRACES, ...(fleet ? { onStage: fleet.onTrace } : {}) });
  const report = createReport({ wanted, paths, shown: (name) => name, log: () => undefined, identity: identityOf(config), traces, publish: told, ended: ended.signal });
  const clearing = createClearing(identityOf(config), (event) => loop.feed(event));

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
      else if (effect.kind === 'wantBinding') admit({ kind: 'wantBinding', station: { interface: ACCESS, mac } });
      else if (effect.kind !== 'discard') loop.feed(effect);
    },
  });

  const perform = createPerformer({
    send: (m) => signalling.send(m.to.remotePort === SIGNALLING_PORT ? { ...m, to: { ...m.to, remotePort: config['signalling-port'] } } : m),
    loadProfile: (station, question) => void Promise.resolve(profiles.load(station)).then((answer) => loop.feed({ kind: 'profile', mac: station.mac, question, answer })),
    report(t) {
      report(t);
      fleet?.onTransition(t);
      if (t.to === 'gone' && t.linkLayerId !== undefined && !phones.has(t.linkLayerId)) conversations.delete(t.linkLayerId);
    },
    noticed: (_, mac, at) => loop.feed({ kind: 'seen', mac, at }),
    stations: () => ({ deauthenticate: () => undefined }),
    links: new Map([[ACCESS, { probe: () => undefined, session: (mac, session) => access.feed({ mac, event: { kind: 'session', session } }) }]]),
    paths,
    wanted,
    retention: { keep: () => undefined, forget: () => undefined },
    keepalive: { send: () => undefined },
    counters,
    gaveUp: (effect) => clearing.gaveUp(effect),
  });
  const loop = createLoop<MagEvent, MagEffect>({
    now,
    timer: { kind: 'timer' },
    onError,
    deadline: () => deadline(mag),
    step(event, at) {
      const effects = step(mag, event, at);
      statistics.count(event, effects, mag.list.byMac.size);
      return effects;
    },
    perform,
  });
  const admit = admission({ list: mag.list, most: () => (fleet?.config ?? config)['max-bindings'], paused: fleet?.paused ?? (() => false), feed: (event) => loop.feed(event), onCount });

  function conversation(mac: Mac): Conversation {
    const known = conversations.get(mac) ?? startConversation(mac);
    conversations.set(mac, known);
    return known;
  }

  /** What an agent tells at its control socket. */
  function told(event: unknown): void {
    const t = event as Transition;
    if (t.kind !== 'transition') return;
    onTransition?.(t);
    if (t.to === 'active' && t.linkLayerId !== undefined && t.stages) waiting.get(t.linkLayerId)?.(t);
  }

  function heard(received: Parameters<Fleet['heard']>[0]): void {
    loop.feed(received);
    fleet?.heard(received);
  }

  const signalling = await openSignalling({
    role: 'mag',
    identity: identityOf(config),
    ipv4: [address],
    port: config['signalling-port'],
    associations,
    onReceived(received) {
      const late = lateness?.() ?? 0;
      if (late > 0) setTimeout(heard, late, received).unref();
      else heard(received);
    },
    onUnknown: (from) => loop.feed({ kind: 'unknownMessage', from }),
    onDiscard: (reason) => onError(new Error(`${identityOf(config)} discarded: ${reason}`)),
    onError,
  });
  loop.feed({ kind: 'clock', synchronised: true });
  loop.feed({ kind: 'careOf', careOf: { ipv4: address, mtu: 1500 } });
  fleet?.start({
    mag,
    feed: (event) => loop.feed(event),
    show: { config, mag, paths, fault: (index) => wanted.fault(index), counters, statistics, leases: createLeases(), traces, neighbours: () => [], now, retryDenied: () => loop.feed({ kind: 'retryDenied' }) },
    bindings: config['max-bindings'],
    octets: () => octets([...mag.list.byMac.values()].flatMap((e) => e.path?.index ?? [])),
    giveUp: (reason) => clearing.giveUp({ kind: 'all' }, reason),
    restart: (why) => onError(new Error(`the simulation starts no agent anew: ${why}`)),
    useAnchors: (changed, inUse) => associations.use(changed['local-mobility-anchors'], inUse),
    useProfiles: (changed) => void (profiles = profilesOf(changed)),
  });

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
      admit({ kind: 'stationAttached', station: { interface: ACCESS, mac, identity }, at: now().at });
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
    async close() {
      await fleet?.close();
      ended.abort();
      loop.stop();
      access.stop();
      wanted.stop();
      signalling.close();
      paths.close();
    },
  };
}
