/** What RADIUS over TLS is configured with; loaded, as TLS is, only where it is configured. */
import { ACCT_PORT, AUTH_PORT } from '../../protocol/radius/ports.ts';
import { readTlsIdentity } from '../../runtime/namedTls.ts';
import type { AgentConfig } from '../config.ts';
import type { RadsecOptions } from './radsec.ts';

/** @throws Error that names the file that cannot be read */
export function radsecOptions(section: NonNullable<AgentConfig['radsec']>): Pick<RadsecOptions, 'server' | 'tls' | 'listen'> {
  return {
    server: { host: section.server, port: section.port, name: section.name ?? section.server },
    tls: readTlsIdentity(section, 'authority', 'radsec'),
    listen: { address: section['listen-address'], ports: [AUTH_PORT, ACCT_PORT] },
  };
}
