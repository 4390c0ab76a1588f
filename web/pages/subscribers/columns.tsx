import type { Subscriber } from '../../../cloud/api/resources/subscribers.ts';
import type { Catalogue } from '../../i18n/catalogue.ts';
import type { Format } from '../../lib/format.ts';
import { to } from '../../lib/paths.ts';
import { Badge } from '../../ui/badge.tsx';
import type { Column } from '../../ui/table.tsx';

export const columns = (words: Catalogue['subscribers'], format: Format, now: number): readonly Column<Subscriber>[] => [
  { key: 'id', title: words.subscriber, value: (s) => s.id, cell: (s) => <a class="pseudonym" href={to.subscriber(s.id)}>{s.id}</a>, width: 'minmax(12rem, 0.8fr)', card: 'title' },
  { key: 'state', title: words.state, value: (s) => words.states[s.state], cell: (s) => <StateBadge state={s.state} words={words} />, width: '11rem', card: 'badge' },
  { key: 'home', title: words.where, value: (s) => s.homeName, cell: (s) => (s.home ? <a href={to.home(s.home)}>{s.homeName ?? s.home}</a> : '—'), width: 'minmax(9rem, 1.4fr)', card: 'line' },
  { key: 'lastHandover', title: words.lastHandover, value: (s) => s.lastHandover, cell: (s) => (s.lastHandover === undefined ? '—' : format.ago(s.lastHandover, now)), width: 'minmax(9rem, 1fr)' },
  { key: 'handovers', title: words.roams, value: (s) => s.handovers, cell: (s) => format.number(s.handovers), width: '5.5rem', end: true },
  { key: 'addresses', title: words.addresses, value: (s) => s.addresses.join(' '), cell: (s) => <span class="addresses">{s.addresses.join('  ')}</span>, width: 'minmax(14rem, 1.8fr)' },
  { key: 'down', title: words.down, value: (s) => s.bytesDown, cell: (s) => format.bytes(s.bytesDown), width: '7rem', end: true, optional: true },
  { key: 'up', title: words.up, value: (s) => s.bytesUp, cell: (s) => format.bytes(s.bytesUp), width: '7rem', end: true, optional: true },
  { key: 'lma', title: words.anchor, value: (s) => s.lma, cell: (s) => <a href={to.lma(s.lma)}>{s.lma}</a>, width: 'minmax(6rem, 0.7fr)', optional: true },
  { key: 'since', title: words.since, value: (s) => s.since, cell: (s) => format.dateTime(s.since), width: 'minmax(10rem, 1fr)', optional: true },
];

export function StateBadge({ state, words }: { readonly state: Subscriber['state']; readonly words: Catalogue['subscribers'] }) {
  return (
    <Badge tone={state === 'active' ? 'good' : 'calm'} icon={state === 'active' ? 'wifi' : 'circle'}>
      {words.states[state]}
    </Badge>
  );
}
