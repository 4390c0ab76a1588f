/**
 * What a DHCP message of the phone deserves, given its session: the table of protocol rule 7.10 (RFC 2131 §4.3, RFC 5844
 * §3.4). There is nothing to allocate: the one address that a phone can have is the one that its LMA gave it.
 */
import { ANY_IPV4, BROADCAST_IPV4, isUnicastIp, sameSubnet, type Ipv4 } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import { BOOTREQUEST } from '../../protocol/dhcp/message.ts';
import type { DiscardReason } from './events.ts';
import type { DhcpRequest } from './frame.ts';
import type { Lease, Session } from './session.ts';

export type Decision =
  /** `lease` absent: parameters only (DHCPINFORM). */
  | { readonly kind: 'reply'; readonly type: 'OFFER' | 'ACK'; readonly lease: boolean }
  | { readonly kind: 'nak'; readonly why: string }
  /** To be decided when the registration has ended; it has to be begun if none is under way. */
  | { readonly kind: 'hold'; readonly wantedAddress?: Ipv4 }
  | { readonly kind: 'release' }
  | { readonly kind: 'decline'; readonly address: Ipv4 }
  | { readonly kind: 'discard'; readonly reason: DiscardReason };

const discarded = (reason: DiscardReason): Decision => ({ kind: 'discard', reason });
const nak = (why: string): Decision => ({ kind: 'nak', why });
const ACK: Decision = { kind: 'reply', type: 'ACK', lease: true };

/** RFC 7600 §4.8 and the IANA special-purpose registry: the address of a server that has none. */
const DUMMY_ADDRESS: Ipv4 = '192.0.0.8';

/** Why a message is not for a session at all: it speaks for somebody else, or to somebody else. */
export function strange({ message, destination }: DhcpRequest, mac: Mac, router: Ipv4 | undefined): DiscardReason | undefined {
  const { clientIdentifier: id } = message.options;
  if (message.op !== BOOTREQUEST) return 'dhcp-not-a-request';
  if (message.giaddr !== ANY_IPV4) return 'dhcp-relayed';
  if (message.chaddr !== mac || (id !== undefined && !mayBe(id, mac))) return 'dhcp-identity';
  if (destination !== BROADCAST_IPV4 && router !== undefined && destination !== router) return 'dhcp-other-server';
  return undefined;
}

/** What one option instance holds; a longer identifier would make the reply that echoes it outgrow a frame. */
const LONGEST_CLIENT_ID = 255;

/** Whether a client identifier can be this station's: one of type 1 is a MAC (RFC 2132 §9.14), others say nothing about the link. */
function mayBe(id: string, mac: Mac): boolean {
  const own = `01:${mac}`;
  return id.length < 3 * LONGEST_CLIENT_ID && (id === own || id.length !== own.length || !id.startsWith('01:'));
}

/**
 * @param router the default router that the phone last knew, from an earlier session
 * @param over the registration has ended with this session, so nothing is held any longer
 */
export function decide(request: DhcpRequest, session: Session, router: Ipv4 | undefined, over: boolean): Decision {
  const { messageType } = request.message.options;
  if (messageType === 'OFFER' || messageType === 'ACK' || messageType === 'NAK') return discarded('dhcp-not-a-request');
  if (session.state === 'active' && session.ipv4) return session.dhcpMode === 'relay' ? discarded('dhcp-relay-mode') : serve(request, session.ipv4);
  if (messageType === 'RELEASE' || messageType === 'DECLINE') return discarded('dhcp-no-lease');
  if (session.state !== 'refused' && !over) return hold(request);
  return deny(request, session, router);
}

/** By the client's state in one field or the other (RFC 2131 table 4); RFC 5844 §3.4.1 names option 50 also for RENEWING. */
const addressAsked = ({ message }: DhcpRequest): Ipv4 | undefined => (message.ciaddr === ANY_IPV4 ? message.options.requestedAddress : message.ciaddr);

function hold(request: DhcpRequest): Decision {
  const wanted = addressAsked(request);
  return { kind: 'hold', ...(wanted !== undefined && isUnicastIp(wanted) ? { wantedAddress: wanted } : {}) };
}

function serve(request: DhcpRequest, lease: Lease): Decision {
  const { ciaddr, options } = request.message;
  const ours = options.serverIdentifier === undefined || options.serverIdentifier === lease.router;
  switch (options.messageType) {
    case 'DISCOVER':
      return { kind: 'reply', type: 'OFFER', lease: true };
    case 'REQUEST':
      return serveRequest(request, lease);
    case 'INFORM':
      // RFC 2131 §4.3.5: the network is checked, a lease is not asked for.
      return ciaddr !== ANY_IPV4 && sameSubnet(ciaddr, lease.address, lease.prefixLength) ? { kind: 'reply', type: 'ACK', lease: false } : discarded('dhcp-inform-address');
    case 'RELEASE':
      return ours && ciaddr === lease.address ? { kind: 'release' } : discarded('dhcp-no-lease');
    case 'DECLINE':
      return ours && options.requestedAddress === lease.address ? { kind: 'decline', address: lease.address } : discarded('dhcp-no-lease');
    case 'OFFER':
    case 'ACK':
    case 'NAK':
      return discarded('dhcp-not-a-request');
  }
}

/** RFC 2131 §4.3.2: SELECTING names a server, INIT-REBOOT option 50 alone, RENEWING and REBINDING ciaddr. */
function serveRequest(request: DhcpRequest, lease: Lease): Decision {
  const { serverIdentifier } = request.message.options;
  const asked = addressAsked(request);
  // Also where another server was selected: then both of us gave the phone its own address.
  if (asked === lease.address) return ACK;
  if (serverIdentifier !== undefined && serverIdentifier !== lease.router) return discarded('dhcp-other-server');
  return asked === undefined && serverIdentifier === undefined ? discarded('dhcp-no-address') : nak('this is not your address');
}

/** The registration was refused, or gave no IPv4. */
function deny(request: DhcpRequest, session: Session, router: Ipv4 | undefined): Decision {
  const { messageType, serverIdentifier } = request.message.options;
  if (messageType !== 'REQUEST') return discarded(session.state === 'refused' ? 'dhcp-refused' : 'dhcp-no-ipv4');
  // Which server it selects cannot be told from an identifier that was never ours.
  if (serverIdentifier !== undefined && serverIdentifier !== router) return discarded('dhcp-other-server');
  return nak(session.state === 'refused' ? 'registration refused' : 'no IPv4 in this session');
}

/** Who a reply comes from: a NAK needs a server identifier (RFC 2131 table 3) even where no LMA named a router yet. */
export function serverFor({ message, destination }: DhcpRequest, session: Session, router: Ipv4 | undefined): Ipv4 {
  const addressed = destination === BROADCAST_IPV4 ? undefined : destination;
  return session.ipv4?.router ?? router ?? message.options.serverIdentifier ?? addressed ?? DUMMY_ADDRESS;
}
