/** What this part offers to the others of the fleet service, and what it asks of them. */
import type { Alert, Lma } from '../api/resources/network.ts';
import type { Binding, Subscriber } from '../api/resources/subscribers.ts';
import type { Handover, HandoverFigures, HandoverSummary } from '../api/resources/handovers.ts';
import type { Home } from '../api/resources/homes.ts';
import type { Page } from '../api/resources/answers.ts';
import type { Change } from '../fleet/ports.ts';
import type { GatewayId } from '../../runtime/fleet/topics.ts';
import type { Request } from '../../runtime/control.ts';
import type { UnixMillis } from '../../protocol/units.ts';

// --- asked of others, as plain arguments
/** The registry, as this part sees it. `byIdentity`, `name` and `online` are asked for each handover. */
export interface KnownHomes {
  homes(): readonly Home[];
  home(id: GatewayId): Home | undefined;
  /** By MAG Identifier (RFC 8278). */
  byIdentity(identity: string): GatewayId | undefined;
  name(id: GatewayId): string | undefined;
  online(id: GatewayId): boolean;
  counts(): { readonly online: number; readonly total: number };
}

/** A gateway that the fleet knows, with its key. */
export interface KnownGateway {
  readonly identity: string;
  readonly key: string;
  readonly revoked?: unknown;
}

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
  /** Any of these pseudonyms. */
  readonly subscribers?: readonly string[];
  /** It came from there or went there. */
  readonly home?: GatewayId;
  readonly failed?: boolean;
  readonly from?: UnixMillis;
  readonly to?: UnixMillis;
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string;
}

export interface Handovers {
  /** The newest first. `total` is that of the page and what is known to follow. */
  list(query: HandoverQuery): Promise<Page<HandoverSummary>>;
  /** With its stages of both ends, decoded messages and what is missing. */
  find(id: string): Promise<Handover | undefined>;
  /** A capture file, raw identities in it; undefined where the ring has nothing of it any more. */
  pcap(id: string): Promise<Uint8Array | undefined>;
  /** The latest, the newest first. */
  ticker(): readonly HandoverSummary[];
}

export interface SubscriberQuery {
  /** Any of these pseudonyms. */
  readonly ids?: readonly string[];
  readonly home?: GatewayId;
  readonly lma?: string;
  readonly state?: Subscriber['state'];
  readonly limit: number;
  readonly after?: string;
}

export interface Subscribers {
  /** Sessions that are active. */
  readonly size: number;
  list(query: SubscriberQuery): Page<Subscriber>;
  /** By pseudonym. */
  find(id: string): Subscriber | undefined;
  /** How many are there now. @param mag the gateway's MAG Identifier */
  at(mag: string): number;
  /** `HomeDetails.bindings` */
  bindingsOf(home: GatewayId, limit: number): readonly Binding[];
  bindingsOfSubscriber(id: string): readonly Binding[];
  /** Where an LMA keeps a subscriber's sessions: what an order to it names. */
  placesOf(id: string): readonly { readonly lma: string; readonly index: number }[];
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
  /** Also those that are over, the newest first. */
  all(): readonly Alert[];
  /** Undefined where none of this id goes on. */
  acknowledge(id: string, by: string): Alert | undefined;
  /** By parts that know themselves when something begins and ends. */
  raise(alarm: Alarm): void;
  clear(rule: string, about?: string): void;
}

/** The LMAs' control sockets. */
export interface LmaLinks {
  all(): readonly Lma[];
  find(name: string): Lma | undefined;
  bindings(name: string, limit: number, after: string | undefined): Page<Binding>;
  /** @throws Error in words when it does not answer */
  ask(name: string, request: Request): Promise<unknown>;
}

/** Tells every LMA who may register (by MAG Identifier). One that does not answer is told when it does; resolves when those that answer know. */
export interface LmaAdmission {
  /** @param key RFC 4285, hex digits. Never logged. */
  admit(identity: string, key: string): Promise<void>;
  /** Its bindings end, and its key is refused from now on. */
  dismiss(identity: string): Promise<void>;
  /** For the commit that lets its record go: that the LMAs have to be told is not forgotten before `dismiss` is called. */
  dismissal(identity: string): readonly Change[];
}
