/**
 * The checks that a PBU passes before anything changes, in their order (protocol.md 8.1: RFC 5213 §5.3.1 with RFC 5844
 * §3.1.2.1, RFC 5149 §4.2 and RFC 5845 §3.3 placed in it). The first that fails answers.
 */
import { STATUS } from '../../protocol/mobility/codes.ts';
import type { Now } from '../../protocol/units.ts';
import type { Refusal } from './acknowledgement.ts';
import { lookUp, type Found } from './bindingLookup.ts';
import type { ApnConfig, LmaVariables, MagConfig, NodeConfig } from './config.ts';
import { lacksProof } from './proof.ts';
import { checkOrder, type LastAccepted } from './replay.ts';
import { deregisters, isIdentified, type MnIdentifier, type Request } from './request.ts';
import type { Lma } from './state.ts';
import { heldBack } from './waiting.ts';

/** A request with all that is known about who asks and what it is about. */
export interface Candidate {
  readonly request: Request;
  readonly mag: MagConfig;
  readonly node: NodeConfig | undefined;
  /** Undefined: the service named is none of ours. */
  readonly apn: ApnConfig | undefined;
  readonly found: Found;
  readonly last: LastAccepted | undefined;
  readonly mnId: MnIdentifier | undefined;
  readonly technology: number | undefined;
}

/** A candidate that passed: what its checks looked for is there. */
export interface Accepted extends Candidate {
  readonly mnId: MnIdentifier;
  readonly technology: number;
  readonly node: NodeConfig;
  readonly apn: ApnConfig;
}

interface Check {
  readonly step: number;
  readonly says: string;
  /** The status that refuses, or nothing. */
  refuse(c: Candidate, lma: Lma, now: Now): number | Refusal | undefined;
}

const when = (fails: boolean, status: number): number | undefined => (fails ? status : undefined);

/** Steps 1 to 3 come before a request is one: header, P flag, peer. Step 4, the bulk binding update (RFC 6602), is group.ts's. */
export const ACCEPTANCE: readonly Check[] = [
  { step: 5, says: 'the MN-Identifier option is present', refuse: ({ request }) => when(!request.mnId, STATUS.MISSING_MN_IDENTIFIER_OPTION) },
  { step: 6, says: 'this MAG may act for this node', refuse: ({ request, mag }, lma) => when(request.mnId !== undefined && !lma.policy.serves(mag, request.mnId), STATUS.MAG_NOT_AUTHORIZED_FOR_PROXY_REG) },
  { step: 7, says: 'the node is known', refuse: ({ node }) => when(!node, STATUS.NOT_LMA_FOR_THIS_MOBILE_NODE) },
  { step: 7, says: 'the node proved to be behind this MAG, where that is wanted', refuse: ({ request, mag, node, found }, lma, now) => when(node?.accessProof === 'required' && lacksProof(lma.proofs, request, mag, found.kind === 'update' ? found.entry : undefined, now), STATUS.MAG_NOT_AUTHORIZED_FOR_PROXY_REG) },
  { step: 8, says: 'the node is entitled to the service', refuse: ({ node }) => when(node?.pmipv6 === false, STATUS.PROXY_REG_NOT_ENABLED) },
  { step: 9, says: 'the request is newer than the last one', refuse: ({ request, last }, lma, now) => checkOrder(request.timestamp, request.message.sequence, last, now, lma.config.variables) },
  { step: 10, says: 'a prefix or an IPv4 home address is asked for', refuse: ({ request }) => when(!request.asksIpv6 && request.ipv4Requests.length === 0, STATUS.MISSING_HOME_NETWORK_PREFIX_OPTION) },
  { step: 11, says: 'IPv6, if asked for, is allowed', refuse: ({ request, node, apn }) => when(request.asksIpv6 && !allowed(node?.ipv6, apn, apn?.ipv6Pool), STATUS.NOT_AUTHORIZED_FOR_IPV6_MOBILITY_SERVICE) },
  { step: 12, says: 'IPv4, if asked for, is allowed', refuse: ({ request, node, apn }) => when(request.ipv4Requests.length > 0 && !allowed(node?.ipv4, apn, apn?.ipv4Pool), STATUS.NOT_AUTHORIZED_FOR_IPV4_MOBILITY_SERVICE) },
  { step: 13, says: 'one IPv4 home address is asked for', refuse: ({ request }) => when(request.ipv4Requests.length > 1, STATUS.MULTIPLE_IPV4_HOME_ADDRESS_ASSIGNMENT_NOT_SUPPORTED) },
  { step: 14, says: 'the Handoff Indicator option is present', refuse: ({ request }) => when(request.handoff === undefined, STATUS.MISSING_HANDOFF_INDICATOR_OPTION) },
  { step: 15, says: 'the Access Technology Type option is present', refuse: ({ request }) => when(request.technology === undefined, STATUS.MISSING_ACCESS_TECH_TYPE_OPTION) },
  { step: 16, says: 'the service is allowed', refuse: ({ node, apn }, lma) => when(!apn || (node !== undefined && !lma.policy.subscribes(node, apn)), STATUS.SERVICE_AUTHORIZATION_FAILED) },
  { step: 17, says: 'the request fits the Binding Cache', refuse: ({ found }) => (found.kind === 'refuse' ? found.status : undefined) },
];

/** Steps 19 and 20, for a request that does not de-register. What it takes to fulfil it, steps 21 to 23, is in addresses.ts. */
export function refuseEncapsulation(request: Request, variables: LmaVariables): number | undefined {
  if (request.message.flags.forceUdp && !variables.acceptForcedIpv4UdpEncapsulationRequest) return STATUS.ADMINISTRATIVELY_PROHIBITED;
  return when(variables.greKey === 'required' && request.greKey?.key === undefined, STATUS.GRE_KEY_OPTION_REQUIRED);
}

export function examine(lma: Lma, request: Request, mag: MagConfig, now: Now): { readonly accepted: Accepted } | { readonly refused: Refusal; readonly candidate: Candidate } {
  const candidate = gather(lma, request, mag);
  for (const check of ACCEPTANCE) {
    const refusal = check.refuse(candidate, lma, now);
    if (refusal !== undefined) return { refused: typeof refusal === 'number' ? { status: refusal } : refusal, candidate };
  }
  // Steps 5, 7, 15 and 16 saw to it that these are there.
  return { accepted: candidate as Accepted };
}

function gather(lma: Lma, request: Request, mag: MagConfig): Candidate {
  const { mnId } = request;
  const node = mnId && lma.policy.node(mnId);
  const session = mnId && currentSession(lma, mnId, request);
  // Only the first PBU of a session names the service; the others mean the one they have.
  const name = request.service ?? session?.apn;
  const apn = name === undefined ? lma.policy.defaultApn(node) : lma.policy.apn(name);
  const found: Found = isIdentified(request) ? lookUp(lma.cache, request, apn?.space ?? 0) : { kind: 'new' };
  return { request, mnId, technology: request.technology, mag, node, apn, found, last: lastAccepted(lma, request, found) };
}

/** The session whose service a request means that names none: this interface's, or the node's only one. */
function currentSession(lma: Lma, mnId: MnIdentifier, request: Request) {
  return lma.cache.ofInterface(mnId, request.technology, request.linkLayerId) ?? lma.cache.onlyOf(mnId);
}

/** What counts as the last one: the session's, or that of the request still held back. */
function lastAccepted(lma: Lma, request: Request, found: Found): LastAccepted | undefined {
  const held = heldBack(lma, request)?.accepted.request;
  if (held) return { timestamp: held.timestamp ?? 0n, sequence: held.message.sequence };
  return found.kind === 'update' || found.kind === 'refuse' ? found.entry : undefined;
}

/** An unknown service is step 16's matter, so its missing pool is none here. */
const allowed = (entitled: boolean | undefined, apn: ApnConfig | undefined, pool: string | undefined): boolean => entitled !== false && (!apn || pool !== undefined);

export const isSilent = (request: Request, found: Found): boolean => deregisters(request) && (found.kind === 'new' || found.kind === 'wait');
