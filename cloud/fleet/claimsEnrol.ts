/** The next certificate of a gateway that has one: it asks over its own connection, with its key, before the old one ends. */
import * as v from 'valibot';
import type { EnrolResponse } from '../../runtime/fleet/messages.ts';
import { topics, type GatewayId } from '../../runtime/fleet/topics.ts';
import { createThrottle } from '../broker/throttle.ts';
import type { Authority } from '../pki/ports.ts';
import type { Homes } from './parts.ts';
import type { Bus } from './ports.ts';
import { gatewayOf } from './topicOf.ts';

export interface EnrolmentOptions {
  readonly bus: Bus;
  readonly authority: Pick<Authority, 'prove' | 'issue' | 'certificate'>;
  readonly homes: Pick<Homes, 'record' | 'certified'>;
  readonly now: () => number;
  readonly onError: (error: Error) => void;
}

/** Gateways ask with each heartbeat until they have heard the answer. */
const SAME_ANSWER = 600_000;
const PER_DAY = 4;
/** Questions of one gateway a minute that are answered. */
const QUESTIONS = 10;
const DAY = 86_400_000;

const requestSchema = v.object({ request: v.pipe(v.string(), v.maxLength(4096)) });

/** Resolves when it hears requests. The broker has made sure that each comes from the gateway of its topic. */
export async function serveEnrolments({ bus, authority, homes, now, onError }: EnrolmentOptions): Promise<{ close(): Promise<void> }> {
  const issued = new Map<GatewayId, { readonly at: number; readonly response: EnrolResponse }>();
  const throttle = createThrottle(PER_DAY, DAY, now);
  const questions = createThrottle(QUESTIONS, 60_000, now);
  const busy = new Set<GatewayId>();

  async function respond(gateway: GatewayId, payload: unknown): Promise<EnrolResponse> {
    const record = homes.record(gateway);
    if (!record || record.revoked) return { status: 'refused', reason: 'this gateway is none of the fleet' };
    const before = issued.get(gateway);
    if (before && now() - before.at < SAME_ANSWER) return before.response;
    const parsed = v.safeParse(requestSchema, payload);
    if (!parsed.success) return { status: 'refused', reason: 'this is no request for a certificate' };
    if (!throttle.take(gateway)) return { status: 'refused', reason: `more than ${PER_DAY} certificates a day` };
    const proof = await authority.prove(parsed.output.request).catch((e: unknown) => (e as Error).message);
    if (typeof proof === 'string') return { status: 'refused', reason: proof };
    if (proof.gateway !== gateway) return { status: 'refused', reason: 'this is another gateway\'s key: a new key needs a new claim' };
    const { pem, serial, expires } = await authority.issue(proof);
    await homes.certified(gateway, { serial, expires });
    const response: EnrolResponse = { status: 'issued', certificate: pem, authority: authority.certificate };
    for (const [old, { at }] of issued) if (now() - at >= SAME_ANSWER) issued.delete(old);
    issued.set(gateway, { at: now(), response });
    return response;
  }

  async function hear(topic: string, payload: unknown): Promise<void> {
    const gateway = gatewayOf(topic);
    if (busy.has(gateway) || !questions.take(gateway)) return;
    busy.add(gateway);
    try {
      await bus.publish(topics.enrolled(gateway), await respond(gateway, payload));
    } catch (e) {
      onError(new Error(`${gateway} asked for its next certificate and did not get it: ${(e as Error).message}`));
    } finally {
      busy.delete(gateway);
    }
  }

  return bus.subscribe(topics.enrol('+'), (topic, payload) => void hear(topic, payload));
}
