import './alerts.css';
import type { Alert } from '../../../cloud/api/resources/network.ts';
import { format, t } from '../../i18n/index.ts';
import { call } from '../../lib/api.ts';
import { live, seed } from '../../lib/live.ts';
import { to } from '../../lib/paths.ts';
import { may } from '../../lib/session.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { tell } from '../../ui/toast.tsx';

/** Those that go on: errors before warnings, what nobody has seen first, the newest first. */
export const openOnes = (alerts: readonly Alert[]): readonly Alert[] =>
  alerts
    .filter((a) => a.endedAt === undefined)
    .sort((a, b) => Number(a.acknowledgedBy !== undefined) - Number(b.acknowledgedBy !== undefined) || (a.level === b.level ? b.since - a.since : a.level === 'error' ? -1 : 1));

export const pathOfAcknowledge = (alert: Alert): string => `/alerts/${encodeURIComponent(alert.id)}/acknowledge`;

function acknowledge(alert: Alert): Promise<boolean> {
  return tell(async () => {
    const answer = await call<Alert>('POST', pathOfAcknowledge(alert));
    seed({ alerts: [...live.alerts.value.values()].map((a) => (a.id === answer.id ? answer : a)) });
  }, t().alerts.acknowledged);
}

/** @param brief without what can be done about them */
export function AlertList({ alerts, brief = false }: { readonly alerts: readonly Alert[]; readonly brief?: boolean }) {
  return (
    <ul class="alerts">
      {alerts.map((alert) => (
        <Row key={alert.id} alert={alert} brief={brief} />
      ))}
    </ul>
  );
}

function Row({ alert, brief }: { readonly alert: Alert; readonly brief: boolean }) {
  const words = t().alerts;
  const { dateTime, ago } = format();
  const over = alert.endedAt !== undefined;
  return (
    <li class={`alert ${over ? 'over' : alert.level}`}>
      <Icon name={over ? 'check' : alert.level === 'error' ? 'cross' : 'warn'} />
      <div class="alert-text">
        <p>
          <span class="unseen">{t().common.levels[alert.level]}: </span>
          <strong>{alert.text}</strong>
        </p>
        <p>{alert.advice}</p>
        <p class="alert-more">
          <time title={dateTime(alert.since)}>{ago(alert.since, Date.now())}</time>
          {alert.endedAt !== undefined && <span>{words.ended(dateTime(alert.endedAt))}</span>}
          {alert.home && <a href={to.home(alert.home)}>{words.openHome}</a>}
          {alert.lma && <a href={to.lma(alert.lma)}>{words.openLma}</a>}
          {alert.acknowledgedBy && (
            <Badge tone="calm" icon="eye">
              {words.seenBy(alert.acknowledgedBy)}
            </Badge>
          )}
        </p>
      </div>
      {!brief && !over && !alert.acknowledgedBy && may('operator') && <Button icon="eye" onClick={() => void acknowledge(alert)}>{words.acknowledge}</Button>}
    </li>
  );
}
