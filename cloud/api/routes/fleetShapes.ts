/** Shapes of the fleet's answers that several routes share: what cloud/api/resources/ says as types. */
import * as v from 'valibot';
import { CONCERNS } from '../../../runtime/fleet/topics.ts';

export const concern = v.picklist(CONCERNS);
export const gatewayId = v.pipe(v.string(), v.regex(/^gw-[a-z2-7]{26}$/, 'expected the id of a home: gw- and 26 characters'));
export const scope = v.variant('kind', [v.strictObject({ kind: v.literal('fleet') }), v.strictObject({ kind: v.literal('group'), id: v.pipe(v.string(), v.maxLength(64)) }), v.strictObject({ kind: v.literal('home'), id: gatewayId })]);
export const problem = v.object({ path: v.string(), reason: v.string(), substitution: v.optional(v.string()) });
export const reportedStatus = v.picklist(['applied', 'partial', 'rejected', 'rolledback']);

const revision = v.object({ rev: v.number(), hash: v.string() });
const configuration = v.object({ desired: v.optional(revision), running: v.optional(revision), status: v.picklist(['applied', 'partial', 'rejected', 'rolledback', 'pending', 'none']), problems: v.array(problem) });
const perConcern = <S extends v.GenericSchema>(of: S) => v.object({ profiles: of, timers: of, lmas: of, limits: of });
export const position = v.strictObject({ latitude: v.pipe(v.number(), v.minValue(-90), v.maxValue(90)), longitude: v.pipe(v.number(), v.minValue(-180), v.maxValue(180)) });

const homeEntries = {
  id: v.string(),
  name: v.string(),
  group: v.string(),
  status: v.picklist(['online', 'degraded', 'offline', 'paused', 'revoked']),
  reasons: v.array(v.string()),
  identity: v.string(),
  agent: v.optional(v.string()),
  lastSeen: v.optional(v.number()),
  since: v.optional(v.number()),
  subscribers: v.number(),
  bytesUp: v.number(),
  bytesDown: v.number(),
  configuration: perConcern(configuration),
  certificateExpires: v.optional(v.number()),
  position: v.optional(v.object({ latitude: v.number(), longitude: v.number() })),
  notes: v.optional(v.string()),
};
export const home = v.object(homeEntries);

export const binding = v.object({
  subscriber: v.string(), home: v.optional(v.string()), lma: v.string(), service: v.string(), apn: v.optional(v.string()), state: v.string(),
  addresses: v.array(v.string()), careOf: v.string(), transport: v.string(), lifetime: v.number(), since: v.optional(v.number()),
});

export const homeDetails = v.object({
  ...homeEntries,
  can: v.object({ concerns: v.array(concern), commands: v.array(v.string()), telemetry: v.array(v.string()) }),
  sharing: v.optional(v.object({ paused: v.boolean(), maximumGuests: v.optional(v.number()), upRate: v.optional(v.number()), downRate: v.optional(v.number()) })),
  lmas: v.array(v.object({ id: v.string(), reachable: v.boolean() })),
  bindings: v.array(binding),
  difference: v.partial(perConcern(v.array(v.object({ path: v.string(), before: v.unknown(), after: v.unknown() })))),
  effective: perConcern(v.array(v.object({ path: v.string(), value: v.unknown(), source: v.picklist(['fleet', 'group', 'home', 'built in']) }))),
  memory: v.optional(v.number()),
  uptime: v.optional(v.number()),
});

export const group = v.object({ id: v.string(), name: v.string(), homes: v.number() });
export const homeEvent = v.object({ number: v.number(), at: v.number(), home: v.string(), level: v.picklist(['info', 'warn', 'error']), text: v.string() });
export const commandRecord = v.object({ id: v.string(), home: v.string(), name: v.string(), by: v.string(), at: v.number(), expires: v.number(), status: v.picklist(['sent', 'done', 'failed', 'expired']), result: v.optional(v.unknown()) });
export const documentVersion = v.object({ scope, concern, document: v.unknown(), by: v.string(), at: v.number() });

const figures = v.object({ perMinute: v.number(), success: v.number(), p50: v.number(), p90: v.number(), p99: v.number() });
export const rollout = v.object({
  id: v.string(), scope, concern,
  status: v.picklist(['canary', 'ramp', 'paused', 'done', 'rolling back', 'rolled back']),
  reason: v.string(), by: v.string(), startedAt: v.number(), endedAt: v.optional(v.number()),
  total: v.number(), sent: v.number(), applied: v.number(), failed: v.number(),
  before: v.optional(figures), since: v.optional(figures),
  homes: v.array(v.object({ home: v.string(), name: v.string(), wave: v.number(), status: v.picklist(['applied', 'partial', 'rejected', 'rolledback', 'pending', 'none', 'waiting']), at: v.optional(v.number()) })),
});
export const preview = v.object({
  homes: v.array(v.object({ home: v.string(), name: v.string(), changes: v.array(v.object({ path: v.string(), before: v.unknown(), after: v.unknown() })) })),
  problems: v.array(problem),
  unchanged: v.number(),
});
