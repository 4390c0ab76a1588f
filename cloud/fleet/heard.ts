/** What gateways may say, checked: they are in strangers' houses. */
import * as v from 'valibot';
import type { CommandResult, EventBatch, GatewayState, Heartbeat, Problem, Reported } from '../../runtime/fleet/messages.ts';
import { CONCERNS } from '../../runtime/fleet/topics.ts';

const words = v.pipe(v.string(), v.maxLength(500));
const name = v.pipe(v.string(), v.maxLength(200));
/** Sums of these stay numbers. */
const count = v.pipe(v.number(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const names = v.pipe(v.array(name), v.maxLength(64));
const revision = { rev: whole, hash: v.pipe(v.string(), v.maxLength(64)) };
const optionalRevision = v.exactOptional(v.object(revision));

const state: v.GenericSchema<unknown, GatewayState> = v.union([
  v.object({
    state: v.literal('ready'),
    session: whole,
    agent: name,
    identity: name,
    can: v.object({ concerns: v.pipe(v.array(v.picklist(CONCERNS)), v.maxLength(16)), commands: names, telemetry: names }),
    at: count,
  }),
  v.object({ state: v.picklist(['lost', 'disconnected']), session: whole }),
]);

const mark = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/));

const heartbeat: v.GenericSchema<unknown, Heartbeat> = v.object({
  session: whole,
  at: count,
  uptime: count,
  running: v.object({ profiles: optionalRevision, timers: optionalRevision, lmas: optionalRevision, limits: optionalRevision }),
  bindings: whole,
  sharing: v.object({ paused: v.boolean(), maximumGuests: v.exactOptional(count), upRate: v.exactOptional(count), downRate: v.exactOptional(count) }),
  counters: v.object({ attached: count, refused: count, handovers: count, bytesUp: count, bytesDown: count }),
  lmas: v.pipe(v.array(v.object({ id: name, reachable: v.boolean() })), v.maxLength(64)),
  memory: count,
  radio: v.exactOptional(v.object({ own: v.pipe(v.array(mark), v.maxLength(16)), near: v.pipe(v.array(mark), v.maxLength(64)) })),
});

const problem = v.object({ path: words, reason: words, substitution: v.exactOptional(words) });

/** A browser is told of a home whenever it says something: what is kept of its problems is no more than people read. */
const KEPT = 4000;
function brief<P extends Problem>(problems: P[]): P[] {
  let left = KEPT;
  return problems.filter(({ path, reason, substitution = '' }) => (left -= path.length + reason.length + substitution.length) >= 0);
}

const reported: v.GenericSchema<unknown, Reported> = v.object({
  ...revision,
  status: v.picklist(['applied', 'partial', 'rejected', 'rolledback']),
  problems: v.pipe(v.array(problem), v.maxLength(100), v.transform((all) => brief(all))),
  running: v.nullable(v.object(revision)),
  at: count,
});

const told = { sequence: whole, at: count };
const events: v.GenericSchema<unknown, EventBatch> = v.object({
  session: whole,
  events: v.pipe(
    v.array(
      v.variant('kind', [
        v.object({ ...told, kind: v.picklist(['attach', 'handover', 'move']), trace: name, station: name, stages: v.record(name, v.number()) }),
        v.object({ ...told, kind: v.picklist(['refused', 'detach']), station: name, reason: words }),
        v.object({ ...told, kind: v.literal('notice'), level: v.picklist(['info', 'warn', 'error']), text: words }),
      ]),
    ),
    v.maxLength(1000),
  ),
});

const result: v.GenericSchema<unknown, CommandResult> = v.union([v.object({ ok: v.literal(true), result: v.unknown() }), v.object({ ok: v.literal(false), error: words })]);

const reader =
  <T>(schema: v.GenericSchema<unknown, T>) =>
  (payload: unknown): T | undefined => {
    const read = v.safeParse(schema, payload);
    return read.success ? read.output : undefined;
  };

/** Undefined: it is none. */
export const heard = { state: reader(state), heartbeat: reader(heartbeat), reported: reader(reported), events: reader(events), result: reader(result) };
