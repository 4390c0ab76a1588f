/**
 * The session of a gateway that nobody has claimed: it asks, and asks again, until a person has typed its code. Each step may be
 * the last of this process: key and code are on the disk before they are shown, and what was asked is asked again.
 */
import { createPublicKey, X509Certificate } from 'node:crypto';
import type { ClaimRequest } from '../../runtime/fleet/messages.ts';
import { topics } from '../../runtime/fleet/topics.ts';
import type { Millis } from '../../protocol/units.ts';
import { jittered } from './backoff.ts';
import { claimResponseIn, json } from './incoming.ts';
import type { GatewayKey } from './key.ts';
import type { Session } from './link.ts';
import type { Claimed, Connection, Credential, World } from './ports.ts';

export interface ClaimOptions {
  readonly world: World;
  readonly credential: Credential;
  readonly key: GatewayKey;
  readonly facts: Pick<ClaimRequest, 'code' | 'agent' | 'identity'>;
  readonly onPending: () => void;
  readonly onRefused: (reason: string) => void;
  /** With a certificate that is good. */
  readonly onClaimed: (claimed: Claimed) => void;
}

const EVERY: Millis = 30_000;
/** Somebody said no: seldom, but a no may be a mistake. */
const REFUSED_EVERY: Millis = 600_000;

export function claimSession({ world, credential, key, facts, onPending, onRefused, onClaimed }: ClaimOptions): Session {
  const { gateway } = key;
  const request: ClaimRequest = { gateway, ...facts, request: key.request() };
  let connection: Connection | undefined;
  let cancel: (() => void) | undefined;

  function ask(): void {
    again(EVERY);
    // Without the broker's word it is asked again all the same.
    connection?.publish(topics.claimRequest(gateway), JSON.stringify(request)).catch(() => undefined);
  }

  function again(period: Millis): void {
    cancel?.();
    cancel = world.after(jittered(period, world.random()), ask);
  }

  return {
    credential,
    clientId: gateway,
    async up(to) {
      connection = to;
      // First the answer, then the question: an answer that comes at once is not missed.
      await to.subscribe([topics.claimResponse(gateway)]);
      ask();
    },
    message(_, payload) {
      const response = claimResponseIn(json(payload));
      if (!response) return;
      if (response.status === 'pending') return onPending();
      if (response.status === 'refused') {
        again(REFUSED_EVERY);
        return onRefused(response.reason);
      }
      const wrong = response.gateway === gateway ? problemWith(response, key) : `it is for ${response.gateway}`;
      if (wrong !== undefined) return onRefused(`the certificate is not used: ${wrong}`);
      cancel?.();
      onClaimed(response);
    },
    down() {
      connection = undefined;
      cancel?.();
    },
  };
}

/** Why a certificate is none for this key, in words; undefined: it is good. */
export function problemWith({ certificate, authority }: Pick<Claimed, 'certificate' | 'authority'>, key: Pick<GatewayKey, 'pem' | 'gateway'>): string | undefined {
  try {
    const own = new X509Certificate(certificate);
    const ca = new X509Certificate(authority);
    if (!own.publicKey.equals(createPublicKey(key.pem))) return 'it is for another key';
    if (!own.subject.split('\n').includes(`CN=${key.gateway}`)) return 'it is in the name of another gateway';
    if (!own.verify(ca.publicKey)) return 'the authority that came with it did not sign it';
    return undefined;
  } catch (e) {
    return `it cannot be read: ${(e as Error).message}`;
  }
}

/** Until when a certificate counts, and from when its gateway asks for the next one: when a third of its time is left. */
export function validity(certificate: string): { readonly renewAt: number; readonly expires: number } {
  const { validFrom, validTo } = new X509Certificate(certificate);
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  return { renewAt: to - (to - from) / 3, expires: to };
}

