/**
 * The two ends of a handover told apart, put together: the LMA says it over its control socket, the gateway over MQTT, either first,
 * either twice, either never. What is whole is told at once; what is not, after a while, and again if its other half comes late.
 */
import type { Millis, UnixMillis } from '../../protocol/units.ts';
import type { GatewayId } from '../../runtime/fleet/topics.ts';
import type { Streamed } from '../fleet/ports.ts';
import type { Stages } from './axis.ts';

export type Kind = 'attach' | 'handover' | 'move';

export interface LmaHalf {
  readonly end: 'lma';
  /** The trace. */
  readonly id: string;
  /** When the PBU came, on the LMA's clock. */
  readonly at: UnixMillis;
  readonly lma: string;
  readonly subscriber: string;
  readonly kind: Kind;
  /** MAG Identifiers, and the homes that the fleet knows by them. */
  readonly mag: string;
  readonly home?: GatewayId;
  readonly before?: string;
  readonly homeBefore?: GatewayId;
  readonly stages: Stages;
  /** Why the LMA refused. Of what was refused a gateway tells no stages. */
  readonly refused?: string;
  /** The home is connected, so it will say something. */
  readonly awaited: boolean;
}

export interface HomeHalf {
  readonly end: 'home';
  readonly id: string;
  readonly at: UnixMillis;
  readonly home: GatewayId;
  readonly kind: Kind;
  /** A pseudonym of the gateway's own. */
  readonly station: string;
  readonly stages: Stages;
}

/** A gateway turned somebody away: because the LMA refused, which that tells itself, or before it asked. */
export interface Denial {
  readonly end: 'denied';
  /** Of the event: gateway, session and sequence. */
  readonly id: string;
  readonly at: UnixMillis;
  readonly home: GatewayId;
  readonly station: string;
  readonly reason: string;
}

export type Half = LmaHalf | HomeHalf | Denial;

/** As it is kept. Names of homes are looked up when somebody looks. */
export interface HandoverRecord extends Streamed {
  readonly id: string;
  readonly subscriber: string;
  readonly kind: Kind;
  readonly success: boolean;
  readonly reason: string;
  readonly home?: GatewayId;
  readonly mag?: string;
  readonly homeBefore?: GatewayId;
  readonly before?: string;
  readonly lma?: string;
  readonly homeStages?: Stages;
  readonly lmaStages?: Stages;
  /** When the PBU came to the LMA, on its clock: where its messages are found. */
  readonly lmaAt?: UnixMillis;
  /** The ends gave it different ids: put together by home and time. */
  readonly guessed?: true;
}

export interface Joined {
  readonly record: HandoverRecord;
  /** It was told before, with one end only, and is known under this time. */
  readonly toldAt?: UnixMillis;
}

export interface Joiner {
  /** By id, the oldest first. */
  readonly waiting: Map<string, { readonly half: Half; readonly until: UnixMillis }>;
  /** What each home was heard of lately, by id; who was heard of longest ago first. */
  readonly lately: Map<GatewayId, { readonly ids: Map<string, UnixMillis>; last: UnixMillis }>;
  /** What was told: with one end, so that the other may still come; or whole, so that it is not told twice. */
  readonly halves: Map<string, { readonly half: LmaHalf | HomeHalf; readonly until: UnixMillis }>;
  readonly told: Map<string, { readonly until: UnixMillis }>;
  /** When an LMA last refused something of a home. */
  readonly refusals: Map<GatewayId, UnixMillis>;
}

/** A gateway collects its events for a moment, and a broker may be slow. */
export const WAIT: Millis = 5000;
/** A broker that was gone for ten minutes brings what it kept. */
export const REMEMBER: Millis = 30 * 60_000;
const REMEMBER_WHOLE: Millis = 120_000;
const LATELY: Millis = 2 * WAIT;
const MOST = 50_000;

export const createJoiner = (): Joiner => ({ waiting: new Map(), lately: new Map(), halves: new Map(), told: new Map(), refusals: new Map() });

/** @returns what is whole now, or needs no other half */
export function join(j: Joiner, half: Half, now: UnixMillis): Joined[] {
  if (j.told.has(half.id)) return [];
  if (half.end === 'denied') return hold(j, half, now);
  if (isForeign(j, half)) return [];
  notice(j, half, now);
  if (half.end === 'lma' && half.refused !== undefined) {
    j.refusals.set(half.home ?? half.mag, now);
    return tell(j, [half], now);
  }
  const early = j.waiting.get(half.id)?.half;
  const known = early ?? j.halves.get(half.id)?.half;
  if (known?.end === half.end) return [];
  if (!known || known.end === 'denied') return half.end === 'lma' && !half.awaited ? tell(j, [half], now) : hold(j, half, now);
  j.waiting.delete(half.id);
  j.halves.delete(half.id);
  return tell(j, [known, half], now, early ? undefined : known.at);
}

/** The LMA says where it was: another home that names the same trace tells of something that was not its own. */
function isForeign(j: Joiner, half: LmaHalf | HomeHalf): boolean {
  const other = j.waiting.get(half.id)?.half ?? j.halves.get(half.id)?.half;
  if (!other || other.end === 'denied' || other.home === undefined || half.home === undefined || other.home === half.home) return false;
  if (half.end === 'home') return true;
  j.waiting.delete(half.id);
  j.halves.delete(half.id);
  return false;
}

function hold(j: Joiner, half: Half, now: UnixMillis): Joined[] {
  if (!j.waiting.has(half.id)) j.waiting.set(half.id, { half, until: now + WAIT });
  return j.waiting.size > MOST ? expire(j, Infinity, 1) : [];
}

function notice(j: Joiner, { id, home }: LmaHalf | HomeHalf, now: UnixMillis): void {
  if (home === undefined) return;
  const known = j.lately.get(home) ?? { ids: new Map<string, UnixMillis>(), last: now };
  j.lately.delete(home);
  j.lately.set(home, known);
  known.last = now;
  known.ids.delete(id);
  known.ids.set(id, now);
  for (const [old, at] of known.ids) {
    if (at > now - LATELY) break;
    known.ids.delete(old);
  }
}

/**
 * A PBA that got lost: the gateway asked again, under a new timestamp, and names that; the LMA had moved the session by the first. If
 * nothing else was heard of this home lately, both ends are of one handover.
 */
function counterpart(j: Joiner, half: LmaHalf | HomeHalf): LmaHalf | HomeHalf | undefined {
  const ids = half.home === undefined ? undefined : j.lately.get(half.home)?.ids;
  if (ids?.size !== 2) return undefined;
  const [other] = [...ids.keys()].filter((id) => id !== half.id).map((id) => j.waiting.get(id)?.half);
  return other && other.end !== 'denied' && other.end !== half.end ? other : undefined;
}

/** @returns what has waited long enough for its other half */
export function expire(j: Joiner, now: UnixMillis, most = Infinity): Joined[] {
  const all: Joined[] = [];
  for (const [id, { half, until }] of j.waiting) {
    if (until > now || all.length >= most) break;
    const other = half.end === 'denied' ? undefined : counterpart(j, half);
    j.waiting.delete(id);
    if (other) j.waiting.delete(other.id);
    const at = Math.min(now, until);
    if (half.end !== 'denied') all.push(...tell(j, other ? [half, other] : [half], at));
    // The LMA's own word counts; a gateway's of the same is no second failure.
    else if (at - (j.refusals.get(half.home) ?? -Infinity) > 2 * WAIT) all.push(...tell(j, [half], at));
    else j.told.set(id, { until: at + REMEMBER_WHOLE });
  }
  for (const map of [j.halves, j.told]) for (const [id, { until }] of map) {
    if (until > now && map.size <= MOST) break;
    map.delete(id);
  }
  for (const [home, { last }] of j.lately) {
    if (last > now - LATELY) break;
    j.lately.delete(home);
  }
  for (const [home, at] of j.refusals) if (at < now - 4 * WAIT) j.refusals.delete(home);
  return all;
}

/** Somebody is erased: what waits or was told of these pseudonyms is not kept, and what the other end says of it makes no new line. */
export function forget(j: Joiner, subscribers: ReadonlySet<string>, now: UnixMillis): void {
  for (const map of [j.waiting, j.halves]) for (const [id, { half }] of map) {
    if (half.end !== 'lma' || !subscribers.has(half.subscriber)) continue;
    map.delete(id);
    j.told.set(id, { until: now + REMEMBER_WHOLE });
  }
}

function tell(j: Joiner, halves: readonly Half[], now: UnixMillis, toldAt?: UnixMillis): Joined[] {
  const lma = halves.find((h) => h.end === 'lma');
  const home = halves.find((h) => h.end === 'home');
  const denied = halves.find((h) => h.end === 'denied');
  const one = lma ?? home ?? denied;
  if (!one) return [];
  // Neither id is told again, whichever names it.
  for (const h of halves) if (h.id !== one.id) j.told.set(h.id, { until: now + REMEMBER_WHOLE });
  const alone = halves.length === 1 && !denied && lma?.refused === undefined ? (lma ?? home) : undefined;
  if (alone) j.halves.set(one.id, { half: alone, until: now + REMEMBER });
  else j.told.set(one.id, { until: now + REMEMBER_WHOLE });
  return [{ record: recordOf(one, lma, home, denied), ...(toldAt === undefined ? {} : { toldAt }) }];
}

function recordOf(one: Half, lma: LmaHalf | undefined, home: HomeHalf | undefined, denied: Denial | undefined): HandoverRecord {
  const at = home ?? denied ?? lma;
  const kind = lma?.kind ?? home?.kind ?? 'attach';
  return {
    at: one.at,
    id: one.id,
    subscriber: lma?.subscriber ?? home?.station ?? denied?.station ?? '',
    kind,
    success: !denied && lma?.refused === undefined,
    reason: lma?.refused ?? denied?.reason ?? REASON[kind],
    ...(at?.home === undefined ? {} : { home: at.home }),
    ...(lma ? { mag: lma.mag, lma: lma.lma, lmaAt: lma.at, lmaStages: lma.stages } : {}),
    ...(lma?.before === undefined ? {} : { before: lma.before }),
    ...(lma?.homeBefore === undefined ? {} : { homeBefore: lma.homeBefore }),
    ...(home ? { homeStages: home.stages } : {}),
    ...(lma && home && lma.id !== home.id ? { guessed: true } : {}),
  };
}

const REASON: Readonly<Record<Kind, string>> = { attach: 'new session', handover: 'taken over from another home', move: 'its gateway or its interface changed' };
