/** What the fleet's client asks of the world; a test, and a simulated fleet of hundreds in one process, has its own. */
import type { Concern } from '../../runtime/fleet/topics.ts';
import type { CommandResult, Heartbeat, Reported, Revision } from '../../runtime/fleet/messages.ts';
import type { Millis, Now } from '../../protocol/units.ts';

/** Time and chance. Whatever waits goes through `after`, so that clocks can be moved. */
export interface World {
  readonly now: () => Now;
  /** Calls once after so long. @returns what prevents it */
  readonly after: (delay: Millis, call: () => void) => () => void;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** PEM. */
export interface Credential {
  readonly certificate: string;
  readonly key: string;
  /** What the broker's certificate is checked with. */
  readonly authority: string;
  /** `mqtts://host:port`; undefined: the gateway's own. */
  readonly broker?: string;
}

export interface ConnectOptions {
  readonly credential: Credential;
  readonly clientId: string;
  /** Published by the broker, retained, when the connection is lost. */
  readonly will?: { readonly topic: string; readonly payload: string };
  readonly onConnect: () => void;
  readonly onMessage: (topic: string, payload: string) => void;
  /** Once, also if it never connected; nothing is called after it. */
  readonly onClose: (reason: string) => void;
}

/** One connection to the broker; it is not made anew by itself. Everything is QoS 1. */
export interface Connection {
  /** Resolves when the broker has it; rejects when the connection is over first. */
  publish(topic: string, payload: string, options?: { readonly retain?: boolean }): Promise<void>;
  /** Rejects when the broker refuses one. */
  subscribe(filters: readonly string[]): Promise<void>;
  /** Politely: what was published before arrives first, and no will is published; of a broker that is silent it waits for neither. `onClose` is not called any more. */
  close(): Promise<void>;
}
/** @throws Error in words when the credential cannot be used */
export type Connect = (options: ConnectOptions) => Connection;

/** A document that the gateway works with, as it was sent. */
export interface Kept extends Revision {
  readonly document: unknown;
}
export type Documents = Readonly<Partial<Record<Concern, Kept>>>;

/** What outlives the agent. */
export interface FleetState {
  /** No connection had this number or a higher one. */
  session: number;
  /** What is shown while nobody has claimed the gateway. */
  code: string;
  /** The last that an LMA answered with. */
  good: Documents;
  reported: Readonly<Partial<Record<Concern, Reported>>>;
  /** Documents that were begun to be tried, and how often; one that an agent does not survive is not tried for ever. */
  tried: Readonly<Partial<Record<Concern, { readonly rev: number; readonly times: number }>>>;
  /** Ids of the last commands. */
  commands: readonly string[];
}

/** In `fleet: state-directory`: it is there when somebody has claimed this gateway. */
export const CREDENTIAL = 'credential.json';
/** Numbers of connections that a store skips at each start, so that not each one is written down. */
export const RESERVED = 128;

export interface Store {
  readonly state: FleetState;
  /** The state was changed: it is written soon. */
  changed(): void;
  /** Resolves when what was changed is on the disk, or could not be written. */
  flush(): Promise<void>;
}

/** What a claim brought. */
export interface Claimed {
  readonly home: string;
  readonly group: string;
  readonly certificate: string;
  readonly authority: string;
}

export interface CredentialStore {
  load(): Claimed | undefined;
  /** Resolves when it is on the disk. */
  save(claimed: Claimed): Promise<void>;
  /** Nobody has claimed it any more. */
  forget(): void;
}

/** `afterwards` is done when the result is with the broker. */
export interface CommandAnswer {
  readonly result: unknown;
  readonly afterwards?: () => void;
}
export type CommandHandler = (given: Readonly<Record<string, unknown>>) => CommandAnswer | Promise<CommandAnswer>;
export type { CommandResult };

/** The gateway as its fleet sees it. */
export interface Gateway {
  readonly agent: string;
  /** MAG Identifier */
  readonly identity: string;
  readonly commands: Readonly<Record<string, CommandHandler>>;
  /** What a telemetry stream tells each time. */
  readonly telemetry: Readonly<Record<string, () => unknown>>;
  figures(): Omit<Heartbeat, 'session' | 'at' | 'uptime' | 'running'>;
}
