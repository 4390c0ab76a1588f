/** Which sessions an operator or a policy means. */
import { NAI } from '../../protocol/mobility/suboptions.ts';
import type { BindingCacheEntry } from './bindingCache.ts';
import type { Lma } from './state.ts';

export type SessionScope =
  | { readonly kind: 'all' }
  /** By its path's index. */
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'nai'; readonly nai: string }
  /** By its authenticated MAG Identifier, or by its care-of address where nothing is authenticated. */
  | { readonly kind: 'mag'; readonly mag: string }
  /** `@example.com` */
  | { readonly kind: 'realm'; readonly realm: string };

/** Those that are there now; `all`, `mag` and `realm` look at every binding. */
export function sessionsOf(lma: Lma, scope: SessionScope): BindingCacheEntry[] {
  switch (scope.kind) {
    case 'all':
      return [...lma.cache.all()];
    case 'index':
      return [lma.cache.get(scope.index)].filter((e) => e !== undefined);
    case 'nai':
      return [...lma.cache.ofNode({ subtype: NAI, identifier: scope.nai })];
    case 'mag':
      return [...lma.cache.all()].filter((e) => magOf(e) === scope.mag);
    case 'realm':
      return [...lma.cache.all()].filter(({ mnId }) => mnId.subtype === NAI && mnId.identifier.toLowerCase().endsWith(scope.realm.toLowerCase()));
  }
}

/** Who holds the session: its identity, or its address where nothing is authenticated. */
export const magOf = (entry: BindingCacheEntry): string => entry.mag ?? entry.proxyCoa;
