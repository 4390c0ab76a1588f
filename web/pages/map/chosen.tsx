/** The home that was pointed at: how it is, how many are there, where they go. */
import type { Topology } from '../../../cloud/api/resources/network.ts';
import { t } from '../../i18n/index.ts';
import { to } from '../../lib/paths.ts';
import { HomeBadge } from '../../ui/badge.tsx';
import { IconButton } from '../../ui/button.tsx';
import type { MapHome } from './scene.ts';

const MOST = 4;

export function Chosen({ home, topology, onClose }: { readonly home: MapHome; readonly topology: Topology; readonly onClose: () => void }) {
  const words = t().map;
  const names = new Map(topology.homes.map((h) => [h.id, h.name]));
  const ways = topology.moves
    .filter((m) => m.from === home.id)
    .toSorted((a, b) => b.count - a.count)
    .slice(0, MOST);
  const tunnels = topology.tunnels.filter((w) => w.home === home.id);
  return (
    <section class="chosen" aria-label={home.name}>
      <header>
        <a href={to.home(home.id)}>{home.name}</a>
        <IconButton icon="cross" label={t().common.close} onClick={onClose} />
      </header>
      <p class="row-of">
        <HomeBadge status={home.status} />
        <span>{t().common.subscribers(home.subscribers)}</span>
      </p>
      {tunnels.length > 0 && (
        <>
          <h3>{words.layers.tunnels}</h3>
          <ul>
            {tunnels.map((w) => (
              <li key={w.lma}>
                <a href={to.lma(w.lma)}>{w.lma}</a>
                <span>{t().common.subscribers(w.subscribers)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {ways.length > 0 && (
        <>
          <h3>{words.goesTo}</h3>
          <ul>
            {ways.map((w) => (
              <li key={w.to}>
                <a href={to.home(w.to)}>{names.get(w.to) ?? w.to}</a>
                <span>{t().common.handovers(w.count)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
