/** The fleet's store in PostgreSQL, for thousands of homes and long histories. Commits that wait go into one transaction. */
import { createHash, randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { FleetStoreError, type Stored, type Streamed, type StreamQuery } from '../ports.ts';
import { createGroup } from './group.ts';
import { encodeText, toJsonb } from './jsonb.ts';
import { openPostgres, type Found, type PostgresOptions } from './postgres.ts';
import { mentionsOf, named, planned, stepsOf, type Numbered, type Step, type WholeStore } from './steps.ts';

interface Row {
  readonly number: string;
  readonly at: number;
  readonly record: Readonly<Record<string, unknown>>;
}

/** Deleted by one statement, so that commits have their turn in between. */
const PURGE_PART = 20_000;
/** Fields with a column and an index of their own. */
const COLUMNS = ['home', 'subscriber'] as const;

/** A statement that the server prepares once for each connection. */
const statement = (text: string, values: readonly unknown[]) => ({ name: createHash('sha256').update(text).digest('hex').slice(0, 20), text, values: [...values] });

/** @throws FleetStoreError in words: the server is away, somebody else writes to it, a newer program made the tables */
export async function openPostgresStore(options: PostgresOptions): Promise<WholeStore> {
  const postgres = await openPostgres(options);
  const token = randomUUID();
  const last = new Map<string, number>();
  let found: Found | undefined;
  let closed = false;

  /** A new connection: what is there counts, not what was thought. */
  function begun(now: Found): void {
    found = now;
    last.clear();
    for (const [stream, number] of now.last) last.set(stream, number);
  }

  const group = createGroup<readonly Step[]>(async (batch) => {
    /** Of the attempt whose answer did not come, and what that is to be. */
    let expected: number | undefined;
    let outcome: readonly (FleetStoreError | undefined)[] = [];
    return postgres.write(async (client) => {
      const { commits, token: writtenBy } = found as Found;
      if (expected !== undefined && commits >= expected) {
        if (writtenBy === token && commits === expected) return outcome;
        throw new FleetStoreError('the connection was lost during the commit, and another process has written since: it may have happened or not');
      }
      const before = new Map(last);
      const plan = planned(batch, last);
      expected = commits + 1;
      outcome = plan.map((p) => (p instanceof Error ? p : undefined));
      try {
        await transact(client, plan.flatMap((p) => (p instanceof Error ? [] : p)), [token, expected]);
      } catch (e) {
        last.clear();
        for (const [stream, number] of before) last.set(stream, number);
        throw e;
      }
      found = { ...(found as Found), commits: expected, token };
      return outcome;
    }, begun);
  });

  function usable(): void {
    if (closed) throw new FleetStoreError('the store is closed');
  }

  try {
    await postgres.write(async () => undefined, begun);
  } catch (e) {
    await postgres.close();
    throw e;
  }

  return {
    async get<T extends Stored>(collection: string, id: string) {
      usable();
      const { rows } = await postgres.read((pool) => pool.query<Row>(statement('SELECT record FROM records WHERE collection = $1 AND id = $2', [collection, id])));
      return rows[0]?.record as T | undefined;
    },
    async list<T extends Stored>(collection: string) {
      usable();
      const { rows } = await postgres.read((pool) => pool.query<Row>(statement('SELECT record FROM records WHERE collection = $1', [collection])));
      return rows.map((r) => r.record as T).sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    async commit(changes) {
      usable();
      if (changes.length > 0) await group.add(stepsOf(changes));
    },
    async read<T extends Streamed>(stream: string, query: StreamQuery = {}) {
      usable();
      const { rows } = await postgres.read((pool) => pool.query<Row>(selection(stream, query)));
      return rows.map(({ number, at, record }) => ({ ...record, at, number: Number(number) }) as T & { readonly number: number });
    },
    async purge(stream, before) {
      named(stream);
      for (let gone = 0; ; ) {
        usable();
        const text = 'DELETE FROM lines WHERE stream = $1 AND number IN (SELECT number FROM lines WHERE stream = $1 AND at < $2 LIMIT $3)';
        const { rowCount } = await group.alone(() => postgres.write((client) => client.query(statement(text, [stream, before, PURGE_PART])), begun));
        gone += rowCount ?? 0;
        if ((rowCount ?? 0) < PURGE_PART) return gone;
      }
    },
    async names() {
      usable();
      const { rows } = await postgres.read((pool) => pool.query<{ name: string; stream: boolean }>('SELECT stream AS name, true AS stream FROM streams UNION SELECT collection, false FROM records ORDER BY name'));
      return { collections: rows.filter((r) => !r.stream).map((r) => r.name), streams: rows.filter((r) => r.stream).map((r) => r.name) };
    },
    async close() {
      if (closed) return;
      closed = true;
      await group.alone(() => postgres.close());
    },
  };
}

function selection(stream: string, query: StreamQuery) {
  const { from, to, after, before, where = {}, newestFirst = false, limit } = query;
  const mentions = mentionsOf(query);
  const values: unknown[] = [stream];
  const bound = (value: unknown): string => `$${values.push(value)}`;
  const conditions = ['stream = $1'];
  if (from !== undefined) conditions.push(`at >= ${bound(from)}::float8`);
  if (to !== undefined) conditions.push(`at <= ${bound(to)}::float8`);
  if (after !== undefined) conditions.push(`number > ${bound(after)}::bigint`);
  if (before !== undefined) conditions.push(`number < ${bound(before)}::bigint`);
  for (const [key, value] of Object.entries(where)) {
    if (COLUMNS.some((c) => c === key) && typeof value === 'string') conditions.push(`${key} = ${bound(encodeText(value))}`);
    else if (key === 'at' || key === 'number') conditions.push(typeof value === 'number' ? `${key} = ${bound(value)}::float8` : 'false');
    else conditions.push(`record -> ${bound(encodeText(key))}::text = ${bound(toJsonb(JSON.stringify(value)))}::jsonb`);
  }
  if (mentions) conditions.push(mentions.length === 0 ? 'false' : `(${mentions.map((word) => `position(${bound(word)} in record::text) > 0`).join(' OR ')})`);
  const most = limit === undefined ? '' : ` LIMIT ${bound(limit)}::bigint`;
  return statement(`SELECT number, at, record FROM lines WHERE ${conditions.join(' AND ')} ORDER BY number ${newestFirst ? 'DESC' : 'ASC'}${most}`, values);
}

/** All of it in one transaction, which leaves its number: after a lost connection that says whether it happened. */
async function transact(client: Client, steps: readonly Numbered[], [token, commits]: readonly [string, number]): Promise<void> {
  const records = new Map<string, { readonly name: string; readonly id: string; readonly text: string | undefined }>();
  const lines = new Map<string, Extract<Numbered, { readonly kind: 'append' }>>();
  const dropped: { readonly name: string; readonly number: number }[] = [];
  const last = new Map<string, number>();
  for (const step of steps) {
    if (step.kind === 'put' || step.kind === 'remove') records.set(`${step.name} ${step.id}`, { name: step.name, id: step.id, text: step.kind === 'put' ? toJsonb(step.text) : undefined });
    else if (step.kind === 'append') {
      lines.set(`${step.name} ${step.number}`, step);
      last.set(step.name, step.number);
    } else for (const number of step.numbers) if (!lines.delete(`${step.name} ${number}`)) dropped.push({ name: step.name, number });
  }
  const puts = [...records.values()].filter((r) => r.text !== undefined);
  const removes = [...records.values()].filter((r) => r.text === undefined);
  const added = [...lines.values()].map((l) => ({ ...l, text: toJsonb(l.text) }));
  const fields = added.map((l) => JSON.parse(l.text) as Readonly<Record<string, unknown>>);
  const column = (key: string) => fields.map((f) => (Object.hasOwn(f, key) && typeof f[key] === 'string' ? f[key] : null));
  const run = async (rows: readonly unknown[], text: string, ...values: readonly (readonly unknown[])[]): Promise<void> => {
    if (rows.length > 0) await client.query(statement(text, values));
  };

  await client.query('BEGIN');
  await run(removes, 'DELETE FROM records r USING unnest($1::text[], $2::text[]) AS d (collection, id) WHERE r.collection = d.collection AND r.id = d.id', removes.map((r) => r.name), removes.map((r) => r.id));
  await run(puts, 'INSERT INTO records SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[]) ON CONFLICT (collection, id) DO UPDATE SET record = excluded.record', puts.map((r) => r.name), puts.map((r) => r.id), puts.map((r) => r.text));
  await run(dropped, 'DELETE FROM lines l USING unnest($1::text[], $2::bigint[]) AS d (stream, number) WHERE l.stream = d.stream AND l.number = d.number', dropped.map((d) => d.name), dropped.map((d) => d.number));
  await run(added, 'INSERT INTO lines SELECT * FROM unnest($1::text[], $2::bigint[], $3::float8[], $4::text[], $5::text[], $6::jsonb[])', added.map((l) => l.name), added.map((l) => l.number), added.map((l) => l.at), ...COLUMNS.map(column), added.map((l) => l.text));
  await run([...last], 'INSERT INTO streams SELECT * FROM unnest($1::text[], $2::bigint[]) ON CONFLICT (stream) DO UPDATE SET last = excluded.last', [...last.keys()], [...last.values()]);
  await client.query(statement('UPDATE writer SET commits = $1, token = $2', [commits, token]));
  await client.query('COMMIT');
}
