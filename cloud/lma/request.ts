/** A Proxy Binding Update read once: what acceptance, lookup and registration look at. */
import { ANY_IPV4, ANY_IPV6, type Ipv4, type Ipv6, type Prefix } from '../../protocol/address.ts';
import type { Endpoint, Received } from '../../protocol/entity.ts';
import { HANDOFF } from '../../protocol/mobility/codes.ts';
import type { BindingUpdate } from '../../protocol/mobility/messages.ts';
import { find, findAll, type OptionNamed } from '../../protocol/mobility/options.ts';
import type { Timestamp } from '../../protocol/units.ts';
import { findVendor, findWanMtu, VENDOR } from '../../protocol/vendor.ts';

export interface MnIdentifier {
  readonly subtype: number;
  readonly identifier: string;
}

export interface Request {
  readonly from: Endpoint;
  /** MAG Identifier whose key signed it. */
  readonly peer: string | undefined;
  readonly message: BindingUpdate;
  readonly mnId: MnIdentifier | undefined;
  readonly service: string | undefined;
  /** As sent, or undefined without the option. */
  readonly handoff: number | undefined;
  readonly technology: number | undefined;
  /** Undefined without the option, or if it holds nothing but zeros: the link-layer identifier is not known. */
  readonly linkLayerId: string | undefined;
  /** Any HNP option, `::` or not. */
  readonly asksIpv6: boolean;
  /** NON_ZERO home network prefixes. */
  readonly prefixes: readonly Prefix[];
  readonly ipv4Requests: readonly OptionNamed<'ipv4HomeAddressRequest'>[];
  /** NON_ZERO address of the one option 36. */
  readonly homeAddress: Ipv4 | undefined;
  readonly linkLocal: Ipv6 | undefined;
  readonly greKey: OptionNamed<'greKey'> | undefined;
  readonly timestamp: Timestamp | undefined;
  /** The packet's source, or the Alternate Care-of Address of its family (RFC 6275 §6.2.5, RFC 6463 §4.4). */
  readonly proxyCoa: string;
  readonly wanMtu: number | undefined;
  readonly addressConflict: boolean;
  /** It can be sent to another anchor (RFC 6463 §4.1). */
  readonly redirectCapable: boolean;
  /** Another anchor asked for it: there goes the answer. */
  readonly answerTo?: { readonly endpoint: Endpoint; readonly peer: string | undefined };
}

export function readRequest(received: Received & { readonly message: BindingUpdate }): Request {
  const { options } = received.message;
  const linkLayerId = find(options, 'mnLinkLayerIdentifier')?.identifier;
  const prefixes = findAll(options, 'homeNetworkPrefix');
  const ipv4Requests = findAll(options, 'ipv4HomeAddressRequest');
  const wanted = ipv4Requests[0]?.address;
  const mnId = find(options, 'mnIdentifier');
  return {
    from: received.from,
    peer: received.peer,
    message: received.message,
    mnId: mnId && { subtype: mnId.subtype, identifier: mnId.identifier },
    service: find(options, 'serviceSelection')?.service,
    handoff: find(options, 'handoffIndicator')?.indicator,
    technology: find(options, 'accessTechnologyType')?.technology,
    linkLayerId: linkLayerId && /[^0:]/.test(linkLayerId) ? linkLayerId : undefined,
    asksIpv6: prefixes.length > 0,
    prefixes: prefixes.filter((p) => p.prefix !== ANY_IPV6).map((p) => ({ address: p.prefix, length: p.prefixLength })),
    ipv4Requests,
    homeAddress: wanted === ANY_IPV4 ? undefined : wanted,
    linkLocal: find(options, 'linkLocalAddress')?.address,
    greKey: find(options, 'greKey'),
    timestamp: find(options, 'timestamp')?.timestamp,
    proxyCoa: find(options, received.from.transport === 'ipv6' ? 'alternateCareOfAddress' : 'alternateIpv4CareOfAddress')?.address ?? received.from.remote,
    wanMtu: findWanMtu(options),
    addressConflict: findVendor(options, VENDOR.ADDRESS_CONFLICT) !== undefined,
    redirectCapable: find(options, 'redirectCapability') !== undefined,
  };
}

/** It says whom it is about. */
export type Identified = Request & { readonly mnId: MnIdentifier };
export const isIdentified = (request: Request): request is Identified => request.mnId !== undefined;

export const deregisters = (request: Request): boolean => request.message.lifetime === 0;

/** HI 0 and values that nobody defined count as "state unknown" (protocol.md 8.1). */
export function handoffOf(request: Request): number {
  const hi = request.handoff ?? 0;
  return hi >= HANDOFF.NEW_INTERFACE && hi <= HANDOFF.NOT_CHANGED ? hi : HANDOFF.UNKNOWN;
}

/** The key of a node in an index. */
export const nodeKey = (id: MnIdentifier): string => `${id.subtype} ${id.identifier}`;
/** The key of one interface of a node, if its link-layer identifier is known. */
export const interfaceKey = (node: string, technology: number | undefined, linkLayerId: string | undefined): string | undefined =>
  technology === undefined || linkLayerId === undefined ? undefined : `${node} ${technology} ${linkLayerId}`;
