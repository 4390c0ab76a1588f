/** What the MAG wants done, done: each effect goes to the port that it is for. */
import type { Send, Transition } from '../protocol/entity.ts';
import type { Mac } from '../protocol/mac.ts';
import type { Paths } from '../protocol/paths.ts';
import type { Millis } from '../protocol/units.ts';
import type { Counters } from '../runtime/counters.ts';
import type { AccessLink } from './accessLink.ts';
import type { Keepalive } from './keepalive.ts';
import type { MagEffect } from './mag/events.ts';
import type { GaveUp } from './mag/ownRevocation.ts';
import type { StationFacts } from './mag/profile.ts';
import type { Retention } from './retention.ts';
import type { Stations } from './stations.ts';
import type { WantedPaths } from './wantedPaths.ts';

/** Functions where what stands behind them is opened after the loop has begun. */
export interface Ports {
  readonly send: (message: Send) => void;
  readonly loadProfile: (station: StationFacts, question: number) => void;
  readonly report: (transition: Transition) => void;
  /** A frame of the station was received at `at`. */
  readonly noticed: (device: string, mac: Mac, at: Millis) => void;
  readonly stations: () => Pick<Stations, 'deauthenticate'>;
  readonly links: ReadonlyMap<string, Pick<AccessLink, 'probe' | 'session'>>;
  readonly paths: Pick<Paths, 'lastSeen'>;
  readonly wanted: Pick<WantedPaths, 'set' | 'remove'>;
  readonly retention: Pick<Retention, 'keep' | 'forget'>;
  readonly keepalive: Pick<Keepalive, 'send'>;
  readonly counters: Pick<Counters, 'add'>;
  readonly gaveUp: (effect: GaveUp) => void;
}

export function createPerformer(ports: Ports): (effect: MagEffect) => void {
  const { links, paths, wanted, retention, keepalive, counters } = ports;
  return (effect) => {
    switch (effect.kind) {
      case 'send':
        counters.add(`sent ${effect.message.kind}`);
        return ports.send(effect);
      case 'transition':
        return ports.report(effect);
      case 'discard':
        return counters.add(effect.reason);
      case 'setPath':
        return wanted.set(effect.path);
      case 'removePath':
        return wanted.remove(effect.index);
      case 'loadProfile':
        return ports.loadProfile(effect.station, effect.question);
      case 'checkPresence': {
        const seen = paths.lastSeen(effect.interface, effect.mac);
        if (seen !== undefined && seen >= effect.since) return ports.noticed(effect.interface, effect.mac, seen);
        return links.get(effect.interface)?.probe(effect.mac);
      }
      case 'session':
        return links.get(effect.interface)?.session(effect.mac, effect.session);
      case 'deauthenticate':
        return ports.stations().deauthenticate(effect.interface, effect.mac);
      case 'keepalive':
        return keepalive.send(effect.path);
      case 'retain':
        return retention.keep(effect.binding);
      case 'forget':
        return retention.forget(effect.mac);
      case 'gaveUp':
        return ports.gaveUp(effect);
    }
  };
}
