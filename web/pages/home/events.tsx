import { useEffect, useMemo } from 'preact/hooks';
import type { HomeDetails, HomeEvent } from '../../../cloud/api/resources/homes.ts';
import type { Page } from '../../../cloud/api/resources/answers.ts';
import { format, language, t } from '../../i18n/index.ts';
import { useResource } from '../../lib/resource.ts';
import { Badge } from '../../ui/badge.tsx';
import { EmptyState, Loaded } from '../../ui/page.tsx';
import { Table, type Column } from '../../ui/table.tsx';

const AGAIN = 10_000;
const LEVELS = { info: ['calm', 'info'], warn: ['warn', 'warn'], error: ['bad', 'cross'] } as const;

const columnsOf = (): readonly Column<HomeEvent>[] => {
  const { dateTime } = format();
  return [
    { key: 'at', time: true, title: t().home.when, value: (e) => e.at, cell: (e) => <time>{dateTime(e.at)}</time>, width: 'minmax(13.5rem, 0.5fr)', card: 'line' },
    { key: 'level', title: t().home.kind, value: (e) => t().common.levels[e.level], cell: (e) => <Badge tone={LEVELS[e.level][0]} icon={LEVELS[e.level][1]}>{t().common.levels[e.level]}</Badge>, width: 'minmax(8rem, 0.4fr)', card: 'badge' },
    { key: 'text', title: t().home.what, value: (e) => e.text, width: 'minmax(16rem, 3fr)', card: 'title' },
  ];
};

export function Events({ home }: { readonly home: HomeDetails }) {
  const events = useResource<Page<HomeEvent>>(`/homes/${encodeURIComponent(home.id)}/events?limit=500`);
  useEffect(() => {
    const timer = setInterval(() => void events.reload(), AGAIN);
    return () => clearInterval(timer);
  }, [events.reload]);
  const columns = useMemo(columnsOf, [language.value]);
  return (
    <Loaded of={events}>
      {(page) => (
        <Table
          name="events"
          label={t().home.tabs.events}
          columns={columns}
          rows={page.items}
          id={(e) => String(e.number)}
          sort="-at"
          empty={
            <EmptyState icon="list" title={t().home.noEvents}>
              {t().home.noEventsHelp}
            </EmptyState>
          }
        />
      )}
    </Loaded>
  );
}
