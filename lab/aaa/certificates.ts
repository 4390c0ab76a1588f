/** A certification authority, a certificate of the RADIUS server and one per client, as EAP-TLS, PEAP and TTLS want them. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../namespaces.ts';

export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

export interface Certificates {
  /** Path of the authority's certificate. */
  readonly authority: string;
  readonly server: Certificate;
  /** Made when first asked for; `name` is the subject's common name, which EAP-TLS compares with the identity. */
  client(name: string): Certificate;
}

const DAYS = '30';
/** P-256 keys: made in milliseconds. */
const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** @param folder made when it is not there; what it holds from an earlier call is used again */
export function certificates(folder: string): Certificates {
  mkdirSync(folder, { recursive: true });
  const at = (name: string) => join(folder, name);
  const [authority, authorityKey] = [at('ca.pem'), at('ca.key')];
  const subject = (name: string) => ['-subj', `/O=Roamstead lab/CN=${name}`];
  if (!existsSync(authority)) run(['openssl', 'req', '-x509', ...EC, '-keyout', authorityKey, '-out', authority, '-days', DAYS, ...subject('Roamstead lab CA')]);

  function issue(name: string, usage: 'serverAuth' | 'clientAuth'): Certificate {
    const file = name.replace(/[^\w.-]/g, '_');
    const issued = { certificate: at(`${file}.pem`), key: at(`${file}.key`) };
    if (existsSync(issued.certificate)) return issued;
    const [request, extensions] = [at(`${file}.csr`), at(`${file}.ext`)];
    writeFileSync(extensions, `extendedKeyUsage=${usage}\nbasicConstraints=CA:FALSE\n`);
    run(['openssl', 'req', ...EC, '-keyout', issued.key, '-out', request, ...subject(name)]);
    run(['openssl', 'x509', '-req', '-in', request, '-CA', authority, '-CAkey', authorityKey, '-CAcreateserial', '-days', DAYS, '-extfile', extensions, '-out', issued.certificate]);
    return issued;
  }

  return { authority, server: issue('radius.lab.example', 'serverAuth'), client: (name) => issue(name, 'clientAuth') };
}
