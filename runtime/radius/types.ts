/** What the RADIUS client and the dynamic authorization server are given and give back, in decoded attributes. */
import type { RadiusAttribute } from '../../protocol/radius/attributes.ts';
import type { RadiusPacket } from '../../protocol/radius/packet.ts';
import type { Millis, Seconds, UnixMillis } from '../../protocol/units.ts';

export interface RadiusServer {
  /** IPv4 or IPv6 address. */
  readonly address: string;
  /** Default 1812. */
  readonly authPort?: number;
  /** Default 1813. */
  readonly acctPort?: number;
  readonly secret: string;
}

/** How this NAS names itself in every request (RFC 2865 §4.1: at least one of them). */
export interface NasIdentity {
  readonly identifier?: string;
  readonly ipv4?: string;
  readonly ipv6?: string;
}

export type PacketDirection = 'in' | 'out';
/** For debug: every packet that is sent, and every one that came and can be decoded, before it is believed. `peer` is `address:port`. */
export type OnPacket = (direction: PacketDirection, packet: RadiusPacket, peer: string) => void;

export interface RadiusClientOptions {
  /** In the order of preference; at least one. */
  readonly servers: readonly RadiusServer[];
  /** Before a request is sent again. Default 3 s. */
  readonly timeout?: Millis;
  /** How often a request is sent again to one server. Default 2. */
  readonly retransmit?: number;
  /** How long a server that did not answer is passed over while another lives. Default 60 s. */
  readonly deadTime?: Millis;
  /** Replies to Access-Requests without a valid Message-Authenticator are dropped (CVE-2024-3596). Default true. */
  readonly requireMessageAuthenticator?: boolean;
  readonly nas: NasIdentity;
  /** Whatever was dropped, by reason. */
  readonly onCount: (reason: string) => void;
  readonly onError: (error: Error) => void;
  readonly onPacket?: OnPacket;
}

export interface AuthorizeRequest {
  /** Without User-Password, NAS attributes, Event-Timestamp and Message-Authenticator: the client adds these. */
  readonly attributes: readonly RadiusAttribute[];
  /** Sent as User-Password, hidden (RFC 2865 §5.2). The user name, when a server authenticates by MAC. */
  readonly password?: string;
}

export type Answer =
  | { readonly kind: 'accept'; readonly attributes: readonly RadiusAttribute[] }
  /** Also when the server wants a challenge answered, or the request cannot be expressed as RADIUS. */
  | { readonly kind: 'reject'; readonly attributes: readonly RadiusAttribute[]; readonly reason: string }
  /** Nobody answered validly; the reason says who was asked and what may be wrong. */
  | { readonly kind: 'timeout'; readonly reason: string };

export type AccountingStatus = 'start' | 'interim' | 'stop' | 'on' | 'off';

/** Since the session began. */
export interface AccountingUsage {
  readonly sessionTime: Seconds;
  /** From the phone. */
  readonly inputOctets: bigint;
  readonly inputPackets: bigint;
  /** To the phone. */
  readonly outputOctets: bigint;
  readonly outputPackets: bigint;
}

export interface AccountingRecord {
  readonly status: AccountingStatus;
  /** The same in all records of a session, unique among those of this NAS also after a restart (RFC 2866 §5.5). */
  readonly sessionId: string;
  /** When it happened, for Event-Timestamp and Acct-Delay-Time. Default: now. */
  readonly wall?: UnixMillis;
  /** Interim and stop. */
  readonly usage?: AccountingUsage;
  /** Stop: a number of TERMINATE_CAUSE. */
  readonly terminateCause?: number;
  /** User-Name, Calling-Station-Id, Class as the server gave it, addresses, ... */
  readonly attributes: readonly RadiusAttribute[];
}

export interface RadiusClient {
  /** Never rejects. */
  authorize(request: AuthorizeRequest): Promise<Answer>;
  /** True when a server has taken the record. Never rejects. */
  account(record: AccountingRecord): Promise<boolean>;
  /** Whatever is under way ends as `timeout` or false. */
  close(): void;
}

export interface DynamicAuthorizationClient {
  readonly address: string;
  readonly secret: string;
}

export interface DynamicRequest {
  readonly kind: 'disconnect' | 'coa';
  readonly attributes: readonly RadiusAttribute[];
  readonly from: string;
}

/** `errorCause` is a number of ERROR_CAUSE. */
export type DynamicAnswer = { readonly kind: 'ack'; readonly attributes?: readonly RadiusAttribute[] } | { readonly kind: 'nak'; readonly errorCause: number };

export interface DynamicAuthorizationOptions {
  /** Our own addresses; port 3799 by default, 0 = the kernel chooses. */
  readonly listen: readonly { readonly address: string; readonly port?: number }[];
  /** Who may ask; everybody else is dropped silently. */
  readonly clients: readonly DynamicAuthorizationClient[];
  /** A request that names another NAS is refused (Error-Cause 403). */
  readonly nas: NasIdentity;
  /** Default true. */
  readonly requireMessageAuthenticator?: boolean;
  /** Requests without Event-Timestamp are dropped, because a recorded one could be sent again at any time. Default true. */
  readonly requireEventTimestamp?: boolean;
  /** How far Event-Timestamp may be from our clock, and how long an answer is remembered. Default 300 s. */
  readonly window?: Millis;
  readonly onRequest: (request: DynamicRequest) => DynamicAnswer | Promise<DynamicAnswer>;
  readonly onCount: (reason: string) => void;
  readonly onError: (error: Error) => void;
  readonly onPacket?: OnPacket;
}

export interface DynamicAuthorization {
  /** Of the sockets, in the order of `listen`. */
  readonly ports: readonly number[];
  close(): void;
}
