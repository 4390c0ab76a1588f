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
  /** With a `number` it gets that one, which must be above the last (a history that moves here keeps its numbers). */
  | { readonly append: string; readonly record: Streamed; readonly number?: number }
  /** These lines go, physically: somebody is erased. Numbers that are not there are nothing. */
  | { readonly drop: string; readonly numbers: readonly number[] };

export interface StreamQuery {
  readonly from?: number;
  readonly to?: number;
  /** After this number, not itself. */
  readonly after?: number;
  /** Before this number, not itself. */
  readonly before?: number;
  /** Equality of top-level fields. */
  readonly where?: Readonly<Record<string, string | number | boolean>>;
  /** One of these words stands anywhere in the record; each of 8 to 64 small letters, digits and hyphens, as pseudonyms are. */
  readonly mentions?: readonly string[];
  readonly newestFirst?: boolean;
  readonly limit?: number;
}

/** What the store would not do, in words with what to do about it. */
export class FleetStoreError extends Error {
  override readonly name = 'FleetStoreError';
}

/** Collections are small enough to be listed; streams are history. The embedded one keeps files, the other one is PostgreSQL. */
export interface FleetStore {
  get<T extends Stored>(collection: string, id: string): Promise<T | undefined>;
  /** By `id`, as plain strings sort. */
  list<T extends Stored>(collection: string): Promise<readonly T[]>;
  /**
   * All of it or nothing, in order and after the commits that were begun before; resolves when it is durable. Records are JSON.
   * @throws FleetStoreError in words; after trouble of the disk or the server it may have happened nevertheless
   */
  commit(changes: readonly Change[]): Promise<void>;
  /** By number. */
  read<T extends Streamed>(stream: string, query?: StreamQuery): Promise<readonly (T & { readonly number: number })[]>;
  /** Removes what is older. @returns how many */
  purge(stream: string, before: number): Promise<number>;
  close(): Promise<void>;
}
