import { t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';

export const STEPS = ['change', 'check', 'pace', 'start'] as const;
export type StepName = (typeof STEPS)[number];

/** Where in the wizard somebody is; finished steps can be gone back to. */
export function Steps({ current, ready, onStep }: { readonly current: StepName; readonly ready: boolean; readonly onStep: (step: StepName) => void }) {
  const words = t().rollout;
  const at = STEPS.indexOf(current);
  return (
    <ol class="wizard-steps">
      {STEPS.map((step, i) => (
        <li key={step} class={i < at ? 'done' : undefined}>
          <button type="button" aria-current={step === current ? 'step' : undefined} disabled={i > at && !ready} onClick={() => onStep(step)}>
            <span class="step-number">{i < at ? <Icon name="check" size={14} /> : i + 1}</span>
            <span>{words.steps[step]}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}
