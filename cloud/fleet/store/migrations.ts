/** The tables in PostgreSQL, one step after the other; a step that was ever released is not changed any more. */
import type { ClientBase } from 'pg';
import { FleetStoreError } from '../ports.ts';

export interface Migration {
  readonly name: string;
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  {
    name: 'collections and streams',
    sql: `
      CREATE TABLE records (
        collection text NOT NULL,
        id text NOT NULL,
        record jsonb NOT NULL,
        PRIMARY KEY (collection, id)
      );
      CREATE TABLE streams (
        stream text PRIMARY KEY,
        last bigint NOT NULL
      );
      CREATE TABLE lines (
        stream text NOT NULL,
        number bigint NOT NULL,
        at double precision NOT NULL,
        home text,
        subscriber text,
        record jsonb NOT NULL,
        PRIMARY KEY (stream, number)
      );
      CREATE INDEX lines_at ON lines (stream, at);
      CREATE INDEX lines_home ON lines (stream, home, number) WHERE home IS NOT NULL;
      CREATE INDEX lines_subscriber ON lines (stream, subscriber, number) WHERE subscriber IS NOT NULL;
      CREATE TABLE writer (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        commits bigint NOT NULL,
        token text NOT NULL
      );
      INSERT INTO writer (commits, token) VALUES (0, '');
    `,
  },
];

/** Milliseconds: a large table takes its time. */
const LONGEST = 86_400_000;

/** By whoever has the lock alone; each step in a transaction of its own. @throws FleetStoreError for a database of a newer program */
export async function migrate(client: ClientBase, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  await client.query('CREATE TABLE IF NOT EXISTS migrations (number integer PRIMARY KEY, name text NOT NULL, at timestamptz NOT NULL DEFAULT now())');
  const { rows } = await client.query<{ number: number }>('SELECT number FROM migrations ORDER BY number');
  const done = rows.at(-1)?.number ?? 0;
  if (done > migrations.length) throw new FleetStoreError(`the database has migration ${done}, and this program knows ${migrations.length}: start the program that made it`);
  for (const [index, { name, sql }] of migrations.entries()) {
    if (index < done) continue;
    await client.query('BEGIN');
    try {
      const step = { text: sql, query_timeout: LONGEST };
      await client.query(step);
      await client.query('INSERT INTO migrations (number, name) VALUES ($1, $2)', [index + 1, name]);
      await client.query('COMMIT');
    } catch (e) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw new FleetStoreError(`migration ${index + 1} (${name}) failed, and nothing of it was done: ${(e as Error).message}`, { cause: e });
    }
  }
}
