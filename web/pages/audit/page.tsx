/** Who did what: read page by page, checked against its chain of hashes, each entry with what it changed. */
import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { AuditEntry } from '../../../cloud/api/resources/network.ts';
import type { Page as PageOf } from '../../../cloud/api/resources/answers.ts';
import { format, language, t } from '../../i18n/index.ts';
import { failureOf, get } from '../../lib/api.ts';
import { curl } from '../../lib/curl.ts';
import { search } from '../../lib/route.ts';
import { query, setQuery } from '../../lib/router.ts';
import { useResource } from '../../lib/resource.ts';
import { may } from '../../lib/session.ts';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { CommandMenu } from '../../ui/commandHint.tsx';
import { EmptyState, Loaded, May, Page, Section } from '../../ui/page.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { toast } from '../../ui/toast.tsx';
import { Entry } from './entry.tsx';
import { nameOf } from './nameOf.ts';
import { Filters, filterOf } from './filters.tsx';
import { Verify } from './verify.tsx';

const LIMIT = 200;

export default function AuditPage() {
  const words = t().audit;
  const asked = search(filterOf(query.value)).replace(/^\?/, '&');
  const path = `/audit?limit=${LIMIT}${asked}`;
  return (
    <Page
      title={t().shell.pages.audit}
      subtitle={words.subtitle}
      actions={
        <May role="operator" silent>
          <CommandMenu commands={[curl('GET', path), curl('GET', '/audit/verify'), curl('GET', '/audit/export')]} />
          <ButtonLink href="/api/v1/audit/export" icon="download">
            {words.export}
          </ButtonLink>
        </May>
      }
    >
      {may('operator') ? (
        <>
          <Verify />
          <Log key={path} path={path} filtered={asked !== ''} />
        </>
      ) : (
        <Section>
          <EmptyState icon="shield" title={words.notYours}>
            {t().shell.needsRole.operator}
          </EmptyState>
        </Section>
      )}
    </Page>
  );
}

function Log({ path, filtered }: { readonly path: string; readonly filtered: boolean }) {
  const words = t().audit;
  const first = useResource<PageOf<AuditEntry>>(path);
  const more = useSignal<readonly AuditEntry[]>([]);
  const next = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  const loaded = first.data.value;
  useEffect(() => {
    more.value = [];
    next.value = loaded?.next;
  }, [loaded]);
  const rows = useComputed(() => [...(first.data.value?.items ?? []), ...more.value]);
  const columns = useMemo(columnsOf, [language.value]);
  const older = async (): Promise<void> => {
    busy.value = true;
    try {
      const page = await get<PageOf<AuditEntry>>(`${path}&after=${next.value ?? ''}`);
      more.value = [...more.value, ...page.items];
      next.value = page.next;
    } catch (error) {
      toast(failureOf(error).message, 'bad');
    }
    busy.value = false;
  };
  const open = query.value['entry'];
  return (
    <Loaded of={first}>
      {() => (
        <>
          <Table
            name="audit"
            label={t().shell.pages.audit}
            columns={columns}
            rows={rows.value}
            id={(e) => String(e.number)}
            href={(e) => `/audit${search({ ...query.value, entry: String(e.number) })}`}
            sort="-number"
            tools={<Filters entries={rows.value} />}
            empty={
              <EmptyState icon="list" title={filtered ? t().common.table.nothingMatches : words.none} actions={filtered && <Button onClick={() => setQuery({ by: undefined, action: undefined, target: undefined, from: undefined, to: undefined })}>{t().common.table.clear}</Button>}>
                {filtered ? t().common.table.nothingMatchesHelp : words.noneHelp}
              </EmptyState>
            }
          />
          {next.value !== undefined && (
            <div class="row-of">
              <Button icon="down" busy={busy.value} onClick={() => void older()}>
                {words.older}
              </Button>
              <span class="muted">{words.shown(rows.value.length, loaded?.total ?? 0)}</span>
            </div>
          )}
          {open && <Entry number={Number(open)} known={rows.value.find((e) => String(e.number) === open)} onClose={() => setQuery({ entry: undefined })} />}
        </>
      )}
    </Loaded>
  );
}

const columnsOf = (): readonly Column<AuditEntry>[] => {
  const words = t().audit;
  const { dateTime, number } = format();
  return [
    { key: 'number', title: words.number, value: (e) => e.number, cell: (e) => number(e.number), width: 'minmax(5rem, 0.3fr)', end: true },
    { key: 'at', time: true, title: words.when, value: (e) => e.at, cell: (e) => <time>{dateTime(e.at)}</time>, width: 'minmax(13.5rem, 0.8fr)', card: 'badge' },
    { key: 'by', title: words.who, value: (e) => nameOf(e.by), cell: (e) => nameOf(e.by) || words.nobody, width: 'minmax(8rem, 0.6fr)', card: 'line' },
    { key: 'action', title: words.action, value: (e) => e.action, cell: (e) => <a href={`/audit${search({ ...query.value, entry: String(e.number) })}`}>{e.action}</a>, width: 'minmax(11rem, 0.8fr)', card: 'title' },
    { key: 'target', title: words.target, value: (e) => nameOf(e.target), width: 'minmax(10rem, 1.5fr)', card: 'line' },
    { key: 'reason', title: t().common.reason, value: (e) => e.reason, width: 'minmax(10rem, 1fr)' },
    { key: 'hash', title: words.hash, value: (e) => e.hash, cell: (e) => <span class="mono">{e.hash}</span>, optional: true, width: 'minmax(14rem, 1fr)' },
  ];
};
