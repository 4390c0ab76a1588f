/**
 * The four documents that a gateway is given by the fleet, in the words of the agent's configuration, which is made of the same
 * pieces (agent/config.ts). A document is partial and has no defaults: what it does not say, the gateway's own file says.
 */
import * as v from 'valibot';
import { isUnicastIp } from '../../protocol/address.ts';
import { field, issueWords } from '../config.ts';
import { heartbeatEntries } from '../heartbeatConfig.ts';
import { bitRate, rateFields } from '../rateConfig.ts';
import type { Problem } from './messages.ts';
import type { Concern } from './topics.ts';

const number = (least: number, most: number) => v.pipe(v.number(), v.minValue(least), v.maxValue(most));
const count = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

/** One LMA, with the key that this gateway shares with it. */
export const lmaEntry = v.strictObject({
  id: field.name,
  'ipv6-address': v.optional(field.ipv6),
  'ipv4-address': v.optional(field.ipv4),
  /** Shared with this LMA; without one, nothing is signed and nothing has to be. */
  key: v.optional(field.key),
  'force-udp': v.optional(v.picklist(['auto', 'always', 'never'])),
});

/** Of a default profile, and of a row of the local list. */
export const profileEntries = {
  apn: field.text,
  /** Ids of the LMAs that may serve it, first first. */
  lma: v.union([field.name, v.array(field.name)]),
  service: v.picklist(['ipv4', 'ipv6', 'dual']),
  dns: v.array(field.ip),
};

/** Seconds, unless something else is said. */
export const timerEntries = {
  'binding-lifetime': number(10, 65_535),
  'binding-refresh-time': number(4, 65_000),
  'initial-retransmit-time': number(0.1, 60),
  'max-retransmit-time': number(1, 600),
  /** Milliseconds, as in the guide's `bri delay min` and `bri delay max` */
  'bri-delay-min': v.pipe(field.count, v.minValue(500)),
  'bri-delay-max': v.pipe(field.count, v.minValue(500)),
  'bri-retries': field.count,
};

/** When a silent phone counts as gone; seconds. */
export const discoverEntries = {
  interval: v.pipe(field.seconds, v.minValue(1)),
  timeout: v.pipe(field.seconds, v.minValue(0.1)),
  retries: count(1, 100),
  /** How long a phone that hostapd calls disconnected has to come back. */
  delay: v.pipe(field.seconds, v.maxValue(60)),
};

/** The home's owner comes first: guests get no more than this, and are no more than so many. */
export const hostFirstEntries = {
  /** Served at once; who comes next waits for somebody to leave. */
  'maximum-guests': v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Of all guests together, towards the internet: below the uplink's own. */
  'up-rate': bitRate,
  /** Likewise from the internet. What exceeds it has crossed the uplink already, and its senders slow down. */
  'down-rate': bitRate,
};

export const maxBindings = count(1, 65_536);

const partial = <E extends v.ObjectEntries>(entries: E) => v.partial(v.strictObject(entries));

export const documentSchemas = {
  profiles: v.strictObject({
    'default-profiles': v.optional(v.record(field.name, v.strictObject({ ...partial(profileEntries).entries, ...rateFields }))),
    /** Default profile of an access interface, by the interface's name. */
    interfaces: v.optional(v.record(field.name, field.name)),
  }),
  timers: v.strictObject({ timers: v.optional(partial(timerEntries)), 'discover-mn-detach': v.optional(partial(discoverEntries)), heartbeat: v.optional(partial(heartbeatEntries)) }),
  lmas: v.strictObject({ 'local-mobility-anchors': v.optional(v.pipe(v.array(lmaEntry), v.minLength(1, 'name at least one LMA'))) }),
  limits: v.strictObject({ 'max-bindings': v.optional(maxBindings), 'host-first': v.optional(partial(hostFirstEntries)) }),
} as const;

export type DocumentOf<C extends Concern> = v.InferOutput<(typeof documentSchemas)[C]>;
export type ProfilesDocument = DocumentOf<'profiles'>;
export type TimersDocument = DocumentOf<'timers'>;
export type LmasDocument = DocumentOf<'lmas'>;
export type LimitsDocument = DocumentOf<'limits'>;

export type Checked<C extends Concern> = { readonly ok: true; readonly document: DocumentOf<C> } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Checks one document by itself; names that must exist elsewhere are the gateway's to look up. Every problem with its path, secrets never repeated. */
export function checkDocument<C extends Concern>(concern: C, value: unknown): Checked<C> {
  const schema: v.GenericSchema<unknown, DocumentOf<C>> = documentSchemas[concern];
  if (Array.isArray(value)) return { ok: false, problems: [{ path: '', reason: 'expected keys with values, found a list' }] };
  const result = v.safeParse(schema, value);
  if (!result.success) return { ok: false, problems: result.issues.map((issue) => ({ path: (issue.path ?? []).map((item) => String(item.key)).join('.'), reason: issueWords(schema, issue) })) };
  const problems = CHECKS[concern](result.output);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, document: result.output };
}

/** What a schema cannot say. */
const CHECKS: { readonly [C in Concern]: (document: DocumentOf<C>) => Problem[] } = {
  profiles: () => [],
  limits: () => [],
  timers: ({ timers = {} }) => {
    const { 'initial-retransmit-time': initial, 'max-retransmit-time': most } = timers;
    if (initial === undefined || most === undefined || initial <= most) return [];
    return [{ path: 'timers.max-retransmit-time', reason: `expected no less than initial-retransmit-time (${initial}), found ${most}` }];
  },
  lmas: ({ 'local-mobility-anchors': lmas = [] }) =>
    lmas.flatMap((l, i) => {
      const path = `local-mobility-anchors.${i}`;
      const before = lmas.slice(0, i);
      const shared = (['ipv6-address', 'ipv4-address'] as const).filter((key) => l[key] !== undefined && before.some((other) => other[key] === l[key]));
      return [
        ...(['ipv6-address', 'ipv4-address'] as const).flatMap((key) => (l[key] === undefined || isUnicastIp(l[key]) ? [] : [{ path: `${path}.${key}`, reason: `expected the address of one machine, found ${l[key]}` }])),
        ...(l['ipv6-address'] === undefined && l['ipv4-address'] === undefined ? [{ path, reason: `${l.id} has neither ipv6-address nor ipv4-address` }] : []),
        ...(before.some((other) => other.id === l.id) ? [{ path: `${path}.id`, reason: `${l.id} stands here twice` }] : []),
        ...shared.map((key) => ({ path: `${path}.${key}`, reason: `${l[key]} is another LMA's already, and an LMA is known by its address` })),
      ];
    }),
};
