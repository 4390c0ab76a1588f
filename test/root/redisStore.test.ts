/** The shared store with a real server: killed, stopped for a while, and written to by an anchor that lost its lease. */
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectRedis } from '../../cloud/store/redis.ts';
import { CLAIM, redisKeys } from '../../cloud/store/redisKeys.ts';
import { run } from '../../cloud/store/redis.ts';
import { redisStore } from '../../cloud/store/redisStore.ts';
import { until } from '../../lab/processes.ts';
import { startRedis, type RedisServer } from '../../lab/redis.ts';
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

it('a newer version of the store is left alone', async () => {
  const { client, store } = await opened('newer');
  await client.hset(redisKeys('newer').meta, 'version', '2');
  await expect(loadAll(store)).rejects.toThrow(/version 2, and this program knows 1/);
});
