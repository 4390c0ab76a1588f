/** The gateway's own key: made here, never leaves. Its hash is the gateway's name. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { gatewayIdOf } from '../../runtime/fleet/gatewayId.ts';
import type { GatewayId } from '../../runtime/fleet/topics.ts';
import { certificateRequest } from './pkcs10.ts';

export interface GatewayKey {
  readonly gateway: GatewayId;
  /** PKCS#8, PEM: for the disk and for TLS, nothing else. */
  readonly pem: string;
  /** A new PKCS#10 request, PEM. */
  request(): string;
}

export const makeKey = (): GatewayKey => keyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);

/** @throws Error in words when it is no key of P-256 */
export function readKey(pem: string): GatewayKey {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (e) {
    throw new Error(`it is no private key: ${(e as Error).message}`, { cause: e });
  }
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('it is no key of P-256');
  return keyOf(key);
}

function keyOf(key: KeyObject): GatewayKey {
  const gateway = gatewayIdOf(createPublicKey(key).export({ type: 'spki', format: 'der' }));
  return { gateway, pem: key.export({ type: 'pkcs8', format: 'pem' }).toString(), request: () => certificateRequest(gateway, key) };
}
