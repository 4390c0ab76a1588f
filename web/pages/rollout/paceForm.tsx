/** How carefully a change is rolled out, and what that means for these homes. */
import type { RolloutPlan } from '../../../cloud/api/resources/rollouts.ts';
import { format, t } from '../../i18n/index.ts';
import { TextField } from '../../ui/field.tsx';
import { leastTime, waveSizes } from './waves.ts';

export type Chosen = Pick<RolloutPlan, 'canary' | 'ramp' | 'watch' | 'tolerance'>;

/** A few homes first, and long enough at each to see something. */
export const usualPace = (homes: number): Chosen => ({ canary: Math.max(1, Math.min(10, Math.round(homes * 0.02))), ramp: 3, watch: 120, tolerance: { success: 0.02, time: 1.5 } });

export function PaceForm({ pace, homes, onPace }: { readonly pace: Chosen; readonly homes: number; readonly onPace: (pace: Chosen) => void }) {
  const words = t().rollout.pace;
  const sizes = waveSizes(homes, pace);
  const number = (label: string, help: string, value: number, least: number, most: number, step: number, put: (value: number) => void) => (
    <TextField label={label} help={help} type="number" min={least} max={most} step={step} value={String(value)} onValue={(text) => Number.isFinite(Number(text)) && text !== '' && put(Math.min(most, Math.max(least, Number(text))))} />
  );
  return (
    <div class="pace">
      <div class="pace-fields">
        {number(words.canary, words.canaryHelp, pace.canary, 1, Math.max(1, homes), 1, (canary) => onPace({ ...pace, canary: Math.round(canary) }))}
        {number(words.ramp, words.rampHelp, pace.ramp, 1, 100, 0.5, (ramp) => onPace({ ...pace, ramp }))}
        {number(words.watch, words.watchHelp, pace.watch, 0, 86_400, 10, (watch) => onPace({ ...pace, watch }))}
        {number(words.success, words.successHelp, Math.round(pace.tolerance.success * 1000) / 10, 0, 100, 0.5, (percent) => onPace({ ...pace, tolerance: { ...pace.tolerance, success: percent / 100 } }))}
        {number(words.time, words.timeHelp, pace.tolerance.time, 1, 100, 0.1, (time) => onPace({ ...pace, tolerance: { ...pace.tolerance, time } }))}
      </div>
      <figure class="pace-picture">
        <figcaption>{words.picture(sizes.length, format().duration(leastTime(homes, pace)))}</figcaption>
        <ol>
          {sizes.slice(0, 12).map((size, i) => (
            <li key={i}>
              <span>{i === 0 ? words.first : words.wave(i + 1)}</span>
              <span class="pace-bar">
                <span style={{ width: `${Math.max(1, (size / Math.max(...sizes)) * 100)}%` }} />
              </span>
              <span class="pace-size">{t().common.homes(size)}</span>
            </li>
          ))}
          {sizes.length > 12 && <li class="muted">… {words.more(sizes.length - 12)}</li>}
        </ol>
      </figure>
    </div>
  );
}
