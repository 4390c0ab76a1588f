/** The fleet's own certificate authority, as its users see it. PEM everywhere; serial numbers in lower-case hex; times are Unix milliseconds. */
import type { GatewayId } from '../../runtime/fleet/topics.ts';

export interface Certificate {
  readonly pem: string;
  readonly serial: string;
  readonly expires: number;
}

export interface Credential extends Certificate {
  /** PKCS#8, PEM. */
  readonly key: string;
}

/** A request whose signature proves that the sender has the key; nothing else of it is believed. */
export interface ProvenRequest {
  /** Follows from the key. */
  readonly gateway: GatewayId;
  /** The key as SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
}

export interface Authority {
  /** Its certificate: what gateways check the broker with. */
  readonly certificate: string;
  /** Of the broker, for the configured names; another one when the old one has lived two thirds of its time. */
  server(): Promise<Credential>;
  /** The cloud's own client at an external broker. */
  cloud(): Promise<Credential>;
  /** What new gateways connect with before they have a certificate of their own: key and certificate in one PEM text. */
  claim(): Promise<Credential>;
  /** A new claim credential. With `revokeOld` those made before are refused from now on. */
  renewClaim(options: { readonly revokeOld: boolean }): Promise<Credential>;
  /** @throws Error in words when it is no request, its signature is wrong or its key is none of P-256 */
  prove(request: string): Promise<ProvenRequest>;
  issue(proven: ProvenRequest): Promise<Certificate>;
  /** Serial numbers of this gateway's certificates that are neither expired nor revoked. */
  valid(gateway: GatewayId): readonly string[];
  /** Resolves when it is on disk. Doing it twice is free. */
  revoke(serials: readonly string[]): Promise<void>;
  isRevoked(serial: string): boolean;
  /** Signed anew after each revocation, and before it is too old to be believed. */
  revocationList(): Promise<string>;
  /** Told after each change of the list. */
  onRevocation(call: (serials: readonly string[]) => void): void;
}
