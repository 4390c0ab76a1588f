/** Who may sign in. Kept in memory and in the store; a change is in the store, with its line in the audit log, before it counts. */
import { randomUUID } from 'node:crypto';
import type { UnixMillis } from '../../protocol/units.ts';
import type { Audit } from '../fleet/audit.ts';
import type { Change, FleetStore, Stored } from '../fleet/ports.ts';
import { complaintAbout, type PasswordHash, type Passwords } from './passwords.ts';
import type { Role } from './resources/people.ts';
import { refuse } from './route.ts';

/** Collection `users`. */
export interface UserRecord extends Stored {
  readonly name: string;
  readonly role: Role;
  readonly password: PasswordHash;
  readonly createdAt: UnixMillis;
  /** As of some minute. */
  readonly lastSeen?: UnixMillis;
}

export interface UserChange {
  readonly name?: string;
  readonly role?: Role;
  readonly password?: string;
}

export interface Users {
  readonly size: number;
  all(): readonly UserRecord[];
  byId(id: string): UserRecord | undefined;
  /** Upper and lower case are the same name. */
  byName(name: string): UserRecord | undefined;
  /** @throws Refused. @param allowed asked for right before it: false is too late */
  add(user: { readonly name: string; readonly role: Role; readonly password: string }, by: string, allowed?: () => boolean): Promise<UserRecord>;
  /** @throws Refused. @param also what ends with it, in the same commit; asked for right before it */
  change(id: string, change: UserChange, by: string, also?: () => readonly Change[]): Promise<UserRecord>;
  remove(id: string, by: string, also?: () => readonly Change[]): Promise<void>;
  /** The user when the password is theirs. */
  signIn(name: string, password: string): Promise<UserRecord | undefined>;
  /** Written at most once a minute. */
  seen(id: string, now: UnixMillis): Promise<void>;
}

export interface UsersParts {
  readonly store: FleetStore;
  readonly audit: Audit;
  readonly passwords: Passwords;
  readonly now: () => UnixMillis;
}

const COLLECTION = 'users';
const SEEN_EVERY = 60_000;

export async function openUsers({ store, audit, passwords, now }: UsersParts): Promise<Users> {
  const records = new Map((await store.list<UserRecord>(COLLECTION)).map((u) => [u.id, u]));
  const byName = (name: string) => [...records.values()].find((u) => sameName(u.name, name));
  const found = (id: string) => records.get(id) ?? refuse(404, 'there is no such user');
  const free = (name: string, except?: string): void => {
    const other = byName(name);
    if (other && other.id !== except) refuse(409, `there is a user ${other.name} already`, 'name');
  };
  const passwordFor = async (password: string, name: string): Promise<PasswordHash> => {
    const complaint = complaintAbout(password, name);
    return complaint === undefined ? passwords.hash(password) : refuse(400, complaint, 'password');
  };
  const lastOwner = (user: UserRecord) => user.role === 'owner' && [...records.values()].filter((u) => u.role === 'owner').length === 1;
  // Rules about all users hold for changes that come at the same time, too.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = turn.then(work, work);
    turn = next.catch(() => undefined);
    return next;
  };
  return {
    get size() {
      return records.size;
    },
    all: () => [...records.values()].sort((a, b) => a.createdAt - b.createdAt),
    byId: (id) => records.get(id),
    byName,
    add: ({ name, role, password }, by, allowed = () => true) =>
      inTurn(async () => {
        free(name);
        const kept = await passwordFor(password, name);
        if (!allowed()) refuse(409, 'somebody else was faster: sign in');
        const user: UserRecord = { id: randomUUID(), name, role, password: kept, createdAt: now() };
        await audit.record({ by, action: 'users.add', target: name, after: { role } }, [{ put: COLLECTION, record: user }]);
        records.set(user.id, user);
        return user;
      }),
    change: (id, change, by, also = () => []) =>
      inTurn(async () => {
        const before = found(id);
        const name = change.name ?? before.name;
        free(name, id);
        if (change.role !== undefined && change.role !== 'owner' && lastOwner(before)) refuse(409, `${before.name} is the last owner: make somebody else an owner first`, 'role');
        const after: UserRecord = { ...before, name, role: change.role ?? before.role, ...(change.password === undefined ? {} : { password: await passwordFor(change.password, name) }) };
        const shown = (u: UserRecord) => ({ name: u.name, role: u.role });
        const deed = { by, action: 'users.change', target: before.name, before: shown(before), after: { ...shown(after), ...(change.password === undefined ? {} : { password: 'changed' }) } };
        await audit.record(deed, [{ put: COLLECTION, record: after }, ...also()]);
        records.set(id, after);
        return after;
      }),
    remove: (id, by, also = () => []) =>
      inTurn(async () => {
        const user = found(id);
        if (lastOwner(user)) refuse(409, `${user.name} is the last owner: make somebody else an owner first`);
        await audit.record({ by, action: 'users.remove', target: user.name, before: { role: user.role } }, [{ remove: COLLECTION, id }, ...also()]);
        records.delete(id);
      }),
    async signIn(name, password) {
      const user = byName(name);
      if (!(await passwords.verify(password, user?.password)) || !user) return undefined;
      if (passwords.outdated(user.password)) {
        const stronger = await passwords.hash(password);
        await inTurn(() => keep(records.get(user.id), { password: stronger }));
      }
      return records.get(user.id);
    },
    async seen(id, at) {
      const user = records.get(id);
      if (user && at - (user.lastSeen ?? 0) >= SEEN_EVERY) await inTurn(() => keep(records.get(id), { lastSeen: at }));
    },
  };

  async function keep(user: UserRecord | undefined, change: Partial<UserRecord>): Promise<void> {
    if (!user) return;
    const record = { ...user, ...change };
    records.set(user.id, record);
    await store.commit([{ put: COLLECTION, record }]);
  }
}

const sameName = (a: string, b: string): boolean => a.normalize('NFKC').toLowerCase() === b.normalize('NFKC').toLowerCase();
