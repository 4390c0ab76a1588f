/** Who is signed in. The store has the hash of a session's secret, so that whoever reads it can take over none. */
import type { Millis, UnixMillis } from '../../protocol/units.ts';
import type { Change, FleetStore, Stored } from '../fleet/ports.ts';
import { hashOf, newSecret, type Random } from './secrets.ts';

/** Collection `sessions`; `id` is the hash. */
export interface SessionRecord extends Stored {
  readonly userId: string;
  readonly createdAt: UnixMillis;
  /** As of some minute. */
  readonly lastSeen: UnixMillis;
  readonly ip: string;
  readonly agent: string;
}

export const IDLE: Millis = 12 * 3_600_000;
export const ABSOLUTE: Millis = 7 * 86_400_000;
const SEEN_EVERY: Millis = 60_000;
/** The one that was used longest ago makes room. */
const MOST_PER_USER = 20;

export interface Sessions {
  /** @returns the secret, which is nowhere else */
  begin(userId: string, client: { readonly ip: string; readonly agent: string }): Promise<{ readonly secret: string; readonly record: SessionRecord }>;
  /** By its secret, while it is alive. */
  find(secret: string): SessionRecord | undefined;
  alive(id: string): boolean;
  /** It was used now. */
  seen(record: SessionRecord, ip: string): Promise<void>;
  /** The same by its id, while it is alive. */
  use(id: string, ip: string): Promise<void>;
  of(userId: string): readonly SessionRecord[];
  all(): readonly SessionRecord[];
  end(ids: readonly string[]): Promise<void>;
  /** They end at once; the changes go into a commit of the caller's. */
  take(ids: readonly string[]): Change[];
  /** Removes what is over. */
  tick(): Promise<void>;
  /** Told the ids of those that ended. */
  onEnd(call: (ids: readonly string[]) => void): void;
}

export interface SessionsParts {
  readonly store: FleetStore;
  readonly now: () => UnixMillis;
  readonly random?: Random;
}

const COLLECTION = 'sessions';

export const expiryOf = (s: SessionRecord): UnixMillis => Math.min(s.lastSeen + IDLE, s.createdAt + ABSOLUTE);

export async function openSessions({ store, now, random }: SessionsParts): Promise<Sessions> {
  const records = new Map((await store.list<SessionRecord>(COLLECTION)).map((s) => [s.id, s]));
  const listeners: ((ids: readonly string[]) => void)[] = [];
  const over = (s: SessionRecord): boolean => now() >= expiryOf(s);
  const of = (userId: string) => [...records.values()].filter((s) => s.userId === userId && !over(s)).sort((a, b) => b.lastSeen - a.lastSeen);
  // Ended before it is stored: nothing may write the record once more behind its removal. Should the store fail, the caller is told, and
  // a restart would bring the session back.
  const take = (ids: readonly string[]): Change[] => {
    const known = ids.filter((id) => records.delete(id));
    if (known.length > 0) for (const call of listeners) call(known);
    return known.map((id) => ({ remove: COLLECTION, id }));
  };
  const end = async (ids: readonly string[]): Promise<void> => {
    const changes = take(ids);
    if (changes.length > 0) await store.commit(changes);
  };
  const seen = async (record: SessionRecord, ip: string): Promise<void> => {
    const at = now();
    if (at - record.lastSeen < SEEN_EVERY || !records.has(record.id)) return;
    const changed = { ...record, lastSeen: at, ip };
    records.set(record.id, changed);
    await store.commit([{ put: COLLECTION, record: changed }]);
  };
  return {
    async begin(userId, { ip, agent }) {
      const secret = random ? newSecret('', random) : newSecret();
      const at = now();
      const record: SessionRecord = { id: hashOf(secret), userId, createdAt: at, lastSeen: at, ip, agent: agent.slice(0, 200) };
      const crowded = of(userId).slice(MOST_PER_USER - 1).map((s) => s.id);
      await store.commit([...take(crowded), { put: COLLECTION, record }]);
      records.set(record.id, record);
      return { secret, record };
    },
    find(secret) {
      const record = records.get(hashOf(secret));
      return record && !over(record) ? record : undefined;
    },
    alive(id) {
      const record = records.get(id);
      return record !== undefined && !over(record);
    },
    seen,
    async use(id, ip) {
      const record = records.get(id);
      if (record && !over(record)) await seen(record, ip);
    },
    of,
    all: () => [...records.values()].filter((s) => !over(s)),
    end,
    take,
    tick: () => end([...records.values()].filter(over).map((s) => s.id)),
    onEnd: (call) => void listeners.push(call),
  };
}
