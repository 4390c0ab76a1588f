/** The stages of a roam in words: number, name, instant, and what it took since the one before. */
import type { HandoverStage } from '../../../cloud/api/resources/handovers.ts';
import { format, t } from '../../i18n/index.ts';
import { STAGES } from './waterfall.ts';

/** @param success of a roam that failed, what is not known did not happen */
export function Stages({ stages, success }: { readonly stages: readonly HandoverStage[]; readonly success: boolean }) {
  const words = t().subscribers.waterfall;
  const f = format();
  const known = new Map(stages.map((s) => [s.name, s]));
  let before: number | undefined;
  return (
    <ol class="stages">
      {STAGES.map((name, i) => {
        const stage = known.get(name);
        const since = stage && before !== undefined ? stage.at - before : undefined;
        if (stage) before = stage.at;
        return (
          <li key={name} class={stage ? undefined : 'unknown'}>
            <span class="stage-number">{i + 1}</span>
            <span class="stage-name">{words.stages[name]}</span>
            <span class="stage-at">
              {stage ? `${f.number(stage.at, 1)} ms` : success ? words.notTold : '—'}
              {since !== undefined && <span class="stage-since"> +{f.number(since, 1)}</span>}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
