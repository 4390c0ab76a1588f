/** The gateways' records: in memory as they are on disk. One change at a time, visible once it is durable. */
import type { GatewayId } from '../../runtime/fleet/topics.ts';
import type { Audit, Deed } from './audit.ts';
import type { Change, FleetStore } from './ports.ts';
import type { GatewayRecord } from './records.ts';

export interface Gateways {
  readonly size: number;
  get(id: GatewayId): GatewayRecord | undefined;
  all(): Iterable<GatewayRecord>;
  /** By MAG Identifier. */
  byIdentity(identity: string): GatewayRecord | undefined;
  /** @param plan reads what is there when its turn comes; undefined: nothing is to be done. What it throws ends the change. */
  change(plan: () => Planned | undefined): Promise<void>;
  /** Told of each record that changed or went, once it is durable. */
  onChange(call: (id: GatewayId, record: GatewayRecord | undefined) => void): void;
}

export interface Planned {
  readonly put?: readonly GatewayRecord[];
  readonly remove?: readonly GatewayId[];
  /** In the same commit. */
  readonly changes?: readonly Change[];
  readonly deed?: Deed;
}

const COLLECTION = 'gateways';

export async function openGateways(store: FleetStore, audit: Pick<Audit, 'record'>): Promise<Gateways> {
  const records = new Map<GatewayId, GatewayRecord>();
  const identities = new Map<string, GatewayId>();
  const watchers: ((id: GatewayId, record: GatewayRecord | undefined) => void)[] = [];
  let turn: Promise<void> = Promise.resolve();

  function keep(record: GatewayRecord): void {
    const before = records.get(record.id);
    if (before && before.identity !== record.identity) identities.delete(before.identity);
    records.set(record.id, record);
    identities.set(record.identity, record.id);
  }

  function forget(id: GatewayId): void {
    const record = records.get(id);
    if (record && identities.get(record.identity) === id) identities.delete(record.identity);
    records.delete(id);
  }

  async function perform(plan: () => Planned | undefined): Promise<void> {
    const planned = plan();
    if (!planned) return;
    const { put = [], remove = [], changes = [], deed } = planned;
    const all: Change[] = [...put.map((record): Change => ({ put: COLLECTION, record })), ...remove.map((id): Change => ({ remove: COLLECTION, id })), ...changes];
    if (deed) await audit.record(deed, all);
    else if (all.length > 0) await store.commit(all);
    put.forEach(keep);
    remove.forEach(forget);
    for (const watcher of watchers) {
      for (const record of put) watcher(record.id, record);
      for (const id of remove) watcher(id, undefined);
    }
  }

  for (const record of await store.list<GatewayRecord>(COLLECTION)) keep(record);
  return {
    get size() {
      return records.size;
    },
    get: (id) => records.get(id),
    all: () => records.values(),
    byIdentity: (identity) => records.get(identities.get(identity) ?? ''),
    change(plan) {
      const done = turn.then(() => perform(plan));
      turn = done.catch(() => undefined);
      return done;
    },
    onChange: (call) => void watchers.push(call),
  };
}
