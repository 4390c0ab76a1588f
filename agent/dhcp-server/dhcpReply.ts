/** DHCPOFFER, DHCPACK and DHCPNAK: what is in them and where they go (RFC 2131 §4.1, table 3; RFC 5844 §3.4.3). */
import { ANY_IPV4, BROADCAST_IPV4, netmask, type Ipv4 } from '../../protocol/address.ts';
import { BOOTREPLY, bootpOf, type DhcpMessage } from '../../protocol/dhcp/message.ts';
import { dhcpOptions, type DhcpOptionName, type DhcpOptions } from '../../protocol/dhcp/options.ts';
import type { Lease, Session } from './session.ts';

export interface Reply {
  readonly message: DhcpMessage;
  /** IP destination. */
  readonly destination: Ipv4;
}

/** T1 and T2, in parts of the lease (protocol rule 7.10; RFC 2131 §4.4.5 has the same as defaults). */
const RENEWAL = 1 / 2;
const REBINDING = 7 / 8;

/** An offer or acknowledgement; `withLease` false answers a DHCPINFORM, which gets neither lease nor address (RFC 2131 §4.3.5). */
export function accept(request: DhcpMessage, type: 'OFFER' | 'ACK', lease: Lease, session: Session, withLease: boolean): Reply {
  const leaseTimes = {
    leaseTime: Math.floor(lease.leaseSeconds),
    renewalTime: Math.floor(lease.leaseSeconds * RENEWAL),
    rebindingTime: Math.floor(lease.leaseSeconds * REBINDING),
  };
  const message = reply(request, lease.router, {
    messageType: type,
    ...(withLease ? leaseTimes : {}),
    subnetMask: netmask(lease.prefixLength),
    routers: [lease.router],
    // RFC 5844 §3.4.3 wants it always: a phone that does not ask for it sends packets that the tunnel cannot carry.
    interfaceMtu: session.mtu,
    ...(session.dns4.length > 0 && wants(request, 'domainNameServers') ? { domainNameServers: [...session.dns4] } : {}),
  });
  const ciaddr = type === 'ACK' ? request.ciaddr : ANY_IPV4;
  const yiaddr = withLease ? lease.address : ANY_IPV4;
  return { message: { ...message, ciaddr, yiaddr }, destination: destinationOf(request, yiaddr) };
}

/** Always to the broadcast address: the client has to give up the address it might be listening on. */
export const refuse = (request: DhcpMessage, server: Ipv4, why: string): Reply => ({
  message: reply(request, server, { messageType: 'NAK', message: why }),
  destination: BROADCAST_IPV4,
});

function reply(request: DhcpMessage, server: Ipv4, options: DhcpOptions & Pick<DhcpMessage['options'], 'messageType'>): DhcpMessage {
  const { clientIdentifier } = request.options;
  return {
    ...bootpOf(BOOTREPLY, request.xid, request.chaddr),
    flags: request.flags,
    // RFC 6842 §3: a client identifier comes back in every reply.
    options: { ...options, serverIdentifier: server, ...(clientIdentifier === undefined ? {} : { clientIdentifier }) },
  };
}

/** A client without a parameter request list gets everything. */
const wants = ({ options }: DhcpMessage, name: DhcpOptionName): boolean => options.parameterRequestList?.includes(dhcpOptions[name].code) ?? true;

function destinationOf(request: DhcpMessage, yiaddr: Ipv4): Ipv4 {
  if (request.ciaddr !== ANY_IPV4) return request.ciaddr;
  return request.flags.broadcast ? BROADCAST_IPV4 : yiaddr;
}
