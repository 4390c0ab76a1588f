/** Proxy Binding Acknowledgements (RFC 5213 §5.3.6, RFC 5844 §3.1.2.6); options in the order of protocol.md 2.9. */
import { ANY_IPV4, ANY_IPV6, type Prefix } from '../../protocol/address.ts';
import { IPV4_STATUS, STATUS } from '../../protocol/mobility/codes.ts';
import { noAcknowledgementFlags, type BindingAcknowledgement } from '../../protocol/mobility/messages.ts';
import { find, type MobilityOption } from '../../protocol/mobility/options.ts';
import { NAI } from '../../protocol/mobility/suboptions.ts';
import type { Seconds, Timestamp } from '../../protocol/units.ts';
import type { HomeAddress } from './pools.ts';
import type { OutOfOrder } from './replay.ts';
import type { Request } from './request.ts';
import { timersOption, type MagTimers } from './timersOption.ts';

/** What an accepted request gets. */
export interface Granted {
  readonly status: number;
  readonly lifetime: Seconds;
  readonly prefixes: readonly Prefix[];
  readonly homeAddress: HomeAddress | undefined;
  readonly linkLocal?: string | undefined;
  /** Option 33: with our uplink key, or without a key as it was asked for. */
  readonly greKey?: { readonly key?: number } | undefined;
  /** IPv4-UDP data encapsulation with the TLV header; the MAG keeps its NAT mapping open this often. */
  readonly udpKeepalive?: Seconds | undefined;
  /** How the MAG is to re-register and beat (RFC 8127). */
  readonly timers?: MagTimers | undefined;
  /** Ours, if the session is in a group of the MAG's as well (RFC 6602). */
  readonly group?: MobilityOption | undefined;
  /** RFC 6463 §4.3 */
  readonly load?: MobilityOption | undefined;
  /** What the phone is told beside its addresses (protocol/vendor.ts). */
  readonly settings?: readonly MobilityOption[];
  readonly qos?: MobilityOption | undefined;
}

export type Refusal = OutOfOrder;

export function acceptingPba(request: Request, granted: Granted): BindingAcknowledgement {
  const tlv = granted.udpKeepalive !== undefined;
  return {
    kind: 'bindingAcknowledgement',
    status: granted.status,
    flags: { ...noAcknowledgementFlags, proxy: true, tlv, bulk: granted.group !== undefined },
    sequence: request.message.sequence,
    lifetime: granted.lifetime,
    options: [
      ...identity(request),
      ...(request.asksIpv6 ? granted.prefixes.map(prefixOption) : []),
      ...(request.linkLocal !== undefined && granted.linkLocal !== undefined ? [{ kind: 'linkLocalAddress', address: granted.linkLocal } as const] : []),
      ...ipv4Options(request, granted.homeAddress),
      ...(granted.greKey ? [{ kind: 'greKey', ...granted.greKey } as const] : []),
      ...timestampOption(request.timestamp),
      ...(tlv ? [{ kind: 'natDetection', flags: { forceUdp: true }, refreshSeconds: granted.udpKeepalive } as const] : []),
      ...timersOption(granted.timers),
      ...(granted.group ? [granted.group] : []),
      ...(granted.load ? [granted.load] : []),
      ...(granted.settings ?? []),
      ...(granted.qos ? [granted.qos] : []),
    ],
  };
}

export function refusingPba(request: Request, refusal: Refusal): BindingAcknowledgement {
  return {
    kind: 'bindingAcknowledgement',
    status: refusal.status,
    flags: { ...noAcknowledgementFlags, proxy: true },
    sequence: refusal.sequence ?? request.message.sequence,
    lifetime: 0,
    options: [
      ...identity(request),
      ...wantedPrefixes(request),
      ...(request.linkLocal === undefined ? [] : [{ kind: 'linkLocalAddress', address: request.linkLocal } as const]),
      ...request.ipv4Requests.slice(0, 1).map((o): MobilityOption => ({ kind: 'ipv4HomeAddressReply', status: ipv4Status(refusal.status), prefixLength: o.prefixLength, address: o.address })),
      ...timestampOption(request.timestamp === undefined ? undefined : (refusal.timestamp ?? request.timestamp)),
    ],
  };
}

/** MN-ID, HI and ATT as they came, or their empty forms; the link-layer identifier only if it came. */
function identity(request: Request): MobilityOption[] {
  const linkLayerId = find(request.message.options, 'mnLinkLayerIdentifier');
  const careOf = find(request.message.options, 'alternateIpv4CareOfAddress');
  return [
    { kind: 'mnIdentifier', subtype: request.mnId?.subtype ?? NAI, identifier: request.mnId?.identifier ?? '' },
    { kind: 'handoffIndicator', indicator: request.handoff ?? 0 },
    { kind: 'accessTechnologyType', technology: request.technology ?? 0 },
    ...(linkLayerId ? [linkLayerId] : []),
    ...(careOf ? [careOf] : []), // RFC 6463 §4.4: echoed as it came
  ];
}

const prefixOption = (p: Prefix): MobilityOption => ({ kind: 'homeNetworkPrefix', prefixLength: p.length, prefix: p.address });

/** Those of the request; one ALL_ZERO if it had neither prefix nor IPv4 option. */
function wantedPrefixes(request: Request): MobilityOption[] {
  if (request.asksIpv6) return request.message.options.filter((o) => o.kind === 'homeNetworkPrefix');
  return request.ipv4Requests.length > 0 ? [] : [prefixOption({ address: ANY_IPV6, length: 0 })];
}

/** Options 37 to 39, only if option 36 asked for them (protocol.md 12.2 (11)). */
function ipv4Options(request: Request, home: HomeAddress | undefined): MobilityOption[] {
  if (request.ipv4Requests.length === 0) return [];
  if (!home) return [{ kind: 'ipv4HomeAddressReply', status: IPV4_STATUS.UNSPECIFIED, prefixLength: 0, address: ANY_IPV4 }];
  return [
    { kind: 'ipv4HomeAddressReply', status: IPV4_STATUS.SUCCESS, prefixLength: home.prefixLength, address: home.address },
    { kind: 'ipv4DefaultRouter', address: home.router },
    { kind: 'ipv4DhcpSupportMode', flags: { server: true } },
  ];
}

const timestampOption = (timestamp: Timestamp | undefined): MobilityOption[] => (timestamp === undefined ? [] : [{ kind: 'timestamp', timestamp }]);

const PROHIBITED: ReadonlySet<number> = new Set([STATUS.NOT_AUTHORIZED_FOR_IPV4_MOBILITY_SERVICE, STATUS.NOT_AUTHORIZED_FOR_IPV4_HOME_ADDRESS]);
const ipv4Status = (status: number): number => (PROHIBITED.has(status) ? IPV4_STATUS.ADMINISTRATIVELY_PROHIBITED : IPV4_STATUS.UNSPECIFIED);
