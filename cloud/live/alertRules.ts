/** What is worth somebody's attention, as a table: what is looked for, for how long, and what to do about it. */
import type { Home } from '../api/resources/homes.ts';
import type { Lma } from '../api/resources/network.ts';
import type { Rollout } from '../api/resources/rollouts.ts';
import type { Millis, UnixMillis } from '../../protocol/units.ts';
import type { Patience } from './alertBook.ts';
import type { Alarm, AttemptFigures } from './ports.ts';

/** What the rules look at. */
export interface Sight {
  readonly now: UnixMillis;
  readonly homes: readonly Home[];
  readonly lmas: readonly Lma[];
  /** Of the last five minutes. */
  readonly figures: AttemptFigures;
  readonly rollouts: readonly Pick<Rollout, 'id' | 'status' | 'reason' | 'concern' | 'endedAt'>[];
  /** Without it gateways are not heard, and nothing is known about any of them. */
  readonly broker: boolean;
  /** Of timestamps, in the last five minutes, by home. */
  readonly clockRefusals: ReadonlyMap<string, number>;
  /** An alert of this rule goes on: it ends later than it began. */
  readonly goes: (rule: string, about?: string) => boolean;
}

interface Rule extends Patience {
  readonly name: string;
  readonly level: Alarm['level'];
  readonly advice: string;
  /** Cannot tell now: what it found before stays. */
  readonly blind?: (s: Sight) => boolean;
  find(s: Sight): readonly Found[];
}
type Found = Pick<Alarm, 'about' | 'text' | 'home' | 'lma'>;

const MINUTE: Millis = 60_000;
const DAY: Millis = 86_400_000;
const LEAST_ATTEMPTS = 20;
/** More homes at once have one cause. */
const MANY = 20;

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

/** A home each, or one for many: five hundred alerts are none. */
function each(homes: readonly Home[], total: number, about: string, text: (h: Home) => string, all: (count: number) => string): Found[] {
  if (homes.length > Math.max(MANY, total / 5)) return [{ about, text: all(homes.length) }];
  return homes.map((h) => ({ about: h.id, home: h.id, text: text(h) }));
}

export const RULES: readonly Rule[] = [
  {
    name: 'broker',
    level: 'error',
    begin: 15_000,
    end: 15_000,
    advice: 'Look at the broker: its process, its certificate, its disk. Homes go on serving; only this view of them stands still.',
    find: ({ broker }) => (broker ? [] : [{ text: 'The broker does not answer: nothing is heard of the homes' }]),
  },
  {
    name: 'lma unreachable',
    level: 'error',
    begin: 15_000,
    end: 10_000,
    advice: 'Look at the LMA: is its process running, and may this service open its control socket?',
    find: ({ lmas }) => lmas.filter((l) => !l.reachable).map((l) => ({ about: l.name, lma: l.name, text: `LMA ${l.name} does not answer: ${l.reason ?? 'no reason known'}` })),
  },
  {
    name: 'home offline',
    level: 'warn',
    begin: 5 * MINUTE,
    end: 30_000,
    advice: 'Ask its owner about power and uplink. Phones there have no service until it is back; they keep their addresses elsewhere.',
    blind: ({ broker }) => !broker,
    find({ homes, broker }) {
      const off = broker ? homes.filter((h) => h.status === 'offline') : [];
      return each(off, homes.length, 'many', (h) => `${h.name} is offline`, (n) => `${n} of ${homes.length} homes are offline`);
    },
  },
  {
    name: 'success',
    level: 'error',
    begin: 30_000,
    end: MINUTE,
    advice: 'Look at the failed handovers: their reasons say whether a pool is full, a clock is wrong or a profile is not allowed.',
    blind: ({ lmas }) => lmas.some((l) => !l.reachable),
    find({ figures: f, goes, lmas }) {
      // An LMA that is gone fails everybody, and has an alert of its own.
      const bad = f.attempts >= LEAST_ATTEMPTS && f.success < (goes('success') ? 0.97 : 0.95) && lmas.every((l) => l.reachable);
      return bad ? [{ text: `${percent(1 - f.success)} of ${f.attempts} attempts failed in five minutes` }] : [];
    },
  },
  {
    name: 'slow',
    level: 'warn',
    begin: 30_000,
    end: MINUTE,
    advice: 'Open a slow handover: its longest stage says whether the profile server, the way to the LMA or the home itself is slow.',
    find: ({ figures: f, goes }) => (f.timed >= LEAST_ATTEMPTS && f.p99 > (goes('slow') ? 800 : 1000) ? [{ text: `One handover in a hundred takes longer than ${Math.round(f.p99)} ms` }] : []),
  },
  {
    name: 'pool',
    level: 'warn',
    begin: 30_000,
    end: MINUTE,
    advice: 'Enlarge the pool, or add one: when it is full, new phones are refused.',
    find: ({ lmas, goes }) =>
      lmas.flatMap((l) => l.pools.flatMap((p) => (p.size > 0 && p.used / p.size > (goes('pool', `${l.name} ${p.name}`) ? 0.85 : 0.9) ? [{ about: `${l.name} ${p.name}`, lma: l.name, text: `Pool ${p.name} of ${l.name} is nearly full: ${p.used} of ${p.size} in use` }] : []))),
  },
  {
    name: 'clock',
    level: 'warn',
    begin: 0,
    end: 5 * MINUTE,
    advice: 'Look at NTP on the gateway and on the LMA: registrations with a wrong timestamp are refused.',
    find: ({ clockRefusals, homes }) => [...clockRefusals].filter(([, n]) => n >= 3).map(([id, n]) => ({ about: id, home: id, text: `${homes.find((h) => h.id === id)?.name ?? id}: its clock and the LMA's differ, ${n} registrations were refused for it` })),
  },
  {
    name: 'certificate',
    level: 'warn',
    begin: 0,
    end: 0,
    advice: 'A gateway renews its certificate by itself while it is connected: look why this one has not, or claim it again.',
    find: ({ homes, now }) =>
      each(homes.filter((h) => h.status !== 'revoked' && h.certificateExpires !== undefined && h.certificateExpires < now + 14 * DAY), homes.length, 'many', (h) => `The certificate of ${h.name} ends on ${new Date(h.certificateExpires ?? 0).toISOString().slice(0, 10)}`, (n) => `The certificates of ${n} homes end within 14 days`),
  },
  {
    name: 'rollout',
    level: 'error',
    begin: 0,
    end: 0,
    advice: 'Read its reason, repair the document, and roll it out anew, first to few homes.',
    // What somebody took back by hand is no surprise (cloud/fleet/rollout.ts).
    find: ({ rollouts, now }) => rollouts.filter((r) => !r.reason.startsWith('rolled back by ') && (r.status === 'rolling back' || r.status === 'rolled back') && (r.endedAt ?? now) > now - DAY).map((r) => ({ about: r.id, text: `A rollout of ${r.concern} was stopped: ${r.reason}` })),
  },
  {
    name: 'document',
    level: 'warn',
    begin: 0,
    end: 0,
    advice: 'Open the home: its configuration says which field it did not take and why.',
    find({ homes }) {
      const bad = homes.filter((h) => Object.values(h.configuration).some((c) => c.status === 'rejected' || c.status === 'rolledback'));
      return each(bad, homes.length, 'many', (h) => `${h.name} did not take ${Object.entries(h.configuration).filter(([, c]) => c.status === 'rejected' || c.status === 'rolledback').map(([concern, c]) => `${concern} (${c.status})`).join(', ')}`, (n) => `${n} homes did not take their configuration`);
    },
  },
];

export const alarmsIn = (sight: Sight): Alarm[] => RULES.flatMap((rule) => rule.find(sight).map((found) => ({ rule: rule.name, level: rule.level, advice: rule.advice, ...found })));
