import { t } from '../../i18n/index.ts';

const STATUS = ['online', 'degraded', 'offline', 'paused'] as const;

/** What dots and lines mean. */
export function Legend() {
  const words = t().map.legend;
  return (
    <ul class="map-legend">
      {STATUS.map((s) => (
        <li key={s}>
          <span class={`map-dot ${s}`} />
          {t().common.homeStatus[s]}
        </li>
      ))}
      <li>
        <span class="map-dot walker" />
        {words.walker}
      </li>
      <li>
        <span class="map-dot failed" />
        {words.failed}
      </li>
      <li class="muted">{words.size}</li>
    </ul>
  );
}
