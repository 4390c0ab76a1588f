/** What is kept of people, sessions and tokens, below the routes: races, bounds and what a restart finds. */
import { describe, expect, it } from 'vitest';
import { createPasswords } from '../../../cloud/api/passwords.ts';
import { openSessions } from '../../../cloud/api/sessions.ts';
import { openTokens } from '../../../cloud/api/tokens.ts';
import { openUsers, type UserRecord } from '../../../cloud/api/users.ts';
import { createAudit } from '../../../cloud/fleet/audit.ts';
import { createMemoryStore } from '../memoryStore.ts';
import { apiWorld, PASSWORD, QUICK } from './world.ts';

const client = { ip: '192.0.2.1', agent: 'test' };
const kept = () => {
  const clock = { at: 1_000_000 };
  const now = () => clock.at;
  const store = createMemoryStore();
  return { clock, now, store, audit: createAudit({ store, now, onError: () => undefined }) };
};

describe('sessions', () => {
  it('one that ended is not written once more by whoever still uses it', async () => {
    const { clock, now, store } = kept();
    const sessions = await openSessions({ store, now });
    const { record } = await sessions.begin('ana', client);
    clock.at += 120_000;
    await Promise.all([sessions.end([record.id]), sessions.seen(record, '192.0.2.2')]);
    await sessions.seen(record, '192.0.2.2');
    expect([await store.list('sessions'), sessions.all()]).toEqual([[], []]);
  });

  it('are used without a write more than once a minute', async () => {
    const { clock, now, store } = kept();
    const sessions = await openSessions({ store, now });
    const { secret } = await sessions.begin('ana', client);
    for (let i = 0; i < 100; i++) {
      clock.at += 1000;
      const found = sessions.find(secret);
      if (found) await sessions.seen(found, '192.0.2.1');
    }
    expect(store.commits).toHaveLength(2);
  });

  it('of one user are so many; the one that was used longest ago makes room', async () => {
    const { clock, now, store } = kept();
    const sessions = await openSessions({ store, now });
    const ended: string[] = [];
    sessions.onEnd((ids) => ended.push(...ids));
    const first = await sessions.begin('ana', client);
    const other = await sessions.begin('bea', client);
    for (let i = 0; i < 20; i++) {
      clock.at += 1;
      await sessions.begin('ana', client);
    }
    expect([ended, sessions.of('ana').length, sessions.find(other.secret)?.userId, (await store.list('sessions')).length]).toEqual([[first.record.id], 20, 'bea', 21]);
  });

  it('end at once even when that cannot be stored', async () => {
    const { now, store } = kept();
    const sessions = await openSessions({ store, now });
    const { secret, record } = await sessions.begin('ana', client);
    store.refuse('the disk is full');
    await expect(sessions.end([record.id])).rejects.toThrow('the disk is full');
    expect(sessions.find(secret)).toBeUndefined();
  });

  it('a long name of a browser is cut', async () => {
    const { now, store } = kept();
    expect((await (await openSessions({ store, now })).begin('ana', { ip: '', agent: 'x'.repeat(5000) })).record.agent).toHaveLength(200);
  });
});

describe('tokens', () => {
  it('one that was removed is not written once more, and those who listen know', async () => {
    const { clock, now, store, audit } = kept();
    const tokens = await openTokens({ store, audit, now });
    const ended: string[] = [];
    tokens.onEnd((id) => ended.push(id));
    const { record } = await tokens.add({ name: 'x', role: 'viewer' }, 'ana');
    clock.at += 120_000;
    await Promise.all([tokens.remove(record.id, 'ana'), tokens.used(record)]);
    await tokens.used(record);
    expect([await store.list('tokens'), ended, tokens.alive(record.id)]).toEqual([[], [record.id], false]);
  });

  it('are there after a restart', async () => {
    const { now, store, audit } = kept();
    const { secret } = await (await openTokens({ store, audit, now })).add({ name: 'x', role: 'operator' }, 'ana');
    expect((await openTokens({ store, audit, now })).find(secret)?.role).toBe('operator');
  });

  it('are so many and no more', async () => {
    const { now, store, audit } = kept();
    const tokens = await openTokens({ store, audit, now });
    for (let i = 0; i < 200; i++) await tokens.add({ name: `token ${i}`, role: 'viewer' }, 'ana');
    await expect(tokens.add({ name: 'one more', role: 'viewer' }, 'ana')).rejects.toThrow('there are 200 tokens');
  });
});

describe('users', () => {
  it('a hash of less work is made anew when its user signs in', async () => {
    const { now, store, audit } = kept();
    const weak = await openUsers({ store, audit, now, passwords: createPasswords(QUICK) });
    const { id } = await weak.add({ name: 'ana', role: 'owner', password: PASSWORD }, 'test');
    const strong = await openUsers({ store, audit, now, passwords: createPasswords({ ...QUICK, n: 16 }) });
    expect(await strong.signIn('ana', 'not this one')).toBeUndefined();
    expect((await store.get<UserRecord>('users', id))?.password.n).toBe(2);
    expect((await strong.signIn('ANA', PASSWORD))?.name).toBe('ana');
    expect((await store.get<UserRecord>('users', id))?.password.n).toBe(16);
    expect((await strong.signIn('ana', PASSWORD))?.id).toBe(id);
  });

  it('one that was removed is not written once more', async () => {
    const { clock, now, store, audit } = kept();
    const users = await openUsers({ store, audit, now, passwords: createPasswords(QUICK) });
    await users.add({ name: 'ana', role: 'owner', password: PASSWORD }, 'test');
    const { id } = await users.add({ name: 'bea', role: 'viewer', password: PASSWORD }, 'test');
    clock.at += 120_000;
    await Promise.all([users.remove(id, 'ana'), users.seen(id, clock.at)]);
    expect((await store.list<UserRecord>('users')).map((u) => u.name)).toEqual(['ana']);
  });

  it('names that look the same are the same', async () => {
    const { now, store, audit } = kept();
    const users = await openUsers({ store, audit, now, passwords: createPasswords(QUICK) });
    await users.add({ name: 'Ana', role: 'owner', password: PASSWORD }, 'test');
    // Full-width letters.
    await expect(users.add({ name: '\uff21\uff4e\uff41', role: 'viewer', password: PASSWORD }, 'test')).rejects.toThrow('there is a user Ana already');
  });

  it('whoever took over a browser cannot guess at the password there', async () => {
    const world = await apiWorld();
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push((await world.ask('PUT', '/session/password', { as: 'viewer', body: { current: `guess ${i}`, password: 'some other words' } })).status);
    expect(statuses).toEqual([400, 400, 400, 400, 429]);
  });
});
