/** A TLS identity as configurations name it: three PEM files. Apart, so that who has none loads no TLS. */
import { createSecureContext } from 'node:tls';
import { readNamed } from './namedFile.ts';

export interface TlsIdentity {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
}

/** @param authority the key under which the section names it @throws Error in words when one cannot be read, or they do not belong together */
export function readTlsIdentity<Authority extends string>(section: Readonly<Record<'certificate' | 'private-key' | Authority, string>>, authority: Authority, where: string): TlsIdentity {
  const pem = (key: 'certificate' | 'private-key' | Authority): Buffer => readNamed(section[key], `${where}.${key}`);
  const tls = { cert: pem('certificate'), key: pem('private-key'), ca: pem(authority) };
  try {
    createSecureContext(tls);
  } catch (e) {
    throw new Error(`${where}: certificate, private-key and ${authority} are to be PEM files, the key that of the certificate: ${(e as Error).message}`, { cause: e });
  }
  return tls;
}
