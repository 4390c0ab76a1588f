/**
 * Claims: a gateway shows a code, a person types it, and the gateway has a certificate of its own, a home and a group. Whatever comes
 * with a claim credential is a stranger's: nothing of it is stored before a person has said yes.
 */
import * as v from 'valibot';
import { typedCode } from '../../runtime/fleet/claimCode.ts';
import { isGatewayId } from '../../runtime/fleet/gatewayId.ts';
import type { ClaimResponse } from '../../runtime/fleet/messages.ts';
import { topics, type GatewayId } from '../../runtime/fleet/topics.ts';
import type { PendingClaim } from '../api/resources/homes.ts';
import { refuse, Refused } from '../api/route.ts';
import type { Live } from '../api/sse.ts';
import { createThrottle } from '../broker/throttle.ts';
import type { Authority } from '../pki/ports.ts';
import type { Audit } from './audit.ts';
import { createGuesses } from './claimsGuess.ts';
import { createPendingClaims, type Waiting } from './claimsPending.ts';
import type { Homes, Registry } from './parts.ts';
import type { Bus, FleetStore, Stored } from './ports.ts';

export interface Approval {
  /** As it was typed: case, spaces and hyphens do not matter; O is 0, I and L are 1. */
  readonly code: string;
  readonly name: string;
  readonly group: string;
  readonly by: string;
}

export interface Claims {
  pending(): readonly PendingClaim[];
  /** @returns the gateway, which is told and has its record. @throws Refused in words: a wrong code (404), too many of them (429), a claim that is refused (409) */
  approve(approval: Approval): Promise<GatewayId>;
  /** Nobody wants this one: for a day it is not listed. */
  dismiss(gateway: GatewayId, by: string): Promise<void>;
  /** Forgets what is too old. Call it about once a minute. */
  tick(): Promise<void>;
  close(): Promise<void>;
}

export interface ClaimsOptions {
  readonly bus: Bus;
  readonly store: FleetStore;
  readonly authority: Pick<Authority, 'prove' | 'issue' | 'revoke' | 'certificate'>;
  readonly homes: Pick<Homes, 'create' | 'record'>;
  readonly registry: Pick<Registry, 'byIdentity'>;
  /** A broker that was told of its revocation once forgets that. */
  readonly readmit: (gateway: GatewayId) => Promise<void>;
  readonly audit: Pick<Audit, 'record'>;
  readonly live: Live;
  readonly now: () => number;
  readonly onError: (error: Error) => void;
}

/** Collection `claims`: answers to those that may not have heard them. */
interface Answered extends Stored {
  readonly at: number;
  readonly answer: Extract<ClaimResponse, { status: 'claimed' }>;
}

/** Without its code, which only who stands beside it can read. */
const pendingOf = ({ gateway, agent, identity, firstSeen, lastSeen }: Waiting): PendingClaim => ({ gateway, agent, identity, firstSeen, lastSeen });

const DAY = 86_400_000;
const COLLECTION = 'claims';
/** Of one gateway, a minute. */
const REQUESTS = 10;
/** Signatures that are checked a second, of all together: each costs a millisecond. */
const PROOFS = 50;
/** New ones that browsers are told of in ten seconds; the list has all. */
const ANNOUNCED = 20;

const text = (longest: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(longest));
const requestSchema = v.object({ gateway: text(40), code: text(20), request: text(4096), agent: text(64), identity: v.pipe(text(128), v.regex(/^[\x21-\x7e]+$/)) });

/** Resolves when it hears requests. */
export async function createClaims(o: ClaimsOptions): Promise<Claims> {
  const { bus, store, authority, homes, registry, now } = o;
  const pending = createPendingClaims(now);
  const guesses = createGuesses(now);
  const perGateway = createThrottle(REQUESTS, 60_000, now);
  const proofs = createThrottle(PROOFS, 1000, now);
  const audited = createThrottle(1, 3_600_000, now);
  // A stranger with thousands of names would push all other events out of the browsers' stream.
  const announced = createThrottle(ANNOUNCED, 10_000, now);
  const dismissed = new Map<GatewayId, number>();
  const answered = new Map((await store.list<Answered>(COLLECTION)).map((a) => [a.id, a]));
  /** Two people who type one code get one home. */
  let turn: Promise<unknown> = Promise.resolve();

  async function answer(gateway: GatewayId, response: ClaimResponse): Promise<void> {
    await bus.publish(topics.claimResponse(gateway), response).catch((e: unknown) => o.onError(new Error(`${gateway} was not told how its claim stands: ${(e as Error).message}`)));
  }

  /** @param by whoever has the claim credential, until it has proven to be this gateway */
  async function refuseClaim(gateway: GatewayId, reason: string, by = 'claim'): Promise<void> {
    if (audited.take(`${gateway} ${reason}`)) await o.audit.record({ by, action: 'claims.refused', target: gateway, reason });
    await answer(gateway, { status: 'refused', reason });
  }

  async function hear(topic: string, payload: unknown): Promise<void> {
    const gateway = topic.slice(topics.claimRequest('').length);
    if (!isGatewayId(gateway) || !perGateway.take(gateway)) return;
    const parsed = v.safeParse(requestSchema, payload);
    const code = parsed.success ? typedCode(parsed.output.code) : undefined;
    if (!parsed.success || code === undefined || parsed.output.gateway !== gateway) return refuseClaim(gateway, 'this is no request for a claim');
    const { request, agent, identity } = parsed.output;
    const before = pending.get(gateway);
    // Each answer to a proof that is not there yet would have to be believed; the gateway asks again.
    if (before?.request !== request && !proofs.take('')) return undefined;
    const proof = before?.request === request ? before : await authority.prove(request).catch((e: unknown) => (e as Error).message);
    if (typeof proof === 'string') return refuseClaim(gateway, proof);
    if (proof.gateway !== gateway) return refuseClaim(gateway, 'the key of the request is another gateway\'s');
    const done = answered.get(gateway);
    if (done && isCurrent(done)) return answer(gateway, done.answer);
    if ((dismissed.get(gateway) ?? 0) > now()) return answer(gateway, { status: 'refused', reason: 'somebody looked at this gateway and does not want it' });
    const waiting: Waiting = { gateway, agent, identity, code, request, publicKey: proof.publicKey, firstSeen: before?.firstSeen ?? now(), lastSeen: now() };
    pending.put(waiting);
    const against = whyNot(waiting);
    if (against !== undefined) return refuseClaim(gateway, against, gateway);
    // It asks again every half a minute, which is no news.
    if (!before && announced.take('')) o.live.publish('claim', pendingOf(waiting));
    return answer(gateway, { status: 'pending' });
  }

  /** Not once the home was revoked or removed: then it is claimed anew. */
  function isCurrent({ id, at }: Answered): boolean {
    const record = homes.record(id);
    return record !== undefined && !record.revoked && now() - at < DAY;
  }

  function whyNot(waiting: Waiting): string | undefined {
    const { gateway, identity } = waiting;
    if (homes.record(gateway)?.revoked) return 'this gateway was revoked: its home has to be removed before it can be claimed again';
    const owner = registry.byIdentity(identity);
    // Which home that is, is no stranger's business.
    if (owner !== undefined && owner !== gateway) return `the identity ${identity} belongs to a home already: give this gateway another one in its configuration`;
    return pending.conflict(waiting);
  }

  async function approve({ code: typed, name, group, by }: Approval): Promise<GatewayId> {
    const wait = guesses.wait(by);
    if (wait > 0) throw new Refused(429, 'too many wrong codes: wait a little', { retryAfter: Math.ceil(wait / 1000) });
    const code = typedCode(typed);
    const found = code === undefined ? [] : pending.byCode(code);
    const [waiting] = found;
    if (!waiting) {
      guesses.wrong(by);
      await o.audit.record({ by, action: 'claims.wrong code', target: code === undefined ? 'no code' : 'a code that no gateway shows' });
      refuse(404, 'no gateway shows this code: look at it again (roamstead agent status), and whether the gateway reaches the broker', 'code');
    }
    guesses.right(by);
    const against = whyNot(waiting);
    if (against !== undefined) refuse(409, against, 'code');
    const { gateway, identity, agent } = waiting;
    const certificate = await authority.issue({ gateway, publicKey: waiting.publicKey });
    try {
      await homes.create({ id: gateway, name, group, identity, agent, certificate: { serial: certificate.serial, expires: certificate.expires }, by });
    } catch (e) {
      await authority.revoke([certificate.serial]);
      throw e;
    }
    const told: Answered = { id: gateway, at: now(), answer: { status: 'claimed', gateway, home: name, group, certificate: certificate.pem, authority: authority.certificate } };
    await store.commit([{ put: COLLECTION, record: told }]);
    answered.set(gateway, told);
    pending.remove(gateway);
    await o.readmit(gateway).catch((e: unknown) => o.onError(new Error(`${gateway} is claimed, but the broker may still refuse it: ${(e as Error).message}`)));
    await answer(gateway, told.answer);
    return gateway;
  }

  const subscription = await bus.subscribe(topics.claimRequest('+'), (topic, payload) => void hear(topic, payload).catch(o.onError));
  return {
    pending: () => pending.all().filter((c) => whyNot(c) === undefined).map(pendingOf),
    approve(approval) {
      const result = turn.then(() => approve(approval));
      turn = result.catch(() => undefined);
      return result;
    },
    async dismiss(gateway, by) {
      if (!pending.get(gateway)) refuse(404, `no gateway ${gateway} waits`);
      await o.audit.record({ by, action: 'claims.dismiss', target: gateway });
      pending.remove(gateway);
      dismissed.set(gateway, now() + DAY);
    },
    async tick() {
      pending.expire();
      for (const [gateway, until] of dismissed) if (until <= now()) dismissed.delete(gateway);
      const old = [...answered.values()].filter((a) => !isCurrent(a));
      if (old.length === 0) return;
      await store.commit(old.map(({ id }) => ({ remove: COLLECTION, id })));
      for (const { id } of old) answered.delete(id);
    },
    async close() {
      await subscription.close();
      await turn;
    },
  };
}
