/** Every home of a rollout as a small square in its wave, and in words below. */
import type { Rollout } from '../../../cloud/api/resources/rollouts.ts';
import { t } from '../../i18n/index.ts';
import { to } from '../../lib/paths.ts';
import { ConfigurationBadge } from '../../ui/badge.tsx';
import { Table, type Column } from '../../ui/table.tsx';

type Row = Rollout['homes'][number];

export function Waves({ homes }: { readonly homes: readonly Row[] }) {
  const words = t().rollout.waves;
  const waves = new Map<number, Row[]>();
  for (const home of homes) {
    const wave = waves.get(home.wave);
    if (wave) wave.push(home);
    else waves.set(home.wave, [home]);
  }
  const columns: readonly Column<Row>[] = [
    { key: 'name', title: t().common.name, value: (r) => r.name, cell: (r) => <a href={to.home(r.home)}>{r.name}</a>, width: 'minmax(10rem, 2fr)', card: 'title' },
    { key: 'wave', title: words.wave, value: (r) => (r.wave === 0 ? '—' : r.wave), width: '6rem', end: true, card: 'line' },
    { key: 'status', title: t().common.status, value: (r) => t().common.configurationStatus[r.status], cell: (r) => <ConfigurationBadge status={r.status} />, width: 'minmax(10rem, 1fr)', card: 'badge' },
  ];
  return (
    <>
      <ol class="waves">
        {[...waves].toSorted(([a], [b]) => (a || Infinity) - (b || Infinity)).map(([wave, members]) => (
          <li key={wave}>
            <span class="wave-name">
              {wave === 0 ? t().common.configurationStatus.waiting : wave === 1 ? words.canary : words.numbered(wave)}
              <small>{t().common.homes(members.length)}</small>
            </span>
            <span class="wave-homes" role="img" aria-label={words.done(members.filter((m) => m.status === 'applied' || m.status === 'partial').length, members.length)}>
              {members.map((m) => (
                <span key={m.home} class={`wave-home ${m.status}`} title={`${m.name}: ${t().common.configurationStatus[m.status]}`} />
              ))}
            </span>
          </li>
        ))}
      </ol>
      <ul class="wave-legend">
        {(['applied', 'pending', 'waiting', 'rejected'] as const).map((s) => (
          <li key={s}>
            <span class={`wave-home ${s}`} />
            {t().common.configurationStatus[s]}
          </li>
        ))}
      </ul>
      <Table name="wave" label={words.title} rows={homes} columns={columns} id={(r) => r.home} href={(r) => to.home(r.home)} />
    </>
  );
}
