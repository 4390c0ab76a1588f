/** As much of vitest as test/contracts/paths.ts uses, on Node's own runner: for machines on which vitest takes minutes to start. */
import assert from 'node:assert/strict';
import { test as nodeTest } from 'node:test';

export { afterEach, beforeEach, describe } from 'node:test';

type Body<A extends readonly unknown[]> = (...args: A) => void | Promise<void>;

const each =
  <A extends readonly unknown[]>(rows: readonly A[]) =>
  (name: string, body: Body<A>): void => {
    for (const row of rows) void nodeTest(name.replace('%s', String(row[0])), () => body(...row));
  };
export const test = Object.assign((name: string, body: Body<[]>): void => void nodeTest(name, () => body()), { each });

export function expect(actual: unknown) {
  return {
    // What is undefined counts as absent, as in vitest.
    toEqual: (wanted: unknown) => assert.deepEqual(plain(actual), plain(wanted)),
    toBe: (wanted: unknown) => assert.equal(actual, wanted),
    toBeUndefined: () => assert.equal(actual, undefined),
    toHaveLength: (length: number) => assert.equal((actual as { length: number }).length, length),
    toThrow: (wanted: RegExp | (new (message: string) => Error)) => assert.throws(actual as () => unknown, wanted),
  };
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, v]) => (v === undefined ? [] : [[key, plain(v)]])));
}
