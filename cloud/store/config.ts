/** How bindings outlive the process, as the configuration file says it. */
import * as v from 'valibot';
import { isIpv4, isIpv6 } from '../../protocol/address.ts';
import { field, type Problem } from '../../runtime/config.ts';

/** Seconds. Below this the kernel would take a shared address away later than the standby adds it. */
const SHORTEST_LEASE = 4;
/** Nobody is served for as long as one that died had it. */
const LONGEST_LEASE = 3600;

/** A database is a number. */
const isRedisUrl = (text: string): boolean => text.startsWith('/') || (/^rediss?:\/\//.test(text) && URL.canParse(text) && new URL(text).hostname !== '' && /^\/?\d*$/.test(new URL(text).pathname));

const level = v.strictObject({
  /** `bindings` in the state directory by default. */
  folder: v.optional(field.text),
});

const redis = v.strictObject({
  /** `redis://[user:password@]host:port[/database]`, or `rediss://` with TLS, or the path of a socket */
  url: v.pipe(field.text, v.check(isRedisUrl, 'expected redis://[user:password@]host[:port][/database], rediss:// for TLS, or the path of a socket')),
  /** What both anchors of a pair call their bindings there; pairs with different names share a server. */
  name: v.optional(field.name, 'lma'),
});

/** One of them. Bindings in memory are gone with the process. */
export const storeSchema = v.optional(v.strictObject({ level: v.optional(level), redis: v.optional(redis), memory: v.optional(v.literal(true)) }), { level: {} });

function isAddressWithLength(text: string): boolean {
  const [, address = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  return (isIpv4(address) && Number(length) <= 32) || (isIpv6(address) && Number(length) <= 128);
}

const sharedAddress = v.strictObject({
  /** With its length: `192.0.2.10/24` */
  address: v.pipe(v.string(), v.check(isAddressWithLength, 'expected an address with its length, such as 192.0.2.10/24')),
  device: field.name,
});

/** Of an anchor that shares its bindings with a second one. */
export const standbySchema = v.optional(
  v.strictObject({
    /** Seconds for which an active that cannot reach the store goes on answering. */
    lease: v.optional(v.pipe(v.number(), v.minValue(SHORTEST_LEASE), v.maxValue(LONGEST_LEASE)), SHORTEST_LEASE),
    /** What the active has on its devices and the other one takes over: the bind addresses, and the next hop towards the pools. */
    addresses: v.optional(v.array(sharedAddress), []),
  }),
);

export type StoreFile = v.InferOutput<typeof storeSchema>;
export type StandbyFile = v.InferOutput<typeof standbySchema>;

export function storeProblems({ store, standby }: { readonly store: StoreFile; readonly standby?: StandbyFile }): Problem[] {
  const kinds = Object.keys(store);
  return [
    ...(kinds.length === 1 ? [] : [{ path: ['store'], message: `expected one of level, redis and memory, found ${kinds.join(' and ') || 'none'}` }]),
    ...(standby && !store.redis ? [{ path: ['standby'], message: 'a standby takes bindings over from a shared store: name it in store: { redis: { url: ... } }' }] : []),
  ];
}
