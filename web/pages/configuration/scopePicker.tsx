/** For whom: the fleet, one group, one home. */
import type { Group } from '../../../cloud/api/resources/homes.ts';
import { t } from '../../i18n/index.ts';
import { live } from '../../lib/live.ts';
import { useResource } from '../../lib/resource.ts';
import { setQuery } from '../../lib/router.ts';
import { scopeText, type Scope } from './document.ts';

export function ScopePicker({ scope }: { readonly scope: Scope }) {
  const words = t().rollout.scope;
  const groups = useResource<readonly Group[]>('/groups');
  const choose = (chosen: Scope): void => setQuery({ scope: chosen.kind === 'fleet' ? undefined : scopeText(chosen) });
  const homes = [...live.homes.value.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const kinds = ['fleet', 'group', 'home'] as const;
  return (
    <div class="scope-picker">
      <div class="segments" role="group" aria-label={words.label}>
        {kinds.map((kind) => (
          <button
            key={kind}
            type="button"
            aria-pressed={scope.kind === kind}
            onClick={() => choose(kind === 'fleet' ? { kind } : { kind, id: (kind === 'group' ? groups.data.value?.[0]?.id : homes[0]?.id) ?? '' })}
          >
            {words[kind]}
          </button>
        ))}
      </div>
      {scope.kind === 'group' && (
        <label>
          <span class="unseen">{words.group}</span>
          <select value={scope.id} onChange={(e) => choose({ kind: 'group', id: e.currentTarget.value })}>
            {(groups.data.value ?? []).map((g) => (
              <option key={g.id} value={g.id} selected={g.id === scope.id}>
                {g.name} ({t().common.homes(g.homes)})
              </option>
            ))}
          </select>
        </label>
      )}
      {scope.kind === 'home' && (
        <label>
          <span class="unseen">{words.home}</span>
          <select value={scope.id} onChange={(e) => choose({ kind: 'home', id: e.currentTarget.value })}>
            {homes.map((h) => (
              <option key={h.id} value={h.id} selected={h.id === scope.id}>
                {h.name}
              </option>
            ))}
          </select>
        </label>
      )}
      <p class="field-help">{words.help}</p>
    </div>
  );
}

/** What a scope is called. */
export function useScopeName(scope: Scope): string {
  const groups = useResource<readonly Group[]>(scope.kind === 'group' ? '/groups' : undefined);
  if (scope.kind === 'fleet') return t().rollout.scope.wholeFleet;
  if (scope.kind === 'home') return live.homes.value.get(scope.id)?.name ?? scope.id;
  return t().rollout.scope.named(groups.data.value?.find((g) => g.id === scope.id)?.name ?? scope.id);
}
