/** What the tests, not the product, take from their host. Imported before them. */

/** For what tests hold: lists, maps, octets and plain fields. */
function cloned(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(cloned);
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [k, cloned(v)]));
  if (value instanceof Uint8Array) return value.slice();
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, cloned(v)]));
}

/** fast-check wants to see one when it is loaded, and sets it for properties with promises only. */
const setTimeout = (): never => {
  throw new Error('there is no timer here');
};

Object.assign(globalThis, { structuredClone: cloned, setTimeout, clearTimeout: () => undefined });
