/** What reaches a conversation and what it wants done: the whole contract between `step` and its shell. */
import type { Ipv4 } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import type { Discard } from '../../protocol/entity.ts';
import type { Session } from './session.ts';

export type AccessEvent =
  /**
   * A frame of this station. `checksumReady` false: its UDP checksum was left to hardware that a virtual link has not
   * (`TP_STATUS_CSUMNOTREADY` of AF_PACKET) and says nothing.
   */
  | { readonly kind: 'frame'; readonly frame: Uint8Array; readonly checksumReady?: boolean }
  /** The mobility session changed, or was granted anew. */
  | { readonly kind: 'session'; readonly session: Session }
  /** A deadline has come. */
  | { readonly kind: 'timer' };

/** What a frame of ours is, for logs and counters. */
export type FrameName =
  | 'dhcp-offer'
  | 'dhcp-ack'
  | 'dhcp-nak'
  | 'router-advertisement'
  | 'router-withdrawal'
  | 'arp-reply'
  | 'neighbour-advertisement';

export type AccessEffect =
  /** To be sent as it is on the access interface, Ethernet header and all, to this station alone. */
  | { readonly kind: 'sendFrame'; readonly frame: Uint8Array; readonly name: FrameName }
  /** The phone asks for addresses and has no session that gives them. The answer comes as `session`. */
  | { readonly kind: 'wantBinding'; readonly mac: Mac; readonly clientId?: string; readonly wantedAddress?: Ipv4 }
  /** The phone gave its IPv4 address back: de-register IPv4 only (RFC 5844 §3.4.3). */
  | { readonly kind: 'releaseIpv4'; readonly mac: Mac }
  /** The phone found the address in use: de-register IPv4 only, and do not give that address out for a while. */
  | { readonly kind: 'declineIpv4'; readonly mac: Mac; readonly address: Ipv4 }
  /** `reason` is a key of `discardReasons`, or `frame-` and the decoder's reason. */
  | Discard;

/** Why nothing was answered, in words. The keys are counters. */
export const discardReasons = {
  'other-station': 'a frame of another station than this conversation is with',
  'dhcp-identity': "chaddr or client identifier name another station than the frame's sender",
  'dhcp-relayed': 'a relayed DHCP message: phones are reached directly',
  'dhcp-not-a-request': 'a DHCP message that only servers send',
  'dhcp-relay-mode': 'the LMA asks for a DHCP relay (option 39 absent or S=0), which this agent has not: set assume-dhcp-server, or option 39 at the LMA',
  'dhcp-refused': 'DHCPDISCOVER of a phone whose registration was refused',
  'dhcp-no-ipv4': 'DHCP of a phone whose session has no IPv4',
  'dhcp-no-lease': 'DHCPRELEASE or DHCPDECLINE of an address that is not leased',
  'dhcp-other-server': 'DHCP for another server',
  'dhcp-no-address': 'DHCPREQUEST without an address',
  'dhcp-inform-address': 'DHCPINFORM from outside the home subnet',
  'held-too-long': 'a request whose registration did not end in time',
  'arp-sender': "ARP whose sender is not the phone's own MAC and address",
  'arp-no-session': 'ARP of a phone without an IPv4 session',
  'arp-off-subnet': 'ARP for an address outside the home subnet',
  'rs-refused': 'router solicitation of a phone whose registration was refused',
  'rs-no-ipv6': 'router solicitation of a phone without home network prefix',
  'rs-rate-limited': 'router solicitations faster than answers are due',
  'nd-no-session': "solicitation of the gateway's address by a phone without a session",
  'rogue-ra': 'a router advertisement from a phone',
} as const;

export type DiscardReason = keyof typeof discardReasons;
