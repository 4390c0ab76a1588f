/** What travels on the fleet's topics, as JSON. Times are Unix milliseconds. Identities of stations are pseudonyms of the gateway's own. */
import type { Concern, GatewayId } from './topics.ts';

/** A document's place in its history: revisions only grow; the hash is SHA-256 of the canonical JSON, in hex. */
export interface Revision {
  readonly rev: number;
  readonly hash: string;
}

export interface Desired extends Revision {
  readonly document: unknown;
  /** Milliseconds that a gateway takes at most to see that an LMA answers with it. */
  readonly proveWithin?: number;
}

export interface Problem {
  /** Of the document, such as `default-profiles.guests.dns.0` */
  readonly path: string;
  readonly reason: string;
  /** What is used instead. */
  readonly substitution?: string;
}

export type ReportedStatus = 'applied' | 'partial' | 'rejected' | 'rolledback';

/** About the desired revision; `running` is what the gateway works with. */
export interface Reported extends Revision {
  readonly status: ReportedStatus;
  readonly problems: readonly Problem[];
  readonly running: Revision | null;
  readonly at: number;
}

/** Birth (by the gateway) and death (its will): a death whose session is not that of the last birth is an old connection's. */
export type GatewayState = Birth | { readonly state: 'lost' | 'disconnected'; readonly session: number };

export interface Birth {
  readonly state: 'ready';
  /** Counts the gateway's connections, on disk. */
  readonly session: number;
  readonly agent: string;
  /** The MAG Identifier (RFC 8278). */
  readonly identity: string;
  /** What it can be asked: concerns, commands and telemetry streams by name. */
  readonly can: { readonly concerns: readonly Concern[]; readonly commands: readonly string[]; readonly telemetry: readonly string[] };
  readonly at: number;
}

export interface Heartbeat {
  readonly session: number;
  readonly at: number;
  /** Milliseconds since the agent's start. */
  readonly uptime: number;
  readonly running: Readonly<Partial<Record<Concern, Revision>>>;
  readonly bindings: number;
  /** What the home's owner decided; the fleet cannot raise it. */
  readonly sharing: { readonly paused: boolean; readonly maximumGuests?: number; readonly upRate?: number; readonly downRate?: number };
  /** Since the agent's start, so that what is lost on the way is not lost from the sum. */
  readonly counters: { readonly attached: number; readonly refused: number; readonly handovers: number; readonly bytesUp: number; readonly bytesDown: number };
  readonly lmas: readonly { readonly id: string; readonly reachable: boolean }[];
  /** Resident, octets. */
  readonly memory: number;
  /** Marks of radios, 16 hex digits each: its own, and those of the community that its survey heard. */
  readonly radio?: { readonly own: readonly string[]; readonly near: readonly string[] };
}

/** The latest events in one message; `sequence` counts them since the agent's start, so that a gap is seen. */
export interface EventBatch {
  readonly session: number;
  readonly events: readonly GatewayEvent[];
}

export type GatewayEvent = { readonly sequence: number; readonly at: number } & (
  | {
      readonly kind: 'attach' | 'handover' | 'move';
      /** The same at the LMA: lays both ends' stages side by side (runtime/traces.ts). */
      readonly trace: string;
      readonly station: string;
      /** Milliseconds after `at`, which is when the first stage was. */
      readonly stages: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'refused' | 'detach'; readonly station: string; readonly reason: string }
  | { readonly kind: 'notice'; readonly level: 'info' | 'warn' | 'error'; readonly text: string }
);

/** Not carried out after `expires`. */
export interface Command {
  readonly name: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly expires: number;
}
export type CommandResult = { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly error: string };

/** By a gateway without credentials of its own. */
export interface ClaimRequest {
  readonly gateway: GatewayId;
  /** What the person types: eight characters of Crockford's base32. */
  readonly code: string;
  /** PKCS#10, PEM: the public key, with proof of possession. */
  readonly request: string;
  readonly agent: string;
  readonly identity: string;
}
export type ClaimResponse =
  | { readonly status: 'pending' }
  | { readonly status: 'refused'; readonly reason: string }
  /** PEM; `authority` is what it checks the broker with from now on. */
  | { readonly status: 'claimed'; readonly gateway: GatewayId; readonly home: string; readonly group: string; readonly certificate: string; readonly authority: string };

/** By a gateway over its own connection when a third of its certificate's time is left: the same key again, with proof of possession. */
export interface EnrolRequest {
  /** PKCS#10, PEM. */
  readonly request: string;
}
/** PEM. The old certificate goes on to count until it ends. */
export type EnrolResponse = { readonly status: 'issued'; readonly certificate: string; readonly authority: string } | { readonly status: 'refused'; readonly reason: string };
