import type { Rollout } from '../../../cloud/api/resources/rollouts.ts';
import { t } from '../../i18n/index.ts';

/** How many have it, how many wait for it, how many refused it. */
export function Progress({ rollout: { total, sent, applied, failed } }: { readonly rollout: Rollout }) {
  const words = t().rollout;
  const share = (n: number) => `${(n / Math.max(1, total)) * 100}%`;
  return (
    <div class="progress">
      <div class="progress-bar" role="img" aria-label={words.progress(applied, total, failed)}>
        <span class="applied" style={{ width: share(applied) }} />
        <span class="failed" style={{ width: share(failed) }} />
        <span class="pending" style={{ width: share(Math.max(0, sent - applied - failed)) }} />
      </div>
      <span class="progress-text">{words.progress(applied, total, failed)}</span>
    </div>
  );
}
