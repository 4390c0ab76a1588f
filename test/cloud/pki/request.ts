/** Certificate requests as a gateway makes them, and as it should not: DER by hand, so that the authority's library is not asked to check itself. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { gatewayIdOf } from '../../../runtime/fleet/gatewayId.ts';

export interface MadeRequest {
  readonly request: string;
  readonly gateway: string;
  readonly publicKey: Buffer;
  /** PKCS#8, PEM. */
  readonly key: string;
}

export function makeRequest(subject: string, { forged = false, curve = 'P-256' }: { readonly forged?: boolean; readonly curve?: string } = {}): MadeRequest {
  const keys = generateKeyPairSync('ec', { namedCurve: curve });
  return requestOf(subject, keys, forged ? generateKeyPairSync('ec', { namedCurve: curve }).privateKey : keys.privateKey);
}

/** RFC 2986 §4, without attributes. @param subject such as `CN=a,O=b` */
export function requestOf(subject: string, keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }, signer: KeyObject): MadeRequest {
  const publicKey = keys.publicKey.export({ type: 'spki', format: 'der' });
  const info = sequence(tlv(0x02, Buffer.of(0)), name(subject), publicKey, tlv(0xa0, Buffer.alloc(0)));
  const ecdsaWithSha256 = sequence(tlv(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
  const der = sequence(info, ecdsaWithSha256, tlv(0x03, Buffer.concat([Buffer.of(0), sign('sha256', info, signer)])));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    request: `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`,
    gateway: gatewayIdOf(publicKey),
    publicKey,
    key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

const ATTRIBUTES: Readonly<Record<string, string>> = { CN: '550403', O: '55040a' };
const name = (text: string): Buffer =>
  sequence(
    ...text.split(',').map((part) => {
      const [type = '', value = ''] = part.split('=');
      return tlv(0x31, sequence(tlv(0x06, Buffer.from(ATTRIBUTES[type] ?? '', 'hex')), tlv(0x0c, Buffer.from(value))));
    }),
  );

const sequence = (...parts: Buffer[]): Buffer => tlv(0x30, Buffer.concat(parts));

function tlv(tag: number, content: Buffer): Buffer {
  const length = content.length < 128 ? Buffer.of(content.length) : content.length < 256 ? Buffer.of(0x81, content.length) : Buffer.of(0x82, content.length >> 8, content.length & 255);
  return Buffer.concat([Buffer.of(tag), length, content]);
}
