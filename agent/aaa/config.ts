/** The AAA part of the agent's configuration, in the seed's words where it has them. */
import * as v from 'valibot';
import { DYNAMIC_AUTHORIZATION_PORT, RADSEC_PORT } from '../../protocol/radius/ports.ts';
import { field } from '../../runtime/config.ts';
import { nasNames, patience, port, radiusServer, secret, within } from '../../runtime/radius/config.ts';
import type { AgentConfig } from '../config.ts';
import type { IdentifierPolicy } from './identifier.ts';

const radius = v.strictObject({
  ...patience,
  /** Default: the MAG identity and the fixed addresses of `address`. */
  ...nasNames,
  /** User-Password of every request; default: the user name, as servers that authenticate MACs have it. */
  password: v.optional(field.text),
  /** Replies without it are dropped: they may be forged (CVE-2024-3596). */
  'require-message-authenticator': v.optional(v.boolean(), true),
  /** Resolvers of subscribers whose profile names none (Cisco-AVPair ip:dns-servers). */
  dns: v.optional(v.array(field.ip), []),
  /** After so many seconds a station is asked for again that was rejected, or for which nobody answered. */
  'ask-again': v.optional(within(1, 86_400), 60),
  accounting: v.optional(v.picklist(['none', 'start-stop']), 'none'),
  /** Seconds between interim records, unless the server says otherwise (attribute 85); 0 = none. */
  'interim-interval': v.optional(v.union([v.literal(0), within(60, 86_400)]), 600),
});

const dynamicAuthorization = v.strictObject({
  /** Own addresses, those that its clients reach: never all of them by default, guests stand before some. */
  listen: v.union([field.ip, v.pipe(v.array(field.ip), v.minLength(1, 'name at least one of your own addresses'))]),
  port: port(DYNAMIC_AUTHORIZATION_PORT),
  /** Who may ask (RFC 5176); nobody else is heard. */
  clients: v.pipe(v.array(v.strictObject({ address: field.ip, ...secret })), v.minLength(1, 'name at least one client')),
});

const cache = v.strictObject({
  /** Seconds for which a known profile is used at once, while the server is asked in the background. */
  age: v.optional(within(0, 604_800), 3600),
  /** The same while no server answers. */
  'age-without-radius': v.optional(within(0, 2_592_000), 86_400),
  /** Seconds for which a refusal is not asked about again. */
  'reject-age': v.optional(within(0, 3600), 10),
  /** Profiles kept. */
  size: v.optional(v.pipe(within(1, 65_536), v.integer()), 1024),
});

const radsec = v.strictObject({
  /** The cloud's host name or address, whose certificate names it (or `name`). */
  server: field.text,
  name: v.optional(field.text),
  port: port(RADSEC_PORT),
  /** PEM files: this gateway's (common name = its MAG Identifier), its key, and the authority of the cloud's. */
  certificate: field.text,
  'private-key': field.text,
  authority: field.text,
  /** Where hostapd and `radius-servers` find it, with the secret `radsec`. */
  'listen-address': v.optional(field.ip, '127.0.0.1'),
});

const mnIdentifier = v.strictObject({
  /** The first that a station has: NAI of the profile, identity of EAP, Chargeable-User-Identity, MAC. */
  from: v.optional(v.pipe(v.array(v.picklist(['profile', 'identity', 'cui', 'mac'])), v.minLength(1, 'name at least one')), ['profile', 'identity', 'cui', 'mac']),
  /** Have accounts one device (`per-account`), or as many as they like? */
  sharing: v.optional(v.picklist(['per-device', 'per-account']), 'per-device'),
  /** What tells devices of an account apart. `cui` only where the server gives each device one of its own: RFC 4372 gives it to users. */
  'device-tag': v.optional(v.array(v.picklist(['certificate', 'cui', 'mac'])), ['certificate', 'mac']),
});

export const aaaFields = {
  /** The seed's `mn-profile-load-aaa`: profiles come from RADIUS, unless an interface says otherwise. */
  'mn-profile-load-aaa': v.optional(v.boolean(), false),
  'radius-servers': v.optional(v.array(radiusServer), []),
  radius: v.optional(radius, {}),
  'dynamic-authorization': v.optional(dynamicAuthorization),
  /** RADIUS goes to the cloud over TLS. */
  radsec: v.optional(radsec),
  'profile-cache': v.optional(cache, {}),
  'mn-identifier': v.optional(mnIdentifier),
};

/** Of an access interface: where the profiles of its stations come from. */
export const mnProfile = v.optional(v.picklist(['local', 'default', 'radius', 'radius-or-default']));

/** Without a word the seed's rule holds: RADIUS where it is on, then the interface's default; else the local list, then the default. */
export type ProfileMode = 'local' | 'default' | 'local-or-default' | 'radius' | 'radius-or-default';

export function profileMode(c: Pick<AgentConfig, 'mn-profile-load-aaa'>, i: Pick<AgentConfig['interfaces'][number], 'mn-profile' | 'default-profile'>): ProfileMode {
  if (i['mn-profile'] !== undefined) return i['mn-profile'];
  if (!c['mn-profile-load-aaa']) return 'local-or-default';
  return i['default-profile'] === undefined ? 'radius' : 'radius-or-default';
}

export const asksRadius = (mode: ProfileMode): boolean => mode === 'radius' || mode === 'radius-or-default';

/** As configured, or the product's own; undefined where nothing is configured and only RADIUS's profiles are named by policy. */
export function identifierPolicy(c: Pick<AgentConfig, 'mn-identifier'>): IdentifierPolicy {
  const { from, sharing, 'device-tag': deviceTag } = c['mn-identifier'] ?? v.parse(mnIdentifier, {});
  return { from, sharing, deviceTag };
}
