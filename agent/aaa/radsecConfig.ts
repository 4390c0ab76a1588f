/** What RADIUS over TLS is configured with; loaded, as TLS is, only where it is configured. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ACCT_PORT, AUTH_PORT } from '../../protocol/radius/ports.ts';
import type { AgentConfig } from '../config.ts';
import type { RadsecOptions } from './radsec.ts';

/** @throws Error that names the file that cannot be read */
export function radsecOptions(section: NonNullable<AgentConfig['radsec']>): Pick<RadsecOptions, 'server' | 'tls' | 'listen'> {
  const pem = (key: 'certificate' | 'private-key' | 'authority'): Buffer => {
    try {
      return readFileSync(section[key]);
    } catch (e) {
      throw new Error(`radsec.${key}: ${section[key]} cannot be read: ${(e as NodeJS.ErrnoException).code ?? 'unknown'}`, { cause: e });
    }
  };
  const tls = { cert: pem('certificate'), key: pem('private-key'), ca: pem('authority') };
  try {
    createSecureContext(tls);
  } catch (e) {
    throw new Error(`radsec: certificate, private-key and authority are to be PEM files, the key that of the certificate: ${(e as Error).message}`, { cause: e });
  }
  return {
    server: { host: section.server, port: section.port, name: section.name ?? section.server },
    tls,
    listen: { address: section['listen-address'], ports: [AUTH_PORT, ACCT_PORT] },
  };
}
