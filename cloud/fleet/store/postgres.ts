/**
 * Connections to PostgreSQL. One of them writes, and holds an advisory lock: as long as it lives no other process writes to this
 * database. When connections are lost they are made anew, with growing pauses, until the caller's patience ends.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, CustomTypesConfig, Pool } from 'pg';
import { FleetStoreError } from '../ports.ts';
import type { Connection } from './config.ts';
import { fromJsonb } from './jsonb.ts';
import { migrate } from './migrations.ts';

export interface PostgresOptions {
  readonly connection: Connection;
  readonly onError: (error: Error) => void;
  /** Milliseconds for which a server that is away, or a lock that another has, is waited for. */
  readonly patience?: number;
}

/** What the writer found when it got the lock. */
export interface Found {
  readonly last: ReadonlyMap<string, number>;
  readonly commits: number;
  /** Of whoever wrote last. */
  readonly token: string;
}

export interface Postgres {
  /** Runs this on the writing connection; one at a time. `begun`: with this what a new connection finds, first. @throws FleetStoreError */
  write<T>(run: (client: Client) => Promise<T>, begun: (found: Found) => void): Promise<T>;
  /** @throws FleetStoreError */
  read<T>(run: (pool: Pool) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** In a database there is one fleet. */
const LOCK = 7_218_305_213;
const PATIENCE = 10_000;
/** A server that took the question and does not answer. */
const QUERY_TIMEOUT = 30_000;
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 1000;
const READERS = 4;
const JSONB = 3802;
/** Why there is no writer: another has the lock, and perhaps its connection is about to be noticed as dead. */
const TAKEN = 'taken';

export async function openPostgres({ connection, onError, patience = PATIENCE }: PostgresOptions): Promise<Postgres> {
  // Loaded here, because a gateway has no use for it and may not have it.
  const { default: pg } = await import('pg');
  const getTypeParser = ((oid: number, format: 'text') => (oid === JSONB ? fromJsonb : pg.types.getTypeParser(oid, format))) as CustomTypesConfig['getTypeParser'];
  const options = { ...connection, types: { getTypeParser }, keepAlive: true, connectionTimeoutMillis: patience, query_timeout: QUERY_TIMEOUT };
  const where = `PostgreSQL (${connection.database} at ${connection.host}:${connection.port})`;
  const pool = new pg.Pool({ ...options, max: READERS });
  pool.on('error', () => undefined);
  let writer: Client | undefined;
  let toldOfFsync = false;

  /** The server or the way to it is away; anything else is an answer. */
  const isAway = (e: unknown): boolean => !(e instanceof FleetStoreError) && !(e instanceof pg.DatabaseError && !/^(08|57P0|53300)/.test(e.code ?? ''));

  async function patiently<T>(run: () => Promise<T>): Promise<T> {
    const end = performance.now() + patience;
    for (let wait = FIRST_PAUSE; ; wait = Math.min(LONGEST_PAUSE, wait * 2)) {
      try {
        return await run();
      } catch (e) {
        if (!(isAway(e) || (e as Error).cause === TAKEN)) throw inWords(e);
        if (performance.now() + wait > end) throw inWords(e);
        await pause(wait);
      }
    }
  }

  function inWords(e: unknown): FleetStoreError {
    if (e instanceof FleetStoreError) return e;
    const { message, code } = e as { readonly message: string; readonly code?: string };
    const said = message === '' ? (code ?? 'no reason was given') : message;
    if (isAway(e)) return new FleetStoreError(`${where} has not answered for ${patience / 1000} s (${said}): it is tried again with the next request`, { cause: e });
    if (code === '53100') return new FleetStoreError(`the disk of ${where} is full: make room there, and it goes on by itself`, { cause: e });
    if (code?.startsWith('28') === true || code === '42501') return new FleetStoreError(`${where} does not let ${connection.user} in (${said}): look at its pg_hba.conf, the password and the rights`, { cause: e });
    if (code === '3D000') return new FleetStoreError(`${where}: ${said}; make it with: createdb -O ${connection.user} ${connection.database}`, { cause: e });
    return new FleetStoreError(`${where}: ${said}`, { cause: e });
  }

  async function connected(begun: (found: Found) => void): Promise<Client> {
    if (writer) return writer;
    const client = new pg.Client(options);
    client.on('error', () => lose(client));
    client.on('end', () => lose(client));
    try {
      await client.connect();
      const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [LOCK]);
      if (rows[0]?.taken !== true) throw new FleetStoreError(`${where} is in use by another cloud process, and only one may write: stop that one, or give this one a database of its own`, { cause: TAKEN });
      await client.query('SET synchronous_commit TO on');
      await migrate(client);
      begun(await look(client));
      await warn(client);
    } catch (e) {
      await client.end().catch(() => undefined);
      throw e;
    }
    writer = client;
    return client;
  }

  /** A server that does not wait for its disk breaks what `commit` promises. */
  async function warn(client: Client): Promise<void> {
    const { rows } = await client.query<{ fsync: string }>('SHOW fsync');
    if (rows[0]?.fsync === 'off' && !toldOfFsync) onError(new FleetStoreError(`${where} has fsync = off: after a power cut it forgets what it acknowledged, or is damaged`));
    toldOfFsync = true;
  }

  function lose(client: Client): void {
    if (writer !== client) return;
    writer = undefined;
    client.end().catch(() => undefined);
  }

  return {
    write: (run, begun) =>
      patiently(async () => {
        const client = await connected(begun);
        try {
          return await run(client);
        } catch (e) {
          if (isAway(e)) lose(client);
          else await client.query('ROLLBACK').catch(() => lose(client));
          throw e;
        }
      }),
    read: (run) => patiently(() => run(pool)),
    async close() {
      const client = writer;
      writer = undefined;
      await Promise.all([client?.end().catch(() => undefined), pool.end()]);
    },
  };
}

async function look(client: Client): Promise<Found> {
  const streams = await client.query<{ stream: string; last: string }>('SELECT stream, last FROM streams');
  const { rows } = await client.query<{ commits: string; token: string }>('SELECT commits, token FROM writer');
  const [row] = rows;
  if (!row) throw new FleetStoreError('the table "writer" is empty: the database was changed by hand; restore it from a copy');
  return { last: new Map(streams.rows.map((r) => [r.stream, Number(r.last)])), commits: Number(row.commits), token: row.token };
}
