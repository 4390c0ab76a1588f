/** When two values are equal, as the tests mean it: fields that are undefined do not count, everything else does. */

const ASYMMETRIC = Symbol('asymmetric');

interface Asymmetric {
  readonly [ASYMMETRIC]: (is: unknown) => boolean;
}

/** A wanted value that says itself what it equals. */
export const asymmetric = (holds: (is: unknown) => boolean): Asymmetric => ({ [ASYMMETRIC]: holds });

const isAsymmetric = (value: unknown): value is Asymmetric => typeof value === 'object' && value !== null && ASYMMETRIC in value;
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const isOctets = (value: unknown): value is ArrayLike<number> => ArrayBuffer.isView(value) && !(value instanceof DataView);
const keysOf = (value: object): string[] => Object.keys(value).filter((k) => (value as Record<string, unknown>)[k] !== undefined);

function compare(is: unknown, wanted: unknown, fields: (is: Readonly<Record<string, unknown>>, wanted: Readonly<Record<string, unknown>>) => boolean): boolean {
  if (isAsymmetric(wanted)) return wanted[ASYMMETRIC](is);
  if (Object.is(is, wanted)) return true;
  if (!isObject(is) || !isObject(wanted)) return false;
  if (isOctets(is) || isOctets(wanted)) return isOctets(is) && isOctets(wanted) && is.constructor === wanted.constructor && equal(Array.from(is), Array.from(wanted));
  if (Array.isArray(is) || Array.isArray(wanted)) {
    const inner = (a: unknown, b: unknown) => compare(a, b, fields);
    return Array.isArray(is) && Array.isArray(wanted) && is.length === wanted.length && wanted.every((w, i) => inner(is[i], w));
  }
  if (wanted instanceof Map) return is instanceof Map && equal([...is], [...wanted]);
  if (wanted instanceof Set) return is instanceof Set && is.size === wanted.size && [...wanted].every((w) => [...is].some((i) => equal(i, w)));
  if (wanted instanceof Error) return is instanceof Error && is.message === wanted.message;
  return fields(is, wanted);
}

export function equal(is: unknown, wanted: unknown): boolean {
  return compare(is, wanted, (a, b) => {
    const [have, want] = [keysOf(a), keysOf(b)];
    return have.length === want.length && want.every((k) => equal(a[k], b[k]));
  });
}

/** Has all fields of `wanted`, at every depth; lists are as long. */
export function matchesObject(is: unknown, wanted: unknown): boolean {
  return compare(is, wanted, (a, b) => Object.keys(b).every((k) => (k in a || b[k] === undefined) && matchesObject(a[k], b[k])));
}

/** A value in a message. */
export function shown(value: unknown): string {
  try {
    return inWords(value);
  } catch {
    return String(value); // it leads back to itself
  }
}

function inWords(value: unknown): string {
  const text = JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : isOctets(v) ? `[${Array.from(v).join(' ')}]` : v)) ?? String(value);
  return text.length > 600 ? `${text.slice(0, 600)}...` : text;
}
