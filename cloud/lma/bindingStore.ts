/**
 * Bindings that outlive the process. A PBA leaves only after its binding is durable: the shell holds back whatever follows a
 * `storeBinding` in one step's effects until `commit` has resolved.
 */
import type { Ipv4, Ipv6 } from '../../protocol/address.ts';
import type { Endpoint } from '../../protocol/entity.ts';
import type { TunnelTransport } from '../../protocol/paths.ts';
import type { Seconds, UnixMillis } from '../../protocol/units.ts';
import type { MnIdentifier } from './request.ts';

/** One binding as plain JSON, with everything that a restarted anchor needs to go on with the same session. */
export interface BindingRecord {
  /** The lma-service whose binding it is. */
  readonly service: string;
  /** Unique among all services of the process; the key that it is stored under. */
  readonly index: number;
  readonly mnId: MnIdentifier;
  readonly technology: number;
  readonly linkLayerId?: string;
  /** `2001:db8::/64` */
  readonly prefixes: readonly string[];
  readonly homeAddress?: Ipv4;
  readonly apn: string;
  readonly released?: boolean;
  readonly mag?: string;
  readonly endpoint: Endpoint;
  readonly proxyCoa: string;
  readonly linkLocal?: Ipv6;
  /** Decimal, 64 bits. */
  readonly timestamp: string;
  readonly sequence: number;
  readonly receivedAt: UnixMillis;
  readonly lifetime: Seconds;
  readonly expiresAt: UnixMillis;
  readonly encapsulation?: TunnelTransport;
  readonly uplinkKey: number;
  readonly downlinkKey: number;
  readonly wanMtu: number;
  /** The gateway extends it together with others of this group (RFC 6602). */
  readonly bulkGroup?: number;
}

/** An address that a phone found in use: nobody gets it before then, also after a restart. */
export interface AddressAtRest {
  readonly pool: string;
  readonly address: Ipv4;
  readonly until: UnixMillis;
}

export type StoreChange = { readonly key: string; readonly record?: BindingRecord | AddressAtRest };

/** A part of what the last run left. */
export interface Loaded {
  readonly bindings: readonly BindingRecord[];
  readonly atRest: readonly AddressAtRest[];
  /** Records that cannot be read, in words. They stay where they are until their key is used again. */
  readonly unreadable: readonly string[];
}

/** The port. `commit` applies the changes in order and resolves when they would survive a crash; it rejects if they would not, or might not. */
export interface BindingStore {
  /** In parts, so that a million bindings need not be there twice. */
  load(): AsyncIterable<Loaded>;
  commit(changes: readonly StoreChange[]): Promise<void>;
  /** The Restart Counter that its state goes with (RFC 5847 §3.2); undefined while there is no state. */
  restartCounter(): Promise<number | undefined>;
  keepRestartCounter(counter: number): Promise<void>;
  close(): Promise<void>;
}

export const isAtRest = (record: BindingRecord | AddressAtRest): record is AddressAtRest => 'until' in record;

export function sorted(records: Iterable<BindingRecord | AddressAtRest>, unreadable: readonly string[]): Loaded {
  const bindings: BindingRecord[] = [];
  const atRest: AddressAtRest[] = [];
  for (const record of records) {
    if (isAtRest(record)) atRest.push(record);
    else bindings.push(record);
  }
  return { bindings, atRest, unreadable };
}

/** Keeps bindings as long as the process lives, and `records` as long as the caller does. */
export function memoryStore(records: Map<string, BindingRecord | AddressAtRest> = new Map()): BindingStore {
  let kept: number | undefined;
  return {
    async *load() {
      yield sorted(records.values(), []);
    },
    commit: (changes) => {
      for (const { key, record } of changes) {
        if (record) records.set(key, record);
        else records.delete(key);
      }
      return Promise.resolve();
    },
    restartCounter: () => Promise.resolve(kept),
    keepRestartCounter: (counter) => {
      kept = counter;
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
