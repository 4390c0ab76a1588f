/** The map in words: each home with what the drawing shows of it. */
import { useMemo } from 'preact/hooks';
import type { Topology } from '../../../cloud/api/resources/network.ts';
import { format, t } from '../../i18n/index.ts';
import { to } from '../../lib/paths.ts';
import { HomeBadge } from '../../ui/badge.tsx';
import { Section } from '../../ui/page.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import type { MapHome } from './scene.ts';

interface Row extends MapHome {
  readonly lmas: string;
  readonly neighbours: number;
  readonly came: number;
  readonly went: number;
  readonly mostlyTo: string | undefined;
}

function rowsOf({ homes, tunnels, moves, neighbours }: Topology): readonly Row[] {
  const names = new Map(homes.map((h) => [h.id, h.name]));
  const rows = new Map(homes.map((h) => [h.id, { ...h, lmas: new Set<string>(), neighbours: 0, came: 0, went: 0, most: 0, mostlyTo: undefined as string | undefined }]));
  for (const w of tunnels) rows.get(w.home)?.lmas.add(w.lma);
  for (const { from, to: target } of neighbours) for (const id of [from, target]) count(rows.get(id), 'neighbours', 1);
  for (const m of moves) {
    const from = rows.get(m.from);
    count(from, 'went', m.count);
    count(rows.get(m.to), 'came', m.count);
    if (from && m.count > from.most) Object.assign(from, { most: m.count, mostlyTo: names.get(m.to) });
  }
  return [...rows.values()].map((r) => ({ ...r, lmas: [...r.lmas].join(', ') }));
}
function count<K extends string>(row: Record<K, number> | undefined, key: K, by: number): void {
  if (row) row[key] += by;
}

export function HomeList({ topology }: { readonly topology: Topology }) {
  const words = t().map;
  const f = format();
  const rows = useMemo(() => rowsOf(topology), [topology]);
  const columns: readonly Column<Row>[] = [
    { key: 'name', title: t().common.name, value: (r) => r.name, cell: (r) => <a href={to.home(r.id)}>{r.name}</a>, width: 'minmax(10rem, 1.5fr)', card: 'title' },
    { key: 'status', title: t().common.status, value: (r) => t().common.homeStatus[r.status], cell: (r) => <HomeBadge status={r.status} />, width: '9rem', card: 'badge' },
    { key: 'subscribers', title: t().shell.pages.subscribers, value: (r) => r.subscribers, cell: (r) => f.number(r.subscribers), width: '8rem', end: true },
    { key: 'lmas', title: t().shell.pages.lmas, value: (r) => r.lmas, width: 'minmax(8rem, 1fr)', card: 'line' },
    { key: 'neighbours', title: words.list.neighbours, value: (r) => r.neighbours, width: '8rem', end: true },
    { key: 'came', title: words.list.came, value: (r) => r.came, cell: (r) => f.number(r.came), width: '8rem', end: true },
    { key: 'went', title: words.list.went, value: (r) => r.went, cell: (r) => f.number(r.went), width: '8rem', end: true },
    { key: 'mostlyTo', title: words.list.mostlyTo, value: (r) => r.mostlyTo, width: 'minmax(10rem, 1.2fr)' },
  ];
  return (
    <Section flush>
      <Table name="map" label={t().shell.pages.map} rows={rows} columns={columns} id={(r) => r.id} href={(r) => to.home(r.id)} sort="name" />
    </Section>
  );
}
