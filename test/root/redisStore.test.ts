/** The shared store with a real server: killed, stopped for a while, and written to by an anchor that lost its lease. */
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStandby } from '../../cloud/standby/standby.ts';
import { followStore } from '../../cloud/standby/warmCopy.ts';
import { connectRedis, durabilityFault, run } from '../../cloud/store/redis.ts';
import { CLAIM, redisKeys } from '../../cloud/store/redisKeys.ts';
import { redisStore } from '../../cloud/store/redisStore.ts';
import { until } from '../../lab/processes.ts';
import { startRedis, type RedisServer } from '../../lab/redis.ts';
import { now } from '../../runtime/clock.ts';
import { bindingRecord, bindingStoreContract, loadAll } from '../contracts/bindingStore.ts';

const TIMEOUT = 300;
let server: RedisServer;
let names = 0;
const clients: Redis[] = [];

beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => {
  for (const client of clients) client.disconnect();
  await server?.close();
});

async function connected(): Promise<Redis> {
  const client = await connectRedis({ url: server.url, timeout: TIMEOUT }, () => undefined);
  clients.push(client);
  await until('the connection', 5000, () => client.status === 'ready');
  return client;
}

/** An anchor's store, with the lease taken by force. */
async function opened(name: string) {
  const client = await connected();
  const { lease } = redisKeys(name);
  const [token, beat] = await client.hmget(lease, 'token', 'beat');
  const mine = String(await run(client, CLAIM, [lease], [`anchor${clients.length}`, token ?? '', beat ?? '']));
  return { client, store: redisStore({ client, name, token: () => mine }) };
}

bindingStoreContract('redis', async () => {
  const name = `contract${++names}`;
  const { client, store } = await opened(name);
  return {
    store,
    async reopen() {
      await server.process().stop('SIGKILL');
      await server.start();
      return (await opened(name)).store;
    },
    spoil: async (key) => void (await client.hset(redisKeys(name).bindings, key, '["lma1",2,"no identifier"]')),
    async fail() {
      server.process().child.kill('SIGSTOP');
      return async () => void server.process().child.kill('SIGCONT');
    },
    close: async () => client.disconnect(),
  };
});

it('an anchor that lost its lease and does not know stores nothing', async () => {
  const old = await opened('fenced');
  await old.store.commit([{ key: '1', record: bindingRecord(1) }]);
  const next = await opened('fenced');
  await expect(old.store.commit([{ key: '1' }, { key: '2', record: bindingRecord(2) }])).rejects.toThrow(/FENCED/);
  await expect(old.store.keepRestartCounter(5)).rejects.toThrow(/FENCED/);
  expect((await loadAll(next.store)).bindings).toEqual([bindingRecord(1)]);
});

it('a commit that was on its way when its sender gave up undoes no newer one', async () => {
  const { client, store } = await opened('late');
  await store.commit([{ key: '1', record: bindingRecord(1) }]);
  server.process().child.kill('SIGSTOP');
  await expect(store.commit([{ key: '1', record: bindingRecord(1, { sequence: 2 }) }])).rejects.toThrow(/timed out/i);
  client.disconnect(true);
  server.process().child.kill('SIGCONT');
  await until('a commit after it', 5000, () => store.commit([{ key: '1', record: bindingRecord(1, { sequence: 3 }) }]).then(() => true, () => false));
  expect((await loadAll(store)).bindings).toEqual([bindingRecord(1, { sequence: 3 })]);
});

it('a store that is not there says so, in words', async () => {
  const client = await connectRedis({ url: `${server.folder}/nowhere.sock`, timeout: TIMEOUT }, () => undefined);
  clients.push(client);
  await expect(redisStore({ client, name: 'x', token: () => '1' }).commit([{ key: '1' }])).rejects.toThrow(/stream|connect/i);
});

it('a server that may forget what it acknowledged is told of', async () => {
  const other = await startRedis();
  const client = await connectRedis({ url: other.url, timeout: TIMEOUT }, () => undefined);
  try {
    await until('the connection', 5000, () => client.status === 'ready');
    expect(await durabilityFault(client)).toBeUndefined();
    await client.config('SET', 'appendfsync', 'everysec');
    expect(await durabilityFault(client)).toMatch(/appendfsync always/);
    await client.config('SET', 'appendonly', 'no');
    expect(await durabilityFault(client)).toMatch(/appendonly yes/);
  } finally {
    client.disconnect();
    await other.close();
  }
});

it('a server that answers and refuses the lease is told of once, and has its turn when it may', async () => {
  const other = await startRedis();
  const client = await connectRedis({ url: other.url, timeout: TIMEOUT }, () => undefined);
  const told: string[] = [];
  try {
    await until('the connection', 5000, () => client.status === 'ready');
    await client.config('SET', 'maxmemory', '1');
    const refusals = (): number => told.filter((t) => t.startsWith('is refused its lease by the store: OOM')).length;
    const standby = openStandby({ client, keys: redisKeys('full'), self: 'one', times: { duration: 400, margin: 200 }, now, log: (text) => void told.push(text), onKeep: () => undefined });
    await until('it to be told', 5000, () => refusals() > 0);
    const looks = async (): Promise<number> => Number(/cmdstat_hmget:calls=(\d+)/.exec(await client.info('commandstats'))?.[1]);
    const before = await looks();
    await until('some more tries', 5000, async () => (await looks()) > before + 3);
    expect(refusals()).toBe(1);
    await client.config('SET', 'maxmemory', '0');
    await standby.begun;
    await standby.stop();
  } finally {
    client.disconnect();
    await other.close();
  }
});

it('a newer version of the store is left alone', async () => {
  const { client, store } = await opened('newer');
  await client.hset(redisKeys('newer').meta, 'version', '2');
  await expect(loadAll(store)).rejects.toThrow(/version 2, and this program knows 1/);
});

it('a copy that follows the commits is that of the store, also after the connection was lost', async () => {
  const { client, store } = await opened('warm');
  await loadAll(store);
  await store.commit([1, 2, 3].map((n) => ({ key: String(n), record: bindingRecord(n) })));
  const copy = followStore(client, redisKeys('warm'));
  try {
    await until('the copy', 5000, () => copy.at(1)?.size === 3);
    await store.commit([{ key: '1' }, { key: '4', record: bindingRecord(4) }]);
    await until('the next commit', 5000, () => copy.at(2) !== undefined);
    expect([...(copy.at(2) ?? [])].map(([key]) => key).toSorted()).toEqual(['2', '3', '4']);
    expect(copy.at(1)).toBeUndefined();
    await server.process().stop('SIGKILL');
    await server.start();
    await until('a commit', 5000, () => store.commit([{ key: '2' }]).then(() => true, () => false));
    await until('the copy after it', 5000, () => copy.at(3)?.size === 2);
    const warm = redisStore({ client, name: 'warm', token: () => undefined, warm: (commits) => copy.at(commits) });
    expect((await loadAll(warm)).bindings).toEqual([bindingRecord(3), bindingRecord(4)]);
  } finally {
    copy.close();
  }
});
