/** How full the address pools are. */
import type { Lma } from '../../../cloud/api/resources/network.ts';
import { format, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';

/** From this share on a pool is nearly used up. */
const FULL = 0.9;
const FILLING = 0.75;

export function Pools({ pools }: { readonly pools: Lma['pools'] }) {
  const words = t().lma;
  if (pools.length === 0) return <p class="muted">{words.noPools}</p>;
  return (
    <ul class="pools">
      {pools.map((p) => {
        const share = p.used / Math.max(1, p.size);
        return (
          <li key={`${p.service} ${p.name}`} class={`pool${share >= FULL ? ' full' : share >= FILLING ? ' filling' : ''}`}>
            <p class="pool-head">
              <strong>{p.name}</strong>
              <span class="muted">
                {p.service}, {p.family === 'ipv4' ? 'IPv4' : 'IPv6'}
              </span>
              <span class="pool-share">{format().percent(share)}</span>
            </p>
            <div class="pool-bar" role="img" aria-label={words.used(p.used, p.size)}>
              <span style={{ width: `${Math.min(100, share * 100)}%` }} />
            </div>
            <p class="pool-used">
              {words.used(p.used, p.size)}
              {share >= FULL && (
                <span class="pool-warning">
                  <Icon name="warn" size={14} /> {words.full}
                </span>
              )}
            </p>
          </li>
        );
      })}
    </ul>
  );
}
