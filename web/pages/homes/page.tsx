/** All homes as one table that is live, and the way to add one. */
import { useMemo } from 'preact/hooks';
import type { Home, HomeStatus } from '../../../cloud/api/resources/homes.ts';
import { format, language, t } from '../../i18n/index.ts';
import { curl } from '../../lib/curl.ts';
import { groupName } from '../../lib/groups.ts';
import { live } from '../../lib/live.ts';
import { to } from '../../lib/paths.ts';
import { query, setQuery } from '../../lib/router.ts';
import { may } from '../../lib/session.ts';
import { ConfigurationBadge, HomeBadge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { CommandMenu } from '../../ui/commandHint.tsx';
import { EmptyState, May, Page } from '../../ui/page.tsx';
import { Select } from '../../ui/select.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { AddHome } from './addHome.tsx';
import { worstConfiguration } from './configuration.ts';

const STATUSES: readonly HomeStatus[] = ['online', 'degraded', 'offline', 'paused', 'revoked'];

const columnsOf = (): readonly Column<Home>[] => {
  const words = t().homes;
  const { common } = t();
  const { bytes, number, date, ago, dateTime } = format();
  return [
    { key: 'name', title: common.name, value: (h) => h.name, cell: (h) => <a href={to.home(h.id)}>{h.name}</a>, width: 'minmax(11rem, 2fr)', card: 'title' },
    { key: 'status', title: common.status, value: (h) => common.homeStatus[h.status], cell: (h) => <HomeBadge status={h.status} />, width: 'minmax(8.5rem, 1fr)', card: 'badge' },
    { key: 'group', title: common.group, value: (h) => groupName(h.group), card: 'line' },
    { key: 'subscribers', title: t().shell.pages.subscribers, value: (h) => h.subscribers, cell: (h) => number(h.subscribers), end: true, width: 'minmax(8rem, 0.7fr)', card: 'line' },
    { key: 'configuration', title: words.configuration, value: (h) => common.configurationStatus[worstConfiguration(h)], cell: (h) => <ConfigurationBadge status={worstConfiguration(h)} />, width: 'minmax(11rem, 1.2fr)' },
    { key: 'down', title: words.down, value: (h) => h.bytesDown, cell: (h) => bytes(h.bytesDown), end: true, width: 'minmax(6.5rem, 0.7fr)' },
    { key: 'up', title: words.up, value: (h) => h.bytesUp, cell: (h) => bytes(h.bytesUp), end: true, width: 'minmax(6.5rem, 0.7fr)', optional: true },
    { key: 'seen', time: true, title: words.lastSeen, value: (h) => h.lastSeen, cell: (h) => (h.lastSeen === undefined ? common.never : <time title={dateTime(h.lastSeen)}>{h.status === 'online' ? words.justNow : ago(h.lastSeen, Date.now())}</time>), width: 'minmax(9.5rem, 1fr)' },
    { key: 'reasons', title: words.reasons, value: (h) => h.reasons.join(' '), width: 'minmax(12rem, 2fr)', optional: true, card: 'line' },
    { key: 'agent', title: words.agent, value: (h) => h.agent, optional: true },
    { key: 'certificate', time: true, title: words.certificate, value: (h) => h.certificateExpires, cell: (h) => (h.certificateExpires === undefined ? '' : date(h.certificateExpires)), optional: true },
    { key: 'identity', title: words.identity, value: (h) => h.identity, optional: true, width: 'minmax(12rem, 1fr)' },
    { key: 'id', title: words.id, value: (h) => h.id, cell: (h) => <span class="mono">{h.id}</span>, optional: true, width: 'minmax(17rem, 1fr)' },
    { key: 'notes', title: words.notes, value: (h) => h.notes, optional: true, width: 'minmax(12rem, 1fr)' },
  ];
};

export default function Homes() {
  const words = t().homes;
  const columns = useMemo(columnsOf, [language.value]);
  const all = useMemo(() => [...live.homes.value.values()], [live.homes.value]);
  const { status, group, add } = query.value;
  const rows = useMemo(() => all.filter((h) => (!status || h.status === status) && (!group || h.group === group)), [all, status, group]);
  const groups = useMemo(() => [...new Set(all.map((h) => h.group))].sort(), [all]);
  const waiting = live.claims.value.size;
  const adding = add !== undefined && may('operator');
  const addButton = (
    <Button kind="primary" icon="plus" onClick={() => setQuery({ add: 'yes' })}>
      {words.add}
    </Button>
  );
  return (
    <Page
      title={t().shell.pages.homes}
      subtitle={waiting > 0 ? words.waiting(waiting) : words.subtitle}
      actions={
        <>
          <CommandMenu commands={[curl('GET', '/homes')]} />
          <May role="operator" silent>
            {addButton}
          </May>
        </>
      }
    >
      <Table
        name="homes"
        label={t().shell.pages.homes}
        columns={columns}
        rows={rows}
        id={(h) => h.id}
        href={(h) => to.home(h.id)}
        sort="name"
        tools={
          <>
            <Select label={t().common.status} value={status ?? ''} options={[['', words.anyStatus], ...STATUSES.map((s) => [s, t().common.homeStatus[s]] as const)]} onValue={(v) => setQuery({ status: v })} />
            {groups.length > 1 && <Select label={t().common.group} value={group ?? ''} options={[['', words.anyGroup], ...groups.map((g) => [g, groupName(g)] as const)]} onValue={(v) => setQuery({ group: v })} />}
          </>
        }
        empty={
          all.length > 0 ? (
            <EmptyState icon="filter" title={t().common.table.nothingMatches} actions={<Button onClick={() => setQuery({ status: undefined, group: undefined })}>{t().common.table.clear}</Button>} />
          ) : (
            <EmptyState icon="home" title={t().now.noHomes} actions={<May role="operator">{addButton}</May>}>
              {t().now.noHomesHelp}
            </EmptyState>
          )
        }
      />
      {adding && <AddHome onClose={() => setQuery({ add: undefined, code: undefined })} />}
    </Page>
  );
}
