/** Documents as the editor sees them: values at paths, laid over each other. Pure. */
export type Path = readonly string[];
export type Tree = Readonly<Record<string, unknown>>;

export const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);
export const treeOf = (value: unknown): Tree => (isTree(value) ? value : {});

export function valueAt(document: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return document;
  return isTree(document) && Object.hasOwn(document, key) ? valueAt(document[key], rest) : undefined;
}

/** The document with this value there; `undefined` takes it away, and with it what is empty then. */
export function withValue(document: Tree, [key, ...rest]: Path, value: unknown): Tree {
  if (key === undefined) return treeOf(value);
  const inner = rest.length === 0 ? value : withValue(treeOf(document[key]), rest, value);
  const { [key]: _, ...others } = document;
  return inner === undefined || (rest.length > 0 && isTree(inner) && Object.keys(inner).length === 0) ? others : { ...document, [key]: inner };
}

/** As the cloud lays documents over each other: keys merge, lists and single values replace. */
export function overlaid(below: unknown, above: unknown): unknown {
  if (above === undefined) return below;
  if (!isTree(below) || !isTree(above)) return above;
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) merged[key] = overlaid(merged[key], value);
  return merged;
}

/** A value on one line. */
export function shortly(value: unknown): string {
  if (value === undefined || value === null) return '—';
  if (Array.isArray(value)) return value.map(shortly).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export type Scope = { readonly kind: 'fleet' } | { readonly kind: 'group' | 'home'; readonly id: string };
/** `fleet`, `group:pilot`, `home:gw-…`, as it stands in the address. */
export function scopeOf(text: string | undefined): Scope {
  const [, kind, id] = /^(group|home):(.+)$/.exec(text ?? '') ?? [];
  return id !== undefined && (kind === 'group' || kind === 'home') ? { kind, id } : { kind: 'fleet' };
}
export const scopeText = (scope: Scope): string => (scope.kind === 'fleet' ? 'fleet' : `${scope.kind}:${scope.id}`);
