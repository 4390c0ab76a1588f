/** Which way a session's signalling and data go: RFC 5213 §6.10.2, 5844 §4, 5845 §3. */
import type { Ipv4, Ipv6 } from '../../protocol/address.ts';
import type { Endpoint } from '../../protocol/entity.ts';
import { SIGNALLING_PORT } from '../../protocol/mobility/header.ts';
import { TUNNEL_OVERHEAD, type TunnelTransport } from '../../protocol/paths.ts';
import type { LmaPeer } from './config.ts';

/** The home's own addresses on its uplink, and how large a packet leaves it. */
export interface CareOf {
  readonly ipv6?: Ipv6;
  readonly ipv4?: Ipv4;
  /** octets */
  readonly mtu: number;
}

/** IPv6 where both ends have it; undefined while no family is common. */
export function endpointTo(lma: LmaPeer, careOf: CareOf): Endpoint | undefined {
  if (lma.ipv6 && careOf.ipv6) return { transport: 'ipv6', local: careOf.ipv6, remote: lma.ipv6 };
  if (lma.ipv4 && careOf.ipv4) return { transport: 'udp', local: careOf.ipv4, remote: lma.ipv4, remotePort: SIGNALLING_PORT };
  return undefined;
}

/** GRE does not pass a NAT; a private address of our own tells that there is one. */
export function wantsForceUdp(lma: LmaPeer, endpoint: Endpoint): boolean {
  if (endpoint.transport === 'ipv6' || lma.forceUdp === 'never') return false;
  return lma.forceUdp === 'always' || isPrivate(endpoint.local);
}

/** RFC 1918, and the shared space of RFC 6598 behind carrier NATs. */
function isPrivate(address: Ipv4): boolean {
  const [a, b] = address.split('.').map(Number) as [number, number];
  return a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 100 && b >= 64 && b < 128);
}

/** Never below what IPv6 needs (RFC 8200 §5): on a narrower uplink the outer packet is fragmented instead. */
export const tunnelMtu = (transport: TunnelTransport, wanMtu: number, wished = Infinity): number => Math.max(1280, Math.min(wanMtu - TUNNEL_OVERHEAD[transport], wished));
