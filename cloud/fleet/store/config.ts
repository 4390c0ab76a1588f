/** `store:` of cloud.yaml. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as v from 'valibot';

const text = v.pipe(v.string(), v.minLength(1));

/** `files` is the state directory's own folder. The password may stand in a file, or in the user's `.pgpass`. */
export const storeSchema = v.union([
  v.literal('files'),
  v.strictObject({
    postgresql: v.strictObject({
      /** A name, an address, or the folder of the server's socket. */
      host: v.optional(text, '/var/run/postgresql'),
      port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)), 5432),
      database: v.optional(text, 'roamstead'),
      user: v.optional(text, 'roamstead'),
      'password-file': v.optional(text),
      /** A file with the authority of the server's certificate; with it the connection is TLS. */
      authority: v.optional(text),
    }),
  }),
]);
export type StoreConfig = v.InferOutput<typeof storeSchema>;
export type PostgresConfig = Exclude<StoreConfig, 'files'>['postgresql'];

/** With the names of its files as this process finds them. @param folder that they are relative to */
export function storeIn(folder: string, store: StoreConfig): StoreConfig {
  if (store === 'files') return store;
  const { 'password-file': password, authority } = store.postgresql;
  return { postgresql: { ...store.postgresql, ...(password !== undefined && { 'password-file': resolve(folder, password) }), ...(authority !== undefined && { authority: resolve(folder, authority) }) } };
}

/** As pg takes it. @throws Error of the file system when a file cannot be read */
export const connectionOf = (c: PostgresConfig) => ({
  host: c.host,
  port: c.port,
  database: c.database,
  user: c.user,
  application_name: 'roamstead',
  ...(c['password-file'] !== undefined && { password: readFileSync(c['password-file'], 'utf8').trim() }),
  ...(c.authority !== undefined && { ssl: { ca: readFileSync(c.authority, 'utf8') } }),
});
export type Connection = ReturnType<typeof connectionOf>;
