import type { ComponentChildren } from 'preact';
import type { HomeConfiguration, HomeStatus } from '../../cloud/api/resources/homes.ts';
import { t } from '../i18n/index.ts';
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'good' | 'warn' | 'bad' | 'calm' | 'accent';

/** A state: always an icon and a word, the colour only repeats them. */
export function Badge({ tone, icon, children }: { readonly tone: Tone; readonly icon: IconName; readonly children: ComponentChildren }) {
  return (
    <span class={`badge ${tone}`}>
      <Icon name={icon} size={14} />
      <span>{children}</span>
    </span>
  );
}

const HOME: { readonly [S in HomeStatus]: readonly [Tone, IconName] } = { online: ['good', 'check'], degraded: ['warn', 'warn'], offline: ['bad', 'cross'], paused: ['calm', 'pause'], revoked: ['calm', 'block'] };
export function HomeBadge({ status }: { readonly status: HomeStatus }) {
  const [tone, icon] = HOME[status];
  return (
    <Badge tone={tone} icon={icon}>
      {t().common.homeStatus[status]}
    </Badge>
  );
}

type Configured = HomeConfiguration['status'] | 'waiting';
const CONFIGURED: { readonly [S in Configured]: readonly [Tone, IconName] } = { applied: ['good', 'check'], partial: ['warn', 'warn'], rejected: ['bad', 'cross'], rolledback: ['bad', 'refresh'], pending: ['accent', 'clock'], waiting: ['calm', 'clock'], none: ['calm', 'circle'] };
export function ConfigurationBadge({ status }: { readonly status: Configured }) {
  const [tone, icon] = CONFIGURED[status];
  return (
    <Badge tone={tone} icon={icon}>
      {t().common.configurationStatus[status]}
    </Badge>
  );
}
