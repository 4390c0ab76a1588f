/** What this part offers to the others of the fleet service, and what it asks of them. */
import type { Alert, Binding, Handover, HandoverFigures, HandoverSummary, Home, Lma, Page, Subscriber, Topology } from '../api/resources.ts';
import type { GatewayId } from '../../runtime/fleet/topics.ts';
import type { Request } from '../../runtime/control.ts';
import type { UnixMillis } from '../../protocol/units.ts';

// --- asked of others, as plain arguments
export type KnownHome = Pick<Home, 'id' | 'name' | 'status' | 'identity' | 'lastSeen' | 'certificateExpires' | 'position'>;

/** The registry, as this part sees it. Each is asked often: map look-ups. */
export interface KnownHomes {
  readonly all: () => Iterable<KnownHome>;
  readonly byId: (id: GatewayId) => KnownHome | undefined;
  /** By MAG Identifier (RFC 8278). */
  readonly byIdentity: (identity: string) => KnownHome | undefined;
}

/** Who a station is, for nobody but root at the LMA. */
export interface Identity {
  readonly nai: string;
  readonly mac?: string;
}

/** `mn-…`, keyed and rotating. Asked once a session and handover. */
export type PseudonymOf = (identity: Identity) => string;

// --- offered
export interface Figures {
  /** Of these homes (undefined: of all), of what ended in `from` (inclusive) to `to`; kept for two hours, ten seconds apart. */
  figuresOf(homes: ReadonlySet<GatewayId> | undefined, from: UnixMillis, to: UnixMillis): AttemptFigures;
}

export interface AttemptFigures extends HandoverFigures {
  /** Attaches, handovers and moves that were tried: what `success` is a part of. */
  readonly attempts: number;
  /** Those whose duration is known: what the percentiles are of. */
  readonly timed: number;
}

export interface HandoverQuery {
  readonly subscriber?: string;
  /** It came from there or went there. */
  readonly home?: GatewayId;
  readonly failed?: boolean;
  readonly from?: UnixMillis;
  readonly to?: UnixMillis;
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

export interface Handovers {
  /** The newest first. */
  list(query: HandoverQuery): Promise<Page<HandoverSummary>>;
  /** With its stages of both ends, decoded messages and what is missing. */
  find(id: string): Promise<Handover | undefined>;
  /** A capture file, raw identities in it; undefined where the ring has nothing of it any more. */
  pcap(id: string): Promise<Uint8Array | undefined>;
  /** The latest, the newest first. */
  ticker(): readonly HandoverSummary[];
}

export interface SubscriberQuery {
  /** An NAI, an address or a pseudonym, in full. */
  readonly search?: string;
  readonly home?: GatewayId;
  readonly lma?: string;
  readonly state?: Subscriber['state'];
  readonly limit?: number;
  readonly after?: string;
}

export interface Subscribers {
  readonly size: number;
  list(query: SubscriberQuery): Page<Subscriber>;
  /** By pseudonym. */
  find(id: string): Subscriber | undefined;
  /** How many are there now. */
  at(home: GatewayId): number;
  /** At most so many; `HomeDetails.bindings`. */
  bindingsOf(home: GatewayId, limit?: number): readonly Binding[];
  /** For whoever reveals: what the LMA says now. */
  identityOf(id: string): Identity | undefined;
}

/** What somebody saw that people should know of; the same `rule` and `about` are one alert until it is over. */
export interface Alarm {
  readonly rule: string;
  /** Of which home, LMA, rollout …; an alert of the whole fleet has none. */
  readonly about?: string;
  readonly level: Alert['level'];
  readonly text: string;
  readonly advice: string;
  readonly home?: GatewayId;
  readonly lma?: string;
}

export interface Alerts {
  /** Those that go on, the newest first. */
  current(): readonly Alert[];
  /** Also those that are over. */
  list(query: { readonly ended?: boolean; readonly limit?: number; readonly after?: string }): Promise<Page<Alert>>;
  acknowledge(id: string, by: string): Promise<Alert | undefined>;
  /** By parts that know themselves when something begins and ends: rollouts, documents, the broker. */
  raise(alarm: Alarm): void;
  clear(rule: string, about?: string): void;
}

/** The LMAs' control sockets. */
export interface LmaLinks {
  all(): readonly Lma[];
  find(name: string): Lma | undefined;
  /** @throws Error in words when it does not answer */
  ask(name: string, request: Request): Promise<unknown>;
}

/** Tells every LMA who may register (by MAG Identifier). One that does not answer is told when it does; `admit` resolves when those that answer know. */
export interface LmaAdmission {
  /** @param key RFC 4285, hex digits. Never logged. */
  admit(identity: string, key: string): Promise<void>;
  /** Its bindings end, and its key is refused from now on. */
  dismiss(identity: string): Promise<void>;
}

export interface Live {
  readonly figures: Figures;
  readonly handovers: Handovers;
  readonly subscribers: Subscribers;
  readonly alerts: Alerts;
  readonly lmas: LmaLinks;
  readonly lmaAdmission: LmaAdmission;
  topology(smallestGroup: number): Topology;
  close(): Promise<void>;
}
