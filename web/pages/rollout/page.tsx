/** One rollout, live: wave by wave, with what it does to the handovers, and the brakes. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { HandoverFigures } from '../../../cloud/api/resources/handovers.ts';
import type { Rollout } from '../../../cloud/api/resources/rollouts.ts';
import { format, t } from '../../i18n/index.ts';
import { call } from '../../lib/api.ts';
import { curl } from '../../lib/curl.ts';
import { live, seed } from '../../lib/live.ts';
import { PATHS } from '../../lib/paths.ts';
import { useResource } from '../../lib/resource.ts';
import { href, type Params } from '../../lib/route.ts';
import { may } from '../../lib/session.ts';
import { Button } from '../../ui/button.tsx';
import { CommandHint } from '../../ui/commandHint.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import type { IconName } from '../../ui/icon.tsx';
import { Loaded, Page, Section } from '../../ui/page.tsx';
import { tell } from '../../ui/toast.tsx';
import { useScopeName } from '../configuration/scopePicker.tsx';
import { Progress } from './progress.tsx';
import { RolloutBadge } from './status.tsx';
import { Waves } from './wavesView.tsx';
import '../configuration/configuration.css';
import './rollout.css';

export default function RolloutPage({ params: { id = '' } }: { readonly params: Params }) {
  const loaded = useResource<Rollout>(`/rollouts/${encodeURIComponent(id)}`);
  useEffect(() => {
    if (loaded.data.value) seed({ rollouts: [loaded.data.value] });
  }, [loaded.data.value]);
  return <Loaded of={loaded}>{(first) => <Shown rollout={current(first)} />}</Loaded>;
}

/** As it is now; one that is over is told without its homes. */
function current(first: Rollout): Rollout {
  const now = live.rollouts.value.get(first.id);
  return now ? { ...now, homes: now.homes.length > 0 ? now.homes : first.homes } : first;
}

function Shown({ rollout: r }: { readonly rollout: Rollout }) {
  const words = t().rollout;
  const f = format();
  return (
    <Page
      title={words.titled(t().common.concerns[r.concern], useScopeName(r.scope))}
      beside={<RolloutBadge status={r.status} />}
      subtitle={`${r.by}, ${f.dateTime(r.startedAt)}`}
      parent={{ href: href(PATHS.configuration, {}, { tab: 'rollouts' }), title: words.rollouts }}
      actions={may('operator') && <Brakes rollout={r} />}
    >
      <Section>
        <p class="rollout-reason">{r.reason}</p>
        <Progress rollout={r} />
      </Section>
      <Compared before={r.before} since={r.since} />
      <Section title={words.waves.title}>
        <Waves homes={r.homes} />
      </Section>
      <CommandHint command={curl('GET', `/rollouts/${r.id}`)} />
    </Page>
  );
}

type Action = 'pause' | 'resume' | 'advance' | 'roll-back';
const ACTIONS: Readonly<Record<Action, { readonly icon: IconName; readonly when: readonly Rollout['status'][] }>> = {
  pause: { icon: 'pause', when: ['canary', 'ramp'] },
  resume: { icon: 'play', when: ['paused'] },
  advance: { icon: 'right', when: ['canary', 'ramp'] },
  'roll-back': { icon: 'refresh', when: ['canary', 'ramp', 'paused'] },
};

function Brakes({ rollout }: { readonly rollout: Rollout }) {
  const words = t().rollout;
  const asking = useSignal(false);
  const path = (action: Action) => `/rollouts/${encodeURIComponent(rollout.id)}/${action}`;
  const act = async (action: Action): Promise<void> => {
    await tell(async () => seed({ rollouts: [...live.rollouts.value.values(), await call<Rollout>('POST', path(action))] }), words.did[action]);
    asking.value = false;
  };
  return (
    <>
      {(Object.keys(ACTIONS) as Action[])
        .filter((a) => ACTIONS[a].when.includes(rollout.status))
        .map((a) => (
          <Button key={a} icon={ACTIONS[a].icon} onClick={() => (a === 'roll-back' ? (asking.value = true) : void act(a))}>
            {words.actions[a]}
          </Button>
        ))}
      {asking.value && (
        <Dialog
          title={words.actions['roll-back']}
          onClose={() => (asking.value = false)}
          onSubmit={() => void act('roll-back')}
          actions={
            <>
              <Button onClick={() => (asking.value = false)}>{t().common.cancel}</Button>
              <Button kind="danger" type="submit" icon="refresh">
                {words.actions['roll-back']}
              </Button>
            </>
          }
        >
          <p>{words.rollBackHelp(rollout.sent)}</p>
          <CommandHint command={curl('POST', path('roll-back'))} />
        </Dialog>
      )}
    </>
  );
}

/** The figures that decide whether it goes on. */
function Compared({ before, since }: { readonly before: HandoverFigures | undefined; readonly since: HandoverFigures | undefined }) {
  const words = t().rollout.compared;
  const f = format();
  const rows = [
    { name: words.success, before: before && f.percent(before.success), since: since && f.percent(since.success), worse: before && since && since.success < before.success - 0.02 },
    { name: words.median, before: before && f.duration(before.p50), since: since && f.duration(since.p50), worse: before && since && since.p50 > before.p50 * 1.1 },
    { name: words.slowest, before: before && f.duration(before.p99), since: since && f.duration(since.p99), worse: before && since && since.p99 > before.p99 * 1.1 },
  ];
  return (
    <div class="figures">
      {rows.map((r) => (
        <div key={r.name} class="figure">
          <span class="figure-label">{r.name}</span>
          <span class={r.worse ? 'figure-value worse' : 'figure-value'}>{r.since ?? '—'}</span>
          <span class="figure-note">{words.before(r.before ?? '—')}</span>
        </div>
      ))}
    </div>
  );
}
