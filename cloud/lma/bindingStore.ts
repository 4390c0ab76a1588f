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
}

export type StoreChange = { readonly key: string; readonly record?: BindingRecord };

/** The port. `commit` applies the changes in order and resolves when they would survive a crash; it rejects if they would not. */
export interface BindingStore {
  load(): Promise<readonly BindingRecord[]>;
  commit(changes: readonly StoreChange[]): Promise<void>;
  close(): Promise<void>;
}

/** Keeps bindings as long as the process lives. */
export function memoryStore(records: Map<string, BindingRecord> = new Map()): BindingStore {
  return {
    load: () => Promise.resolve([...records.values()]),
    commit: (changes) => {
      for (const { key, record } of changes) {
        if (record) records.set(key, record);
        else records.delete(key);
      }
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
