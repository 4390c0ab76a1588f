/** A binding as the access side needs it: what DHCP, RA and ARP tell the phone, and the path its packets take. */
import { MAG_LINK_LOCAL, type Ipv4, type Ipv6, type Prefix } from '../../protocol/address.ts';
import type { Path, Tunnel } from '../../protocol/paths.ts';
import type { Seconds } from '../../protocol/units.ts';
import type { Entry } from './binding.ts';
import type { MagConfig } from './config.ts';
import { ratesOf } from './qos.ts';

export interface AccessSession {
  readonly state: 'none' | 'pending' | 'active' | 'refused';
  readonly ipv4?: { readonly address: Ipv4; readonly prefixLength: number; readonly router: Ipv4; readonly leaseSeconds: Seconds };
  readonly prefixes: readonly Prefix[];
  readonly prefixLifetime: Seconds;
  readonly linkLocal: Ipv6;
  /** Tunnel MTU in octets */
  readonly mtu: number;
  readonly dns4: readonly Ipv4[];
  readonly dns6: readonly Ipv6[];
  readonly dhcpMode: 'server' | 'relay';
}

/** No session yet or any more: nothing is advertised (RFC 5213 §6.9.2). */
export function accessSession(config: MagConfig, entry: Entry): AccessSession {
  const active = entry.state.name === 'active';
  const lease = active ? entry.assigned.ipv4 : undefined;
  return {
    state: accessState(entry),
    ...(lease ? { ipv4: { ...lease, leaseSeconds: entry.granted } } : {}),
    prefixes: active ? entry.assigned.prefixes : [],
    prefixLifetime: entry.granted,
    linkLocal: config.linkLocal ?? entry.assigned.linkLocal ?? MAG_LINK_LOCAL,
    mtu: entry.path?.tunnel.mtu ?? 1280,
    dns4: entry.assigned.dns4 ?? entry.profile?.dns4 ?? [],
    dns6: entry.assigned.dns6 ?? entry.profile?.dns6 ?? [],
    dhcpMode: entry.dhcpServer ? 'server' : 'relay',
  };
}

function accessState(entry: Entry): AccessSession['state'] {
  switch (entry.state.name) {
    case 'profile':
    case 'waiting':
    case 'registering':
      return 'pending';
    case 'active':
      return 'active';
    case 'denied':
      return 'refused';
    case 'deregistering':
      return 'none';
  }
}

/** The path that an accepted binding wants. */
export function pathOf(config: MagConfig, entry: Entry, tunnel: Tunnel): Path {
  const rates = ratesOf(entry);
  return {
    index: entry.index,
    space: config.spaces?.[entry.interface] ?? 0,
    ...(entry.assigned.ipv4 ? { ipv4: entry.assigned.ipv4.address } : {}),
    prefixes: entry.assigned.prefixes,
    tunnel,
    access: { interface: entry.interface, mac: entry.mac },
    ...(rates ? { rates } : {}),
  };
}
