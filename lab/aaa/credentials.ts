/** What a phone authenticates with: the lines for its supplicant and the account that a RADIUS server must know. Pure, but for triplets. */
import type { Certificates } from './certificates.ts';
import type { Account } from './raddb.ts';
import { permanentIdentity, triplet } from './simCard.ts';
import type { SimCard, SimMethod } from './simCard.ts';

export interface PasswordCredential {
  readonly method: 'md5' | 'peap' | 'ttls';
  readonly identity: string;
  readonly password: string;
  /** Shown outside the TLS tunnel instead of the identity. */
  readonly anonymous?: string;
}

export interface CertificateCredential {
  readonly method: 'tls';
  /** The certificate's common name too. */
  readonly identity: string;
}

export interface SimCredential {
  readonly method: SimMethod;
  readonly card: SimCard;
}

export type Credential = PasswordCredential | CertificateCredential | SimCredential;

export const identityOf = (c: Credential): string => ('card' in c ? permanentIdentity(c.card, c.method) : c.identity);

const quoted = (name: string, value: string): string => `${name}="${value}"`;

const PHASE_2: Readonly<Record<string, string>> = { peap: 'auth=MSCHAPV2', ttls: 'auth=PAP' };

function proof(c: Credential, certificates: Certificates): string[] {
  const authority = quoted('ca_cert', certificates.authority);
  switch (c.method) {
    case 'md5':
      return [quoted('password', c.password)];
    case 'peap':
    case 'ttls':
      return [quoted('password', c.password), quoted('phase2', PHASE_2[c.method] ?? ''), authority, ...(c.anonymous === undefined ? [] : [quoted('anonymous_identity', c.anonymous)])];
    case 'tls': {
      const { certificate, key } = certificates.client(c.identity);
      return [authority, quoted('client_cert', certificate), quoted('private_key', key)];
    }
    case 'sim':
    case 'aka':
    case "aka'":
      return [];
  }
}

/** Of wpa_supplicant's configuration. Debian's build has no Milenage: a program beside it answers for the card. */
export const supplicantLines = (c: Credential, certificates: Certificates): { readonly globals: readonly string[]; readonly network: readonly string[] } => ({
  globals: 'card' in c ? ['external_sim=1'] : [],
  network: [`eap=${c.method.toUpperCase()}`, quoted('identity', identityOf(c)), ...proof(c, certificates)],
});

const TRIPLETS = [1, 2, 3] as const;

/** What FreeRADIUS must know. It has EAP-SIM from triplets; EAP-AKA and EAP-AKA' it leaves to the operator's server (operator.ts). */
export function accountOf(c: Credential): Account {
  const name = identityOf(c);
  if (!('card' in c)) return { name, ...('password' in c ? { password: c.password } : {}) };
  if (c.method !== 'sim') return { name };
  const eapReply = TRIPLETS.flatMap((n) => {
    const t = triplet(c.card);
    return [`EAP-Sim-Rand${n} = 0x${t.rand}`, `EAP-Sim-SRES${n} = 0x${t.sres}`, `EAP-Sim-KC${n} = 0x${t.kc}`];
  });
  return { name, eapReply };
}
