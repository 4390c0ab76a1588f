/**
 * Quality of service at the anchor (RFC 7222 §5.1): policy says how fast a subscriber may be, a gateway may ask for less, and is
 * told what both ends enforce. One service request per session, so its identifier is always the same.
 */
import { STATUS } from '../../protocol/mobility/codes.ts';
import { findAll } from '../../protocol/mobility/options.ts';
import type { Rates } from '../../protocol/paths.ts';
import { asksForMore, bitRatesOf, isUnlimited, narrower, OPERATION, pathRates, qosOption, sameRates, type BitRates, type QosOption } from '../../protocol/qos.ts';
import type { BindingCacheEntry } from './bindingCache.ts';
import type { ApnConfig, NodeConfig } from './config.ts';
import type { MnIdentifier, Request } from './request.ts';
import type { Lma } from './state.ts';

/** The LMA allocates it; 0 is a gateway's that has none yet (§4.1). */
const SERVICE_REQUEST = 1;

/** The rates that gateways asked for, by binding index: only of sessions whose gateway did. */
export type QosRequests = Map<number, BitRates>;

/** Of a node: its own row says, and what that leaves open its APN's. */
export const policyRates = (node: NodeConfig | undefined, apn: ApnConfig | undefined): BitRates => ({ ...apn?.rates, ...node?.rates });

/** What a request comes to. */
export interface Qos {
  /** What the gateway asks for from now on; undefined = nothing of its own. */
  readonly asked: BitRates | undefined;
  /** For the PBA, if there is anything to say. */
  readonly option: QosOption | undefined;
}

/** Only what changes a session, or asks about it, is answered; other operational codes are nobody's (§4.1). */
const REQUESTS: ReadonlySet<number> = new Set([OPERATION.ALLOCATE, OPERATION.DE_ALLOCATE, OPERATION.MODIFY, OPERATION.QUERY]);

/** What most sessions have. */
const UNLIMITED: Qos = { asked: undefined, option: undefined };

/** The answer to a PBU's QoS option, or the status that refuses it: then the session stays as it is, or is asked for again without (§5.1). */
export function examineQos(lma: Lma, request: Request, who: { readonly mnId: MnIdentifier; readonly apn: ApnConfig }, entry: BindingCacheEntry | undefined): Qos | { readonly refused: number } {
  const before = entry && lma.qosRequests.get(entry.index);
  const asked = findAll(request.message.options, 'qualityOfService').find((o) => REQUESTS.has(o.operation));
  if (!asked && !before && !lma.policy.limits) return UNLIMITED;
  const policy = policyRates(lma.policy.node(who.mnId), who.apn);
  if (!asked || asked.operation === OPERATION.QUERY || asked.operation === OPERATION.DE_ALLOCATE) {
    const kept = asked?.operation === OPERATION.DE_ALLOCATE ? undefined : before;
    const now = narrower(policy, kept ?? {});
    // Policy is told without being asked, so that the gateway drops what the anchor would drop after it had crossed the uplink.
    return { asked: kept, option: asked ? qosOption(SERVICE_REQUEST, OPERATION.RESPONSE, now) : isUnlimited(now) ? undefined : qosOption(SERVICE_REQUEST, OPERATION.ALLOCATE, now) };
  }
  const wish = bitRatesOf(asked);
  if (isUnlimited(wish) && asksForMore(asked)) return { refused: STATUS.CANNOT_MEET_QOS_SERVICE_REQUEST };
  const granted = narrower(policy, wish);
  const inFull = !asksForMore(asked) && sameRates(granted, { ...policy, ...wish });
  return { asked: isUnlimited(wish) ? undefined : wish, option: qosOption(SERVICE_REQUEST, inFull ? OPERATION.RESPONSE : OPERATION.NEGOTIATE, granted) };
}

/** What is asked for counts from the next `syncPath` on. `entry`: the session, unless it is only about to begin. */
export function rememberQos(lma: Lma, index: number, entry: BindingCacheEntry | undefined, asked: BitRates | undefined): void {
  const before = lma.qosRequests.get(index);
  if (before === asked || (before && asked && sameRates(before, asked))) return;
  if (asked) lma.qosRequests.set(index, asked);
  else lma.qosRequests.delete(index);
  if (entry) entry.pathStale = true;
}

export const bitRates = (lma: Lma, entry: BindingCacheEntry): BitRates => narrower(policyRates(lma.policy.node(entry.mnId), lma.policy.apn(entry.apn)), lma.qosRequests.get(entry.index) ?? {});

/** For the session's path. */
export const ratesOf = (lma: Lma, entry: BindingCacheEntry): Rates | undefined => (lma.policy.limits || lma.qosRequests.size > 0 ? pathRates(bitRates(lma, entry)) : undefined);
