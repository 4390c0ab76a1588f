/** For programs: `Authorization: Bearer rs_…`. The store has their hash. */
import { randomUUID } from 'node:crypto';
import type { Millis, UnixMillis } from '../../protocol/units.ts';
import type { Audit } from '../fleet/audit.ts';
import type { FleetStore, Stored } from '../fleet/ports.ts';
import type { Role } from './resources/people.ts';
import { refuse } from './route.ts';
import { hashOf, newSecret, type Random } from './secrets.ts';

/** Collection `tokens`. */
export interface TokenRecord extends Stored {
  readonly name: string;
  readonly role: Role;
  readonly hash: string;
  readonly by: string;
  readonly createdAt: UnixMillis;
  readonly expiresAt?: UnixMillis;
  /** As of some minute. */
  readonly lastUsed?: UnixMillis;
}

export interface Tokens {
  all(): readonly TokenRecord[];
  /** @returns the secret, which is nowhere else. @throws Refused */
  add(token: { readonly name: string; readonly role: Role; readonly expiresAt?: UnixMillis }, by: string): Promise<{ readonly secret: string; readonly record: TokenRecord }>;
  find(secret: string): TokenRecord | undefined;
  alive(id: string): boolean;
  used(record: TokenRecord): Promise<void>;
  remove(id: string, by: string): Promise<void>;
  onEnd(call: (id: string) => void): void;
}

export interface TokensParts {
  readonly store: FleetStore;
  readonly audit: Audit;
  readonly now: () => UnixMillis;
  readonly random?: Random;
}

export const TOKEN_PREFIX = 'rs_';
const COLLECTION = 'tokens';
const USED_EVERY: Millis = 60_000;
const MOST = 200;

export async function openTokens({ store, audit, now, random }: TokensParts): Promise<Tokens> {
  const records = new Map((await store.list<TokenRecord>(COLLECTION)).map((t) => [t.hash, t]));
  const listeners: ((id: string) => void)[] = [];
  const over = ({ expiresAt }: TokenRecord): boolean => expiresAt !== undefined && now() >= expiresAt;
  const byId = (id: string) => [...records.values()].find((t) => t.id === id);
  return {
    all: () => [...records.values()].sort((a, b) => a.createdAt - b.createdAt),
    async add({ name, role, expiresAt }, by) {
      if ([...records.values()].some((t) => t.name === name)) refuse(409, `there is a token ${name} already`, 'name');
      if (records.size >= MOST) refuse(409, `there are ${MOST} tokens: remove those that nobody uses`);
      if (expiresAt !== undefined && expiresAt <= now()) refuse(400, 'expected a time that is still to come', 'expiresAt');
      const secret = random ? newSecret(TOKEN_PREFIX, random) : newSecret(TOKEN_PREFIX);
      const record: TokenRecord = { id: randomUUID(), name, role, hash: hashOf(secret), by, createdAt: now(), ...(expiresAt === undefined ? {} : { expiresAt }) };
      await audit.record({ by, action: 'tokens.add', target: name, after: { role, ...(expiresAt === undefined ? {} : { expiresAt }) } }, [{ put: COLLECTION, record }]);
      records.set(record.hash, record);
      return { secret, record };
    },
    find(secret) {
      const record = records.get(hashOf(secret));
      return record && !over(record) ? record : undefined;
    },
    alive(id) {
      const record = byId(id);
      return record !== undefined && !over(record);
    },
    async used(record) {
      if (now() - (record.lastUsed ?? 0) < USED_EVERY || !records.has(record.hash)) return;
      const changed = { ...record, lastUsed: now() };
      records.set(record.hash, changed);
      await store.commit([{ put: COLLECTION, record: changed }]);
    },
    async remove(id, by) {
      const record = byId(id) ?? refuse(404, 'there is no such token');
      // First, so that nothing writes when it was last used behind its removal.
      records.delete(record.hash);
      for (const call of listeners) call(id);
      await audit.record({ by, action: 'tokens.remove', target: record.name, before: { role: record.role } }, [{ remove: COLLECTION, id }]);
    },
    onEnd: (call) => void listeners.push(call),
  };
}
