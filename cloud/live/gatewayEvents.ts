/** What gateways tell over the broker about stations, as halves of handovers. What is malformed is counted and dropped. */
import * as v from 'valibot';
import { TOPIC_ROOT, type GatewayId } from '../../runtime/fleet/topics.ts';
import type { UnixMillis } from '../../protocol/units.ts';
import type { Bus } from '../fleet/ports.ts';
import { createTellingLimit, timeTold } from '../fleet/told.ts';
import type { Denial, HomeHalf } from './join.ts';

const text = v.pipe(v.string(), v.maxLength(200));
/** A pseudonym of the gateway's own (runtime/identities.ts), which is shorter than one of ours: it cannot name somebody else's. */
const station = v.pipe(v.string(), v.regex(/^mn-[0-9a-f]{1,8}$/));
const when = v.pipe(v.number(), v.finite());
/** Milliseconds; no handover takes an hour. */
const stage = v.pipe(v.number(), v.minValue(-3_600_000), v.maxValue(3_600_000));
const MOST_STAGES = 20;
const stages = v.pipe(v.record(v.pipe(v.string(), v.maxLength(40)), stage), v.check((all) => Object.keys(all).length <= MOST_STAGES));
const event = v.variant('kind', [
  v.object({ kind: v.picklist(['attach', 'handover', 'move']), sequence: when, at: when, trace: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)), station, stages }),
  v.object({ kind: v.literal('refused'), sequence: when, at: when, station, reason: text }),
]);
const batch = v.object({ session: when, events: v.pipe(v.array(v.unknown()), v.maxLength(1000)) });

/** Known kinds that tell nothing about handovers. */
const OTHERS = new Set<unknown>(['detach', 'notice']);

export interface Hearing {
  readonly now: UnixMillis;
  /** Asked for each event: false is one too many. */
  readonly may: () => boolean;
  /** Told how many events were none, or too many. */
  readonly onBad: (events: number) => void;
}

/** Halves in a batch. */
export function halvesIn(gateway: GatewayId, payload: unknown, { now, may, onBad }: Hearing): (HomeHalf | Denial)[] {
  const parsed = v.safeParse(batch, payload);
  if (!parsed.success) {
    onBad(1);
    return [];
  }
  let bad = 0;
  const halves = parsed.output.events.flatMap((each): (HomeHalf | Denial)[] => {
    if (OTHERS.has((each as { kind?: unknown } | null)?.kind)) return [];
    const known = may() ? v.safeParse(event, each) : undefined;
    if (!known?.success) {
      bad += 1;
      return [];
    }
    const e = known.output;
    if (e.kind === 'refused') return [{ end: 'denied', id: `${gateway} ${e.sequence} ${e.at}`, at: timeTold(e.at, now), home: gateway, station: e.station, reason: e.reason }];
    return [{ end: 'home', id: e.trace, at: timeTold(e.at, now), home: gateway, kind: e.kind, station: e.station, stages: e.stages }];
  });
  if (bad > 0) onBad(bad);
  return halves;
}

export interface ListenOptions {
  readonly bus: Pick<Bus, 'subscribe'>;
  /** Of the fleet, and not revoked. */
  readonly known: (gateway: GatewayId) => boolean;
  readonly now: () => UnixMillis;
  readonly onHalf: (half: HomeHalf | Denial) => void;
  readonly onBad: Hearing['onBad'];
}

export function listenToGateways({ bus, known, now, onHalf, onBad }: ListenOptions): Promise<{ close(): Promise<void> }> {
  const limit = createTellingLimit(now);
  return bus.subscribe(`${TOPIC_ROOT}/+/event`, (topic, payload) => {
    const gateway = topic.split('/')[2] ?? '';
    if (known(gateway)) for (const half of halvesIn(gateway, payload, { now: now(), may: () => limit.take(gateway), onBad })) onHalf(half);
  });
}
