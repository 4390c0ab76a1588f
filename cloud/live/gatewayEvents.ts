/** What gateways tell over the broker about stations, as halves of handovers. What is malformed is counted and dropped. */
import * as v from 'valibot';
import { TOPIC_ROOT, type GatewayId } from '../../runtime/fleet/topics.ts';
import type { Bus } from '../fleet/ports.ts';
import type { Denial, HomeHalf } from './join.ts';

const text = v.pipe(v.string(), v.maxLength(200));
const when = v.pipe(v.number(), v.finite());
const event = v.variant('kind', [
  v.object({ kind: v.picklist(['attach', 'handover', 'move']), sequence: when, at: when, trace: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)), station: text, stages: v.record(text, when) }),
  v.object({ kind: v.literal('refused'), sequence: when, at: when, station: text, reason: text }),
]);
const batch = v.object({ session: when, events: v.pipe(v.array(v.unknown()), v.maxLength(1000)) });

/** Known kinds that tell nothing about handovers. */
const OTHERS = new Set<unknown>(['detach', 'notice']);

/** Halves in a batch; `onBad` is told how many events were none. */
export function halvesIn(gateway: GatewayId, payload: unknown, onBad: (events: number) => void): (HomeHalf | Denial)[] {
  const parsed = v.safeParse(batch, payload);
  if (!parsed.success) {
    onBad(1);
    return [];
  }
  let bad = 0;
  const halves = parsed.output.events.flatMap((each): (HomeHalf | Denial)[] => {
    if (OTHERS.has((each as { kind?: unknown } | null)?.kind)) return [];
    const known = v.safeParse(event, each);
    if (!known.success) {
      bad += 1;
      return [];
    }
    const e = known.output;
    if (e.kind === 'refused') return [{ end: 'denied', id: `${gateway} ${e.sequence} ${e.at}`, at: Math.round(e.at), home: gateway, station: e.station, reason: e.reason }];
    return [{ end: 'home', id: e.trace, at: Math.round(e.at), home: gateway, kind: e.kind, station: e.station, stages: e.stages }];
  });
  if (bad > 0) onBad(bad);
  return halves;
}

export const listenToGateways = (bus: Pick<Bus, 'subscribe'>, onHalf: (half: HomeHalf | Denial) => void, onBad: (events: number) => void): Promise<{ close(): Promise<void> }> =>
  bus.subscribe(`${TOPIC_ROOT}/+/event`, (topic, payload) => {
    const gateway = topic.split('/')[2];
    if (gateway !== undefined) for (const half of halvesIn(gateway, payload, onBad)) onHalf(half);
  });
