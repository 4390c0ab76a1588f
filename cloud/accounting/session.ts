/** One accounted session, as it is held and as it is kept on disk. Pure. */
import type { Millis, Now, UnixMillis } from '../../protocol/units.ts';
import type { SessionFacts } from '../lma/accounting.ts';
import { restoredMeter, storedMeter, type Meter, type StoredMeter } from './meter.ts';
import type { Held, Home, SessionPart } from './record.ts';

export interface Session {
  readonly id: string;
  facts: SessionFacts;
  readonly startedAt: UnixMillis;
  /** The same instant on the clock that never steps; before this process where the session is older. */
  readonly began: Millis;
  readonly meter: Meter;
  /** Why and when it was released, until it is taken up again: then it ended, if it ends. */
  released: { readonly reason: string; readonly at: Millis; readonly wall: UnixMillis } | undefined;
  held: readonly Held[];
  /** Records so far. */
  records: number;
  /** The anchor has said that it still has this session. */
  confirmed: boolean;
}

export interface StoredSession {
  readonly id: string;
  readonly facts: SessionFacts;
  readonly startedAt: UnixMillis;
  /** Milliseconds since the start at `wall`. */
  readonly age: Millis;
  readonly wall: UnixMillis;
  readonly meter: StoredMeter;
  readonly released?: { readonly reason: string; readonly wall: UnixMillis };
  readonly held: readonly Held[];
  readonly records: number;
}

export const storedSession = (s: Session, now: Now): StoredSession => ({
  id: s.id,
  facts: s.facts,
  startedAt: s.startedAt,
  age: now.at - s.began,
  wall: now.wall,
  meter: storedMeter(s.meter),
  ...(s.released ? { released: { reason: s.released.reason, wall: s.released.wall } } : {}),
  held: s.held,
  records: s.records,
});

/** Its time goes on where it was; a wall clock that was set back meanwhile takes nothing away. */
export function restoredSession(s: StoredSession, now: Now): Session {
  const since = (wall: UnixMillis): Millis => now.at - Math.max(0, now.wall - wall);
  return {
    id: s.id,
    facts: s.facts,
    startedAt: s.startedAt,
    began: since(s.wall) - s.age,
    meter: restoredMeter(s.meter),
    released: s.released && { ...s.released, at: since(s.released.wall) },
    held: s.held,
    records: s.records,
    confirmed: false,
  };
}

export const homeOf = ({ mag, proxyCoa }: SessionFacts): Home => ({ home: mag ?? proxyCoa, careOf: proxyCoa });

/** Whose session it is, and where. */
export const identityOf = ({ id, facts }: Pick<Session, 'id' | 'facts'>): Pick<SessionPart, 'session' | 'subscriber' | 'mac' | 'technology' | 'apn' | 'space' | 'home' | 'careOf'> => ({
  session: id,
  subscriber: facts.subscriber,
  ...(facts.linkLayerId === undefined ? {} : { mac: facts.linkLayerId }),
  technology: facts.technology,
  apn: facts.apn,
  space: facts.space,
  ...homeOf(facts),
});

export const addressesOf = ({ homeAddress, prefixes }: SessionFacts): string[] => [...(homeAddress === undefined ? [] : [homeAddress]), ...prefixes];
