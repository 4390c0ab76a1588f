/** Secrets by the names of their fields: what is written down about a change says that they changed and not to what. */
const SECRET_WORDS: ReadonlySet<string> = new Set(['key', 'keys', 'secret', 'secrets', 'password', 'passwords', 'passphrase', 'psk', 'token', 'tokens', 'credential', 'credentials', 'cookie', 'csrf', 'salt']);

/** In the place of a secret. */
export const NOT_KEPT = '(not kept)';

/** `shared-secret`, `privateKey`, `API_TOKEN` */
export const isSecret = (field: string): boolean =>
  field
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .some((word) => SECRET_WORDS.has(word));

/** A copy, of JSON, with `NOT_KEPT` for the value of every field that is a secret, at any depth. */
export function redacted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redacted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([field, member]) => [field, isSecret(field) && member !== null && member !== undefined ? NOT_KEPT : redacted(member)]));
}
