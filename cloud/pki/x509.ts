/** Certificates, requests and revocation lists (RFC 5280, RFC 2986) on P-256: what the authority says in them, and nothing of where it keeps them. */
import './metadata.ts';
import { createPublicKey, randomBytes, webcrypto, X509Certificate as NodeCertificate } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { gatewayIdOf } from '../../runtime/fleet/gatewayId.ts';
import type { Certificate, ProvenRequest } from './ports.ts';

x509.cryptoProvider.set(webcrypto);

const KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const;
const DAY = 86_400_000;
/** A router without a battery does not know the time well when it connects first. */
const BEFORE = DAY;
/** Longer than any request for a P-256 key. */
const LONGEST_REQUEST = 4096;

export interface KeyPair {
  readonly certificate: string;
  /** PKCS#8, PEM. */
  readonly key: string;
}

/** What signs. */
export interface Signer {
  readonly certificate: x509.X509Certificate;
  readonly key: CryptoKey;
}
type CryptoKey = webcrypto.CryptoKey;

export type Purpose = { readonly purpose: 'client' } | { readonly purpose: 'server'; readonly names: readonly string[] };

export async function makeAuthority(name: string, from: number, until: number): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: [name] }],
    notBefore: new Date(from - BEFORE),
    notAfter: new Date(until),
    signingAlgorithm: SIGNATURE,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pem(certificate), key: await privatePem(keys.privateKey) };
}

/** @throws Error when the two do not belong together, or are none */
export async function openSigner(pair: KeyPair): Promise<Signer> {
  if (!new NodeCertificate(pair.certificate).publicKey.equals(createPublicKey(pair.key))) throw new Error('key and certificate do not belong together');
  const key = await webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pair.key), KEY, false, ['sign']);
  return { certificate: new x509.X509Certificate(pair.certificate), key };
}

/** @param publicKey SubjectPublicKeyInfo, DER */
export async function certify(signer: Signer, commonName: string, publicKey: Uint8Array, use: Purpose, from: number, until: number): Promise<Certificate> {
  const key = await webcrypto.subtle.importKey('spki', publicKey, KEY, true, ['verify']);
  const serial = newSerial();
  const expires = Math.min(until, signer.certificate.notAfter.getTime());
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    subject: [{ CN: [commonName] }],
    issuer: signer.certificate.subjectName,
    notBefore: new Date(from - BEFORE),
    notAfter: new Date(expires),
    signingAlgorithm: SIGNATURE,
    publicKey: key,
    signingKey: signer.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([use.purpose === 'client' ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth]),
      await x509.SubjectKeyIdentifierExtension.create(key),
      await x509.AuthorityKeyIdentifierExtension.create(signer.certificate.publicKey),
      ...(use.purpose === 'server' ? [new x509.SubjectAlternativeNameExtension(use.names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })))] : []),
    ],
  });
  // Whole seconds, as the certificate says them.
  return { pem: pem(certificate), serial, expires: certificate.notAfter.getTime() };
}

/** @returns a key of its own and its SubjectPublicKeyInfo */
export async function newKey(): Promise<{ readonly key: string; readonly publicKey: Uint8Array }> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  return { key: await privatePem(keys.privateKey), publicKey: new Uint8Array(await webcrypto.subtle.exportKey('spki', keys.publicKey)) };
}

/** The proof of possession (RFC 2986 §4.2). Only the public key is taken from the request. @throws Error in words */
export async function proveRequest(request: string): Promise<ProvenRequest> {
  if (request.length > LONGEST_REQUEST) throw new Error(`a certificate request of more than ${LONGEST_REQUEST} characters`);
  let parsed: x509.Pkcs10CertificateRequest;
  try {
    parsed = new x509.Pkcs10CertificateRequest(request);
  } catch {
    throw new Error('this is no certificate request (PKCS#10, PEM)');
  }
  const publicKey = new Uint8Array(parsed.publicKey.rawData);
  if (!isP256(publicKey)) throw new Error('the key of the certificate request is none of P-256 (prime256v1)');
  const proven = await parsed.verify().catch(() => false);
  if (!proven) throw new Error('the signature of the certificate request was not made with its key');
  return { gateway: gatewayIdOf(publicKey), publicKey };
}

function isP256(spki: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    // Another encoding of the same key would be another gateway.
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' && key.export({ format: 'der', type: 'spki' }).equals(spki);
  } catch {
    return false;
  }
}

/** RFC 5280 §5; `number` grows with each list (§5.2.3). */
export async function revocationList(signer: Signer, number: number, revoked: Iterable<{ readonly serial: string; readonly at: number }>, from: number, until: number): Promise<string> {
  const list = await x509.X509CrlGenerator.create({
    issuer: signer.certificate.subjectName,
    thisUpdate: new Date(from - BEFORE),
    nextUpdate: new Date(until),
    signingAlgorithm: SIGNATURE,
    signingKey: signer.key,
    // With a reason, because without one the library writes an empty list of extensions, which there must not be (§5.1.2.6).
    entries: [...revoked].map(({ serial, at }) => ({ serialNumber: serial, revocationDate: new Date(at), reason: x509.X509CrlReason.privilegeWithdrawn })),
    extensions: [await x509.AuthorityKeyIdentifierExtension.create(signer.certificate.publicKey), new x509.Extension('2.5.29.20', false, derInteger(number))],
  });
  // The library's own label (CRL) is one that OpenSSL does not look for.
  return `${x509.PemConverter.encode(list.rawData, 'X509 CRL')}\n`;
}

/** X.690 §8.3, of a positive number. */
function derInteger(value: number): Uint8Array {
  const hex = value.toString(16);
  const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const content = (octets[0] as number) >= 0x80 ? Buffer.concat([Buffer.of(0), octets]) : octets;
  return Buffer.concat([Buffer.of(2, content.length), content]);
}

/** 16 octets of chance; positive, and none lost to a leading zero (RFC 5280 §4.1.2.2). */
export function newSerial(): string {
  const octets = randomBytes(16);
  octets[0] = ((octets[0] as number) & 0x3f) | 0x40;
  return octets.toString('hex');
}

/** When a certificate ends, and its serial number. @throws Error when it is none */
export function readCertificate(text: string): Certificate & { readonly from: number; readonly names: readonly string[] } {
  const certificate = new x509.X509Certificate(text);
  const alternative = certificate.getExtension(x509.SubjectAlternativeNameExtension);
  return {
    pem: text,
    serial: certificate.serialNumber.toLowerCase(),
    from: certificate.notBefore.getTime() + BEFORE,
    expires: certificate.notAfter.getTime(),
    names: alternative?.names.items.map((name) => name.value) ?? [],
  };
}

const pem = (data: { toString(format: 'pem'): string }): string => `${data.toString('pem')}\n`;
const privatePem = async (key: CryptoKey): Promise<string> => `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
