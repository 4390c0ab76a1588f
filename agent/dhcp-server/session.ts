/** What the phone may be told: the mobility session as the gateway's core sees it. */
import { MAG_LINK_LOCAL, formatPrefix, type Ipv4, type Ipv6, type Prefix } from '../../protocol/address.ts';
import type { Seconds } from '../../protocol/units.ts';

export interface Lease {
  readonly address: Ipv4;
  readonly prefixLength: number;
  /** Default router, server identifier and source of every reply: the same on every gateway (RFC 5844 §3.4.1). */
  readonly router: Ipv4;
  /** The lifetime granted to the binding; goes into each ACK anew. */
  readonly leaseSeconds: Seconds;
}

export interface Session {
  /** `pending`: a registration is under way; what the phone asks is held. `refused`: there was an answer, and it was no. */
  readonly state: 'none' | 'pending' | 'active' | 'refused';
  readonly ipv4?: Lease;
  /** Home network prefixes, /64 each. */
  readonly prefixes: readonly Prefix[];
  /** What was left of the granted lifetime when the session was told. */
  readonly prefixLifetime: Seconds;
  /** The gateway's own address on the access link. */
  readonly linkLocal: Ipv6;
  /** Largest packet that fits the tunnel, in octets. */
  readonly mtu: number;
  readonly dns4: readonly Ipv4[];
  readonly dns6: readonly Ipv6[];
  /** RFC 5844 §3.3.4. There is no relay here, so `relay` means no IPv4, with a reason. */
  readonly dhcpMode: 'server' | 'relay';
}

export const NO_SESSION: Session = {
  state: 'none',
  prefixes: [],
  prefixLifetime: 0,
  linkLocal: MAG_LINK_LOCAL,
  mtu: 1280,
  dns4: [],
  dns6: [],
  dhcpMode: 'server',
};

/** Whether two active sessions make the same router advertisement, lifetimes aside. */
export const advertisesTheSame = (a: Session, b: Session): boolean => keyOf(a) === keyOf(b);

const keyOf = (s: Session): string => [s.linkLocal, s.mtu, ...s.prefixes.map(formatPrefix), 'dns', ...s.dns6].join(' ');
