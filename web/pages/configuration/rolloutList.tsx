/** Rollouts, those that go on first. */
import { useEffect } from 'preact/hooks';
import type { Page as ListPage } from '../../../cloud/api/resources/answers.ts';
import type { Rollout } from '../../../cloud/api/resources/rollouts.ts';
import { format, t } from '../../i18n/index.ts';
import { live, seed } from '../../lib/live.ts';
import { to } from '../../lib/paths.ts';
import { useResource } from '../../lib/resource.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { EmptyState, Loaded } from '../../ui/page.tsx';
import { Progress } from '../rollout/progress.tsx';
import { RolloutBadge } from '../rollout/status.tsx';
import { useScopeName } from './scopePicker.tsx';

export function RolloutList() {
  const words = t().rollout;
  const list = useResource<ListPage<Rollout>>('/rollouts');
  useEffect(() => {
    if (list.data.value) seed({ rollouts: list.data.value.items });
  }, [list.data.value]);
  return (
    <Loaded of={list}>
      {(page) => {
        const now = live.rollouts.value;
        const rows = [...new Map([...page.items.map((r) => [r.id, r] as const), ...now]).values()].toSorted((a, b) => Number(a.endedAt !== undefined) - Number(b.endedAt !== undefined) || b.startedAt - a.startedAt);
        return rows.length === 0 ? (
          <EmptyState icon="sliders" title={words.noRollouts} actions={<ButtonLink href={to.newRollout()}>{words.change}</ButtonLink>}>
            {words.noRolloutsHelp}
          </EmptyState>
        ) : (
          <ul class="rollout-list">
            {rows.map((r) => (
              <Row key={r.id} rollout={r} />
            ))}
          </ul>
        );
      }}
    </Loaded>
  );
}

function Row({ rollout: r }: { readonly rollout: Rollout }) {
  const words = t().rollout;
  return (
    <li class="rollout-row card">
      <div class="rollout-what">
        <a href={to.rollout(r.id)}>{words.titled(t().common.concerns[r.concern], useScopeName(r.scope))}</a>
        <RolloutBadge status={r.status} />
      </div>
      <p class="muted">
        {r.by}, {format().dateTime(r.startedAt)}
      </p>
      <p>{r.reason}</p>
      <Progress rollout={r} />
    </li>
  );
}
