import type { RolloutStatus } from '../../../cloud/api/resources/rollouts.ts';
import { t } from '../../i18n/index.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import type { IconName } from '../../ui/icon.tsx';

const STATUS: { readonly [S in RolloutStatus]: readonly [Tone, IconName] } = {
  canary: ['accent', 'clock'],
  ramp: ['accent', 'play'],
  paused: ['warn', 'pause'],
  done: ['good', 'check'],
  'rolling back': ['warn', 'refresh'],
  'rolled back': ['calm', 'refresh'],
};

export function RolloutBadge({ status }: { readonly status: RolloutStatus }) {
  const [tone, icon] = STATUS[status];
  return (
    <Badge tone={tone} icon={icon}>
      {t().rollout.status[status]}
    </Badge>
  );
}
