/** The subscribers of a simulated fleet: they attach, and then walk from a home to one next door. */
import type { Mac } from '../../protocol/mac.ts';
import type { Transition } from '../../protocol/entity.ts';
import type { Millis } from '../../protocol/units.ts';
import { createPhone, type SimulatedPhone } from '../simulated/phone.ts';
import type { Home } from '../simulated/home.ts';
import type { QuietPaths } from './quietPaths.ts';
import type { Place } from './town.ts';

export interface Subscriber {
  readonly mac: Mac;
  readonly phone: SimulatedPhone;
  /** Index of the home where the radio is. */
  at: number | undefined;
  /** It asked for addresses once. */
  known: boolean;
  /** Octets a second, down; a tenth of it up. */
  readonly rate: number;
}

export interface Crowd {
  readonly subscribers: readonly Subscriber[];
  /** Attachments that were accepted, and refused, since the start. */
  readonly counts: { accepted: number; refused: number };
  /** The home's radio hears this phone. */
  here(home: number, mac: Mac): boolean;
  onTransition(t: Transition): void;
  /** To a home that is on, which need not be next door. */
  move(subscriber: Subscriber, to: number): void;
  /** One of them, to a home next door. */
  walk(): void;
  /** What they sent and got in so long. */
  traffic(time: Millis): void;
  /** Everybody goes from this home, which is going off, to one next door. */
  flee(home: number): void;
  close(): void;
}

/** What a subscriber meets of a gateway. */
export interface Met {
  readonly member: { readonly place: Pick<Place, 'neighbours'> };
  /** Undefined while it is off. */
  readonly home: Pick<Home, 'attach' | 'vanish' | 'frame' | 'packet' | 'detach'> | undefined;
  readonly paths: Pick<QuietPaths, 'passed'> | undefined;
}

export interface CrowdOptions {
  readonly size: number;
  /** The LMA refuses one of so many. */
  readonly strangers: number;
  readonly gateways: () => readonly Met[];
  readonly random: () => number;
}

/** Until the first packet comes down after a handover. */
const FIRST_PACKET = { least: 2, most: 30 } as const;
const RATES = [200, 2000, 20_000, 200_000] as const;

const hex2 = (n: number): string => (n & 0xff).toString(16).padStart(2, '0');
/** Of a subscriber, and of one whom the LMA does not serve. */
const macOf = (n: number, stranger: boolean): Mac => `02:${stranger ? 'cc' : 'bb'}:00:${hex2(n >> 16)}:${hex2(n >> 8)}:${hex2(n)}`;
const isStranger = (n: number, every: number): boolean => n % every === every - 1;

/** A default profile's NAIs are the phones' MACs, as Cisco writes them. */
export const strangersOf = (size: number, every: number): readonly string[] =>
  Array.from({ length: size }, (_, n) => n)
    .filter((n) => isStranger(n, every))
    .map((n) => macOf(n, true).replaceAll(':', '').replace(/(.{4})(.{4})(.{4})/, '$1.$2.$3'));

export function createCrowd({ size, strangers, gateways, random }: CrowdOptions): Crowd {
  const subscribers = Array.from({ length: size }, (_, n): Subscriber => {
    const mac = macOf(n, isStranger(n, strangers));
    return { mac, phone: createPhone(mac), at: undefined, known: false, rate: RATES[Math.floor(random() * RATES.length)] ?? 0 };
  });
  const byMac = new Map(subscribers.map((s) => [s.mac, s]));
  const counts = { accepted: 0, refused: 0 };
  const homeOf = (at: number | undefined) => (at === undefined ? undefined : gateways()[at]);
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];
  const nextDoor = (at: number): readonly number[] => (homeOf(at)?.member.place.neighbours ?? []).filter((n) => homeOf(n)?.home !== undefined);

  function move(s: Subscriber, to: number): void {
    const home = homeOf(to)?.home;
    if (!home) return;
    homeOf(s.at)?.home?.vanish(s.mac);
    s.at = to;
    s.phone.home = home;
    home.attach(s.mac, s.phone, s.mac);
  }

  function arrived(s: Subscriber): void {
    counts.accepted += 1;
    const at = s.at;
    setTimeout(() => s.at === at && homeOf(at)?.paths?.passed(s.mac, { up: 0, down: 1200 }), FIRST_PACKET.least + random() * (FIRST_PACKET.most - FIRST_PACKET.least)).unref();
    if (s.known) return;
    s.known = true;
    s.phone.solicit();
  }

  return {
    subscribers,
    counts,
    here: (home, mac) => byMac.get(mac)?.at === home,
    onTransition({ linkLayerId, to, stages }) {
      const s = linkLayerId === undefined ? undefined : byMac.get(linkLayerId);
      if (!s) return;
      if (to === 'denied') counts.refused += 1;
      else if (to === 'active' && stages) arrived(s);
    },
    move,
    walk() {
      const s = pick(subscribers);
      const to = s?.at === undefined ? undefined : pick(nextDoor(s.at));
      if (s && to !== undefined) move(s, to);
    },
    traffic(time) {
      for (const { at, mac, rate } of subscribers) {
        const octets = Math.round((rate * time * (0.5 + random())) / 1000);
        homeOf(at)?.paths?.passed(mac, { up: Math.round(octets / 10), down: octets });
      }
    },
    flee(home) {
      for (const s of subscribers) {
        if (s.at !== home) continue;
        const to = pick(nextDoor(home));
        if (to === undefined) s.at = undefined;
        else move(s, to);
      }
    },
    close() {
      for (const { phone } of subscribers) phone.close();
    },
  };
}
