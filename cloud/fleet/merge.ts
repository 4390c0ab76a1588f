/** Documents of several scopes laid over each other: objects merge by key, lists and single values replace. Pure. */
import type { Effective } from './parts.ts';

export interface Layer {
  readonly source: Effective['source'];
  readonly document: unknown;
}

type Dictionary = Readonly<Record<string, unknown>>;

const isDictionary = (value: unknown): value is Dictionary => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @returns undefined where no layer says anything */
export function merge(layers: readonly Layer[]): unknown {
  return layers.reduce<unknown>((below, { document }) => (document === undefined || document === null ? below : overlay(below, document)), undefined);
}

function overlay(below: unknown, above: unknown): unknown {
  if (!isDictionary(below) || !isDictionary(above)) return above;
  const merged: Record<string, unknown> = { ...below };
  // A key such as __proto__ is an own property of what JSON.parse makes, and stays one.
  for (const [key, value] of Object.entries(above)) Object.defineProperty(merged, key, { value: overlay(Object.hasOwn(below, key) ? below[key] : undefined, value), enumerable: true, configurable: true, writable: true });
  return merged;
}

/** Each value of the merged document with the layer that it is from, in the order of the paths. */
export function sources(layers: readonly Layer[]): readonly Effective[] {
  const found = new Map<string, Effective>();
  for (const { source, document } of layers) {
    if (document === undefined || document === null) continue;
    for (const { path, value } of leaves(document)) {
      // What was a single value and is an object now, or the other way round, is gone.
      for (const known of found.keys()) if (known.startsWith(`${path}.`) || path.startsWith(`${known}.`)) found.delete(known);
      found.set(path, { path, value, source });
    }
  }
  return [...found.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Lists and single values with their paths: `default-profiles.guests.dns`. */
export function leaves(value: unknown, path = ''): readonly { readonly path: string; readonly value: unknown }[] {
  if (!isDictionary(value)) return path === '' ? [] : [{ path, value }];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`));
}
