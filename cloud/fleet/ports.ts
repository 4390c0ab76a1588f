/** What the fleet's parts ask of the world: a broker, a store, a clock. */
import type { GatewayId } from '../../runtime/fleet/topics.ts';

/** The broker as the cloud's own client sees it. Payloads are JSON values; what is none is dropped and counted. */
export interface Bus {
  /** Resolves when the broker has it (QoS 1). `null` with `retain` removes what was retained. */
  publish(topic: string, payload: unknown, options?: { readonly retain?: boolean }): Promise<void>;
  /** @param filter an MQTT topic filter */
  subscribe(filter: string, call: (topic: string, payload: unknown) => void): Promise<{ close(): Promise<void> }>;
}

/** Who may connect, as far as the broker has to be told. */
export interface Admission {
  /** From now on this gateway's certificate is refused, and a live session of it ends before this resolves. */
  revoke(gateway: GatewayId, serial: string): Promise<void>;
}

/** A record of a collection; `id` is its key. */
export interface Stored {
  readonly id: string;
}

/** One line of a stream: `at` is Unix milliseconds; the store gives it the next number of its stream. */
export interface Streamed {
  readonly at: number;
}

export type Change =
  | { readonly put: string; readonly record: Stored }
  | { readonly remove: string; readonly id: string }
  | { readonly append: string; readonly record: Streamed };

export interface StreamQuery {
  readonly from?: number;
  readonly to?: number;
  /** After this number, not itself. */
  readonly after?: number;
  /** Equality of top-level fields. */
  readonly where?: Readonly<Record<string, string | number | boolean>>;
  readonly newestFirst?: boolean;
  readonly limit?: number;
}

/** Collections are small enough to be listed; streams are history. The embedded one keeps files, the other one is PostgreSQL. */
export interface FleetStore {
  get<T extends Stored>(collection: string, id: string): Promise<T | undefined>;
  list<T extends Stored>(collection: string): Promise<readonly T[]>;
  /** All of it or nothing; resolves when it is durable. */
  commit(changes: readonly Change[]): Promise<void>;
  read<T extends Streamed>(stream: string, query?: StreamQuery): Promise<readonly (T & { readonly number: number })[]>;
  /** Removes what is older. @returns how many */
  purge(stream: string, before: number): Promise<number>;
  close(): Promise<void>;
}
