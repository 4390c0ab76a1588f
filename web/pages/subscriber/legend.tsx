import { t } from '../../i18n/index.ts';

const KINDS = ['profile', 'work', 'storing', 'message', 'waiting'] as const;

/** What the colours of the waterfalls mean. */
export function Legend() {
  const words = t().subscribers.waterfall.kinds;
  return (
    <ul class="waterfall-legend">
      {KINDS.map((kind) => (
        <li key={kind}>
          <span class={`swatch ${kind}`} />
          {words[kind]}
        </li>
      ))}
    </ul>
  );
}
