/** Homes of the community within earshot of this one: what a survey heard, as the gateway's list for its fleet. */
import type { Mac } from '../../../protocol/mac.ts';
import type { Millis, UnixMillis } from '../../../protocol/units.ts';

/** One BSS as a survey heard it. */
export interface Sighting {
  readonly bssid: Mac;
  readonly ssid: string;
  /** MHz */
  readonly frequency: number;
  /** dBm */
  readonly signal: number;
  /** How long ago. */
  readonly age: Millis;
}

export interface Neighbour {
  readonly bssid: Mac;
  readonly ssid: string;
  /** MHz */
  readonly frequency: number;
  /** Within its band; 0 where the band has no numbers. */
  readonly channel: number;
  /** dBm, when it was heard last. */
  readonly signal: number;
  readonly lastSeen: UnixMillis;
}

/** Port: what the radio heard lately. */
export interface NeighbourSurvey {
  /** @throws (rejects with) Error in words */
  look(): Promise<readonly Sighting[]>;
}

export interface NeighbourListOptions {
  /** Those of the community; everybody else's homes are nobody's business. */
  readonly ssids: readonly string[];
  /** BSSIDs of this gateway, which hears itself on its other radios. */
  readonly own?: () => ReadonlySet<Mac>;
  /** A neighbour not heard for so long is none. */
  readonly keep: Millis;
  /** Whoever makes BSSIDs up fills no more than this; who was heard last stays. */
  readonly most?: number;
}

export interface NeighbourList {
  /** True if this changed the list. */
  hear(sightings: readonly Sighting[], now: UnixMillis): boolean;
  /** What an earlier agent heard. */
  restore(neighbours: readonly Neighbour[], now: UnixMillis): void;
  /** The strongest first. */
  all(now: UnixMillis): readonly Neighbour[];
}

const MOST = 256;

/** IEEE 802.11 §17.3.8.4.2 and annex E. */
export function channelOf(frequency: number): number {
  if (frequency === 2484) return 14;
  if (frequency >= 2412 && frequency <= 2472) return (frequency - 2407) / 5;
  if (frequency >= 5160 && frequency <= 5885) return (frequency - 5000) / 5;
  if (frequency >= 5955 && frequency <= 7115) return (frequency - 5950) / 5;
  return 0;
}

export function neighbourList({ ssids, own = () => new Set(), keep, most = MOST }: NeighbourListOptions): NeighbourList {
  /** By BSSID; who was heard last stands last. */
  const list = new Map<Mac, Neighbour>();

  function put(neighbour: Neighbour): void {
    list.delete(neighbour.bssid);
    list.set(neighbour.bssid, neighbour);
  }
  function prune(now: UnixMillis): boolean {
    const before = list.size;
    for (const { bssid, lastSeen } of list.values()) if (lastSeen < now - keep) list.delete(bssid);
    for (const bssid of list.keys()) {
      if (list.size <= most) break;
      list.delete(bssid);
    }
    return list.size !== before;
  }

  return {
    hear(sightings, now) {
      const mine = own();
      const heard = sightings.filter(({ bssid, ssid, age }) => ssids.includes(ssid) && !mine.has(bssid) && age <= keep).toSorted((a, b) => b.age - a.age);
      for (const { bssid, ssid, frequency, signal, age } of heard) put({ bssid, ssid, frequency, channel: channelOf(frequency), signal, lastSeen: now - age });
      return prune(now) || heard.length > 0;
    },
    restore(neighbours, now) {
      for (const neighbour of neighbours.toSorted((a, b) => a.lastSeen - b.lastSeen)) {
        // A clock that was set back must not keep anybody for ever.
        if (ssids.includes(neighbour.ssid)) put({ ...neighbour, lastSeen: Math.min(neighbour.lastSeen, now) });
      }
      prune(now);
    },
    all: (now) => [...list.values()].filter(({ lastSeen }) => lastSeen >= now - keep).toSorted((a, b) => b.signal - a.signal),
  };
}
