/** What holds in a scope where it says nothing itself: the built-in value, the fleet's, the group's. */
import type { DocumentVersion } from '../../../cloud/api/resources/rollouts.ts';
import type { Concern } from '../../../runtime/fleet/topics.ts';
import { get } from '../../lib/api.ts';
import { live } from '../../lib/live.ts';
import { search } from '../../lib/route.ts';
import type { Inherited } from './control.tsx';
import { treeOf, valueAt, type Path, type Scope, type Tree } from './document.ts';
import type { FieldRow } from './fields.ts';

export interface Layers {
  /** Of the scope itself. */
  readonly own: DocumentVersion | null;
  /** Below it, the strongest last. */
  readonly below: readonly { readonly source: 'fleet' | 'group'; readonly document: Tree }[];
}

const document = (scope: Scope, concern: Concern) => get<DocumentVersion | null>(`/documents${search({ concern, kind: scope.kind, id: scope.kind === 'fleet' ? undefined : scope.id })}`);

export async function layersOf(scope: Scope, concern: Concern): Promise<Layers> {
  const group = scope.kind === 'home' ? live.homes.value.get(scope.id)?.group : undefined;
  const [own, fleet, ofGroup] = await Promise.all([document(scope, concern), scope.kind === 'fleet' ? null : document({ kind: 'fleet' }, concern), group === undefined ? null : document({ kind: 'group', id: group }, concern)]);
  return { own, below: [...(fleet ? [{ source: 'fleet' as const, document: treeOf(fleet.document) }] : []), ...(ofGroup ? [{ source: 'group' as const, document: treeOf(ofGroup.document) }] : [])] };
}

/** @param prefix of the row's path, such as that of one profile */
export function inherited({ below }: Layers, row: FieldRow, prefix: Path = []): Inherited | undefined {
  const path = [...prefix, ...row.path];
  const found = below.findLast((l) => valueAt(l.document, path) !== undefined);
  if (found) return { value: valueAt(found.document, path), source: found.source };
  return row.builtIn === undefined ? undefined : { value: row.builtIn, source: 'built in' };
}
