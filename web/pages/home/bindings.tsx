import { useMemo } from 'preact/hooks';
import type { Binding } from '../../../cloud/api/resources/subscribers.ts';
import type { HomeDetails } from '../../../cloud/api/resources/homes.ts';
import { format, language, t } from '../../i18n/index.ts';
import { to } from '../../lib/paths.ts';
import { EmptyState } from '../../ui/page.tsx';
import { Table, type Column } from '../../ui/table.tsx';

const columnsOf = (): readonly Column<Binding>[] => {
  const words = t().home;
  const { duration, ago, dateTime } = format();
  return [
    { key: 'subscriber', title: words.subscriber, value: (b) => b.subscriber, cell: (b) => <a class="mono" href={to.subscriber(b.subscriber)}>{b.subscriber}</a>, width: 'minmax(9rem, 1fr)', card: 'title' },
    { key: 'state', title: t().common.status, value: (b) => b.state, card: 'badge' },
    { key: 'addresses', title: words.addresses, value: (b) => b.addresses.join(' '), cell: (b) => <span class="mono">{b.addresses.join(' ')}</span>, width: 'minmax(14rem, 2fr)', card: 'line' },
    { key: 'service', title: words.service, value: (b) => b.service },
    { key: 'apn', title: 'APN', value: (b) => b.apn, optional: true },
    { key: 'lma', title: words.lma, value: (b) => b.lma, cell: (b) => <a href={to.lma(b.lma)}>{b.lma}</a> },
    { key: 'transport', title: words.transport, value: (b) => b.transport },
    { key: 'careOf', title: words.careOf, value: (b) => b.careOf, optional: true, width: 'minmax(10rem, 1fr)' },
    { key: 'lifetime', title: words.lifetime, value: (b) => b.lifetime, cell: (b) => duration(b.lifetime * 1000), end: true },
    { key: 'since', time: true, title: words.since, value: (b) => b.since, cell: (b) => (b.since === undefined ? '' : <time title={dateTime(b.since)}>{ago(b.since, Date.now())}</time>) },
  ];
};

export function Bindings({ home }: { readonly home: HomeDetails }) {
  const columns = useMemo(columnsOf, [language.value]);
  return (
    <Table
      name="bindings"
      label={t().home.tabs.subscribers}
      columns={columns}
      rows={home.bindings}
      id={(b) => `${b.subscriber} ${b.lma} ${b.service}`}
      href={(b) => to.subscriber(b.subscriber)}
      sort="-since"
      empty={
        <EmptyState icon="people" title={t().home.nobody}>
          {home.status === 'online' ? t().home.nobodyHelp : home.reasons.join(' ')}
        </EmptyState>
      }
    />
  );
}
