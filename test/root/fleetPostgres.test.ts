/** The fleet's store in a real PostgreSQL: killed, stopped for a while, shut off, and opened by two processes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FleetStore } from '../../cloud/fleet/ports.ts';
import { MIGRATIONS, migrate } from '../../cloud/fleet/store/migrations.ts';
import { openPostgresStore } from '../../cloud/fleet/store/postgresStore.ts';
import { startPostgres, type PostgresServer } from '../../lab/postgres.ts';
import { fleetStoreContract } from '../contracts/fleetStore.ts';

let server: PostgresServer;
let names = 0;
const opened: FleetStore[] = [];
const told: string[] = [];

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  for (const store of opened) await store.close();
  await server?.close();
});

function database(): string {
  const name = `fleet${++names}`;
  server.create(name);
  return name;
}

async function open(name: string, patience = 5000): Promise<FleetStore> {
  const store = await openPostgresStore({ connection: server.connection(name), onError: (e) => told.push(e.message), patience });
  opened.push(store);
  return store;
}

/** By hand, beside the store. */
async function sql(name: string, text: string): Promise<unknown[]> {
  const client = new pg.Client(server.connection(name));
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

const restart = async (): Promise<void> => {
  await server.process().stop('SIGQUIT');
  await server.start();
};

fleetStoreContract('postgresql', async () => {
  const name = database();
  let store = await open(name, 700);
  return {
    store,
    async reopen() {
      await store.close();
      store = await open(name, 700);
      return store;
    },
    async fail() {
      await server.process().stop('SIGQUIT');
      return () => server.start();
    },
    close: () => store.close(),
  };
}, 6);

it('a second cloud process is refused in words, and has its turn when the first has ended', async () => {
  const name = database();
  const first = await open(name);
  await expect(open(name, 200)).rejects.toThrow(/in use by another cloud process/);
  await first.commit([{ put: 'groups', record: { id: 'a' } }]);
  await first.close();
  expect(await (await open(name)).list('groups')).toEqual([{ id: 'a' }]);
});

it('a server that comes back within the patience is not noticed by who commits and reads', async () => {
  const store = await open(database(), 20_000);
  await store.commit([{ append: 'events', record: { at: 1 } }]);
  await server.process().stop('SIGQUIT');
  const waiting = Promise.all([store.commit([{ append: 'events', record: { at: 2 } }]), store.commit([{ append: 'events', record: { at: 3 } }]), store.read('events')]);
  await server.start();
  await waiting;
  expect((await store.read('events')).map((l) => [l.number, l.at])).toEqual([[1, 1], [2, 2], [3, 3]]);
});

/** Between store and server; `cut` drops the connection when the next COMMIT was answered, before the client sees that. */
async function proxy(): Promise<{ readonly folder: string; cut(): void; readonly cuts: () => number; close(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'rs-pgp-'));
  const sockets = new Set<Socket>();
  let armed = false;
  let cuts = 0;
  const listener = createServer((client) => {
    const onward = createConnection(join(server.folder, '.s.PGSQL.5432'));
    for (const s of [client, onward]) sockets.add(s.on('error', () => undefined));
    client.on('data', (octets) => onward.write(octets)).on('close', () => onward.destroy());
    onward.on('close', () => client.destroy()).on('data', (octets) => {
      if (!armed || !octets.includes('COMMIT\0')) return void client.write(octets);
      armed = false;
      cuts += 1;
      client.destroy();
    });
  });
  await new Promise<void>((resolve) => listener.listen(join(folder, '.s.PGSQL.5432'), resolve));
  return {
    folder,
    cut: () => void (armed = true),
    cuts: () => cuts,
    close() {
      listener.close();
      for (const s of sockets) s.destroy();
      rmSync(folder, { recursive: true });
    },
  };
}

it('a commit that happened, and whose answer was lost, happens once, and what is refused in it stays refused', async () => {
  const name = database();
  const between = await proxy();
  const store = await openPostgresStore({ connection: { ...server.connection(name), host: between.folder }, onError: () => undefined, patience: 10_000 });
  try {
    for (let i = 1; i <= 3; i++) {
      between.cut();
      const outcomes = await Promise.allSettled([
        store.commit([{ append: 'events', record: { at: i } }, { put: 'groups', record: { id: `g${i}` } }]),
        store.commit([{ append: 'events', record: { at: -1 }, number: 1 }]),
      ]);
      expect(outcomes.map((o) => o.status)).toEqual(['fulfilled', 'rejected']);
    }
    expect(between.cuts()).toBe(3);
    expect((await store.read('events')).map((l) => [l.number, l.at])).toEqual([[1, 1], [2, 2], [3, 3]]);
  } finally {
    await store.close();
    between.close();
  }
});

it('sessions that the server ends, again and again, cost no commit', async () => {
  const name = database();
  const store = await open(name);
  for (let i = 0; i < 20; i++) {
    const committed = store.commit([{ append: 'events', record: { at: i } }]);
    await sql(name, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
    await committed;
  }
  expect((await store.read('events')).map((l) => [l.number, l.at])).toEqual(Array.from({ length: 20 }, (_, i) => [i + 1, i]));
});

it('what was acknowledged is there after the server was killed, and nothing by halves', async () => {
  const name = database();
  const store = await open(name, 20_000);
  const acknowledged: number[] = [];
  const writing = Array.from({ length: 40 }, (_, i) => store.commit([{ put: 'groups', record: { id: `g${i}` } }, { append: 'events', record: { at: i } }]).then(() => acknowledged.push(i), () => undefined));
  await restart();
  await Promise.all(writing);
  const groups = (await store.list('groups')).map((g) => Number(g.id.slice(1))).sort((a, b) => a - b);
  const lines = (await store.read('events')).map((l) => l.at);
  expect(groups).toEqual(lines);
  expect(acknowledged.filter((i) => !lines.includes(i))).toEqual([]);
  expect(new Set(lines).size).toBe(lines.length);
});

it('a server that is not there, a database that is not there and a door that is shut are told apart', async () => {
  const at = (change: object) => openPostgresStore({ connection: { ...server.connection(), ...change }, onError: () => undefined, patience: 100 });
  await expect(at({ host: '/nowhere' })).rejects.toThrow(/has not answered for 0.1 s .*ENOENT/);
  await expect(at({ database: 'none' })).rejects.toThrow(/createdb -O postgres none/);
  await expect(at({ user: 'nobody' })).rejects.toThrow(/does not let nobody in/);
});

it('migrations run once, in order, all or nothing, and a newer database is left alone', async () => {
  const name = database();
  await (await open(name)).close();
  await (await open(name)).close();
  expect(await sql(name, 'SELECT number, name FROM migrations ORDER BY number')).toEqual(MIGRATIONS.map((m, i) => ({ number: i + 1, name: m.name })));
  const client = new pg.Client(server.connection(name));
  await client.connect();
  try {
    const broken = [...MIGRATIONS, { name: 'good', sql: 'CREATE TABLE one (a int)' }, { name: 'half', sql: 'CREATE TABLE two (a int); CREATE TABLE one (a int)' }];
    await expect(migrate(client, broken)).rejects.toThrow(/migration 3 \(half\) failed, and nothing of it was done/);
    expect((await client.query("SELECT to_regclass('one') AS one, to_regclass('two') AS two")).rows).toEqual([{ one: 'one', two: null }]);
  } finally {
    await client.end();
  }
  await expect(open(name, 200)).rejects.toThrow(/has migration 2, and this program knows 1/);
});

it('a home\'s and a subscriber\'s lines are found by an index', async () => {
  const name = database();
  const store = await open(name);
  await store.commit(Array.from({ length: 3000 }, (_, i) => ({ append: 'handovers', record: { at: i, home: `gw-${i % 100}`, subscriber: `mn-${i % 500}` } as { at: number } })));
  await sql(name, 'ANALYZE lines');
  for (const column of ['home', 'subscriber']) expect(JSON.stringify(await sql(name, `EXPLAIN SELECT * FROM lines WHERE stream = 'handovers' AND ${column} = 'gw-1' ORDER BY number DESC LIMIT 10`))).toMatch(`lines_${column}`);
  expect((await store.read('handovers', { where: { subscriber: 'mn-7' }, newestFirst: true, limit: 2 })).map((l) => l.at)).toEqual([2507, 2007]);
});

it('a server that does not wait for its disk is told of', async () => {
  const other = await startPostgres({ settings: ['fsync=off'] });
  const errors: string[] = [];
  try {
    const store = await openPostgresStore({ connection: other.connection(), onError: (e) => errors.push(e.message) });
    await store.close();
    expect(errors).toEqual([expect.stringMatching(/fsync = off/)]);
    expect(told).toEqual([]);
  } finally {
    await other.close();
  }
});
