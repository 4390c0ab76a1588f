/** Configuration of what the anchor changes at its gateways: notifications, their timers, and other anchors for their sessions. */
import * as v from 'valibot';
import { field, type Problem } from '../runtime/config.ts';
import { readKey } from './keys.ts';
import { DEFAULT_VARIABLES, type LmaVariables, type RedirectConfig } from './lma/config.ts';
import type { MagTimers } from './lma/timersOption.ts';

/** A zero would make a gateway ignore every PBA (RFC 8127 §5.2). */
const positive = (unit: string) => v.pipe(v.number(), v.integer(), v.minValue(1, `expected at least 1 ${unit}`), v.maxValue(65_535));

/** `mag-timers`: a gateway names the row that it is to follow, several may name the same. Defaults are RFC 8127 §4.1's. */
export const magTimersRow = v.strictObject({
  name: field.name,
  're-registration': v.optional(
    v.strictObject({
      /** Seconds before the binding expires; told in units of 4 */
      'start-time': v.optional(v.pipe(v.number(), v.integer(), v.minValue(4), v.maxValue(262_140)), 40),
      'initial-retransmission-time': v.optional(positive('second'), 1),
      'maximum-retransmission-time': v.optional(positive('second'), 32),
    }),
  ),
  heartbeat: v.optional(
    v.strictObject({
      interval: v.optional(v.pipe(v.number(), v.integer(), v.minValue(30), v.maxValue(3600)), 60),
      'retransmission-delay': v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3600)), 5),
      'max-retransmissions': v.optional(positive('retransmission'), 3),
    }),
  ),
});
export type MagTimersRow = v.InferOutput<typeof magTimersRow>;

export const magTimersOf = ({ 're-registration': r, heartbeat: h }: MagTimersRow): MagTimers => ({
  ...(r ? { reregistration: { start: r['start-time'], initialRetransmission: r['initial-retransmission-time'], maximumRetransmission: r['maximum-retransmission-time'] } } : {}),
  ...(h ? { heartbeat: { interval: h.interval, retransmissionDelay: h['retransmission-delay'], maxRetransmissions: h['max-retransmissions'] } } : {}),
});

/** Of an lma-service. */
export const updateFields = {
  /** Milliseconds, and how many times (RFC 7077 §7) */
  'update-notification-delay': v.optional(v.pipe(v.number(), v.integer(), v.minValue(500), v.maxValue(5000)), DEFAULT_VARIABLES.minDelayBetweenUpdateNotificationReplay),
  'update-notification-retries': v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(5)), DEFAULT_VARIABLES.maxUpdateNotificationRetransmitCount),
  /** Gateways may extend many sessions by one PBU (RFC 6602). */
  'bulk-binding-update': v.optional(v.boolean(), DEFAULT_VARIABLES.acceptBulkBindingUpdates),
  /** New sessions go to another anchor (RFC 6463). Each of them has a row for this one, with `redirector: true` and the same key. */
  redirect: v.optional(
    v.strictObject({
      /** NAI that this anchor signs as where it asks another one */
      identity: field.name,
      to: v.pipe(
        v.array(v.strictObject({ id: field.name, 'ipv6-address': v.optional(field.ipv6), 'ipv4-address': v.optional(field.ipv4), key: v.optional(field.key), 'key-file': v.optional(field.text) })),
        v.minLength(1, 'name at least one anchor'),
      ),
      /** `always`: this anchor is being drained. */
      when: v.optional(v.picklist(['always', 'above-load']), 'above-load'),
      /** Percent of maximum-bindings */
      load: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(100)), 80),
      /** Milliseconds that each of them has to answer; a gateway repeats itself after a second */
      timeout: v.optional(v.pipe(v.number(), v.integer(), v.minValue(50), v.maxValue(5000)), 400),
    }),
  ),
};
type UpdateFields = v.InferOutput<v.StrictObjectSchema<typeof updateFields, undefined>>;

export const updateVariables = (s: UpdateFields): Pick<LmaVariables, 'minDelayBetweenUpdateNotificationReplay' | 'maxUpdateNotificationRetransmitCount' | 'acceptBulkBindingUpdates'> => ({
  minDelayBetweenUpdateNotificationReplay: s['update-notification-delay'],
  maxUpdateNotificationRetransmitCount: s['update-notification-retries'],
  acceptBulkBindingUpdates: s['bulk-binding-update'],
});

export const redirectOf = ({ redirect: r }: UpdateFields): RedirectConfig | undefined =>
  r && {
    identity: r.identity,
    to: r.to.map((t) => ({ id: t.id, ...(t['ipv6-address'] === undefined ? {} : { ipv6: t['ipv6-address'] }), ...(t['ipv4-address'] === undefined ? {} : { ipv4: t['ipv4-address'] }) })),
    when: r.when,
    load: r.load / 100,
    timeout: r.timeout,
  };

/** Who answers from where, and with whose key. */
export interface RedirectKeys {
  readonly byAddress: ReadonlyMap<string, string>;
  readonly keys: ReadonlyMap<string, Uint8Array>;
}

/** @throws Error when a key file cannot be read or holds no key */
export function redirectKeys({ redirect }: UpdateFields): RedirectKeys {
  const byAddress = new Map<string, string>();
  const keys = new Map<string, Uint8Array>();
  for (const t of redirect?.to ?? []) {
    for (const address of [t['ipv6-address'], t['ipv4-address']]) if (address !== undefined) byAddress.set(address, t.id);
    const key = readKey(t.key, t['key-file']);
    if (key) keys.set(t.id, key);
  }
  return { byAddress, keys };
}

/** What the schema cannot say of an lma-service's `redirect`. */
export function redirectProblems({ redirect, 'bind-address': own }: UpdateFields & { readonly 'bind-address': readonly string[] }, keyRequired: boolean, path: Problem['path']): Problem[] {
  return (redirect?.to ?? []).flatMap((t, i) => {
    const at = [...path, 'redirect', 'to', i];
    const keyed = t.key !== undefined || t['key-file'] !== undefined;
    return [
      ...(t['ipv6-address'] === undefined && t['ipv4-address'] === undefined ? [{ path: at, message: `${t.id} has neither ipv6-address nor ipv4-address` }] : []),
      ...(['ipv6-address', 'ipv4-address'] as const).flatMap((key) => (own.includes(t[key] ?? '') ? [{ path: [...at, key], message: `${t[key]} is this service's own: sessions would be sent back to where they come from` }] : [])),
      ...(keyRequired && !keyed ? [{ path: at, message: `${t.id} has no key: give it one, and the same to its row for ${redirect?.identity}` }] : []),
      ...(t.key !== undefined && t['key-file'] !== undefined ? [{ path: at, message: `${t.id} has both key and key-file` }] : []),
    ];
  });
}
