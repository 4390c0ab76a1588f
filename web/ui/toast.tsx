import { signal } from '@preact/signals';
import { t } from '../i18n/index.ts';
import { failureOf } from '../lib/api.ts';
import { IconButton } from './button.tsx';
import { Icon } from './icon.tsx';

interface Toast {
  readonly number: number;
  readonly tone: 'good' | 'bad';
  readonly text: string;
}
const STAYS = 6000;
const toasts = signal<readonly Toast[]>([]);
let last = 0;

const drop = (number: number): void => {
  toasts.value = toasts.value.filter((one) => one.number !== number);
};

/** The result of what somebody did. A failure stays until it is closed. */
export function toast(text: string, tone: 'good' | 'bad' = 'good'): void {
  const number = ++last;
  toasts.value = [...toasts.value.slice(-3), { number, tone, text }];
  if (tone === 'good') setTimeout(() => drop(number), STAYS);
}

/** Runs what a button does and tells how it went. @returns whether it went well */
export async function tell(work: () => Promise<unknown>, done: string): Promise<boolean> {
  try {
    await work();
    toast(done);
    return true;
  } catch (failure) {
    toast(failureOf(failure).message, 'bad');
    return false;
  }
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ number, tone, text }) => (
        <div key={number} class={`toast ${tone}`}>
          <Icon name={tone === 'good' ? 'check' : 'warn'} />
          <p>{text}</p>
          <IconButton icon="cross" label={t().common.close} onClick={() => drop(number)} />
        </div>
      ))}
    </div>
  );
}
