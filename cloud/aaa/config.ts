/** The section `aaa` of the anchor's configuration: the RADIUS proxy between homes and the operator's servers. */
import * as v from 'valibot';
import { RADSEC_PORT } from '../../protocol/radius/ports.ts';
import { field } from '../../runtime/config.ts';
import { readTlsIdentity } from '../../runtime/namedTls.ts';
import { hasOneSecret, ONE_SECRET, port, radiusServer, secretOf, within } from '../../runtime/radius/config.ts';
import type { AaaProxyOptions } from './proxy.ts';

export const aaaSection = v.optional(
  v.strictObject({
    /** Own addresses that gateways reach; never all of them by default. */
    listen: v.pipe(v.array(field.ip), v.minLength(1, 'name at least one of your own addresses')),
    port: port(RADSEC_PORT),
    /** PEM files: ours, its key, and the authority that issues the gateways' certificates (common name = MAG Identifier). */
    certificate: field.text,
    'private-key': field.text,
    'gateway-authority': field.text,
    'radius-servers': v.pipe(v.array(radiusServer), v.minLength(1, 'name at least one server'), v.everyItem((s) => hasOneSecret(s), ONE_SECRET)),
    /** Seconds that an acceptance opens a gateway for a subscriber, if the server says nothing (Session-Timeout). */
    'session-timeout': v.optional(within(60, 2_592_000), 86_400),
    /** The server puts the identity from inside the EAP tunnel into User-Name. Many put there what the phone says outside. */
    'trust-user-name': v.optional(v.boolean(), false),
    /** What homes account for themselves goes to the servers too; any home could bill anybody, and the anchor accounts itself. */
    'forward-accounting': v.optional(v.boolean(), false),
  }),
);

export type AaaSection = NonNullable<v.InferOutput<typeof aaaSection>>;

/** @throws Error that names the file that cannot be read */
export function proxyOptions(section: AaaSection): Pick<AaaProxyOptions, 'listen' | 'port' | 'tls' | 'servers' | 'sessionTimeout' | 'trustUserName' | 'forwardAccounting'> {
  return {
    listen: section.listen,
    port: section.port,
    tls: readTlsIdentity(section, 'gateway-authority', 'aaa'),
    servers: section['radius-servers'].map((s, i) => ({ address: s.address, authPort: s['auth-port'], acctPort: s['acct-port'], secret: secretOf(s, `aaa.radius-servers[${i}]`) })),
    sessionTimeout: section['session-timeout'],
    trustUserName: section['trust-user-name'],
    forwardAccounting: section['forward-accounting'],
  };
}
