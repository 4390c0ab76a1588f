/** What the fleet wants of a home, what runs there, and where each value comes from. */
import { useMemo } from 'preact/hooks';
import type { HomeConfiguration, HomeDetails } from '../../../cloud/api/resources/homes.ts';
import type { Revision } from '../../../runtime/fleet/messages.ts';
import type { Concern } from '../../../runtime/fleet/topics.ts';
import { language, t } from '../../i18n/index.ts';
import { PATHS, to } from '../../lib/paths.ts';
import { href } from '../../lib/route.ts';
import { query } from '../../lib/router.ts';
import { Badge, ConfigurationBadge } from '../../ui/badge.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { DiffTable } from '../../ui/diff.tsx';
import { EmptyState, May, Note, Section } from '../../ui/page.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { LastChange } from './lastChange.tsx';
import { valueText } from '../../lib/valueText.ts';

type Effective = HomeDetails['effective'][Concern][number];
type Row = Effective & { readonly problem: HomeConfiguration['problems'][number] | undefined };

export function Configuration({ home }: { readonly home: HomeDetails }) {
  const concerns = Object.keys(home.configuration) as Concern[];
  const shown = concerns.find((c) => c === query.value['concern']) ?? concerns[0];
  return (
    <div class="stack">
      <div class="concerns">
        {concerns.map((concern) => (
          <a key={concern} class="concern" href={href(PATHS.home, { id: home.id, tab: 'configuration' }, { concern })} aria-current={concern === shown ? 'true' : undefined}>
            <strong>{t().common.concerns[concern]}</strong>
            <ConfigurationBadge status={home.configuration[concern].status} />
          </a>
        ))}
      </div>
      {shown && <One home={home} concern={shown} />}
    </div>
  );
}

function One({ home, concern }: { readonly home: HomeDetails; readonly concern: Concern }) {
  const words = t().home;
  const { desired, running, status, problems } = home.configuration[concern];
  const lacking = (home.difference[concern] ?? []).map((d) => ({ ...d, kind: d.before === null ? ('added' as const) : d.after === null ? ('removed' as const) : ('changed' as const) }));
  const columns = useMemo(columnsOf, [language.value]);
  const rows = useMemo(() => home.effective[concern].map((e): Row => ({ ...e, problem: problems.find((p) => p.path === e.path || p.path.startsWith(`${e.path}.`)) })), [home.effective, problems, concern]);
  const elsewhere = problems.filter((p) => !rows.some((r) => r.problem === p));
  const same = desired !== undefined && running !== undefined && desired.rev === running.rev && desired.hash === running.hash;
  return (
    <Section
      title={t().common.concerns[concern]}
      actions={
        <May role="operator">
          <ButtonLink icon="sliders" href={to.newRollout({ concern, scope: `home:${home.id}` })}>
            {words.change}
          </ButtonLink>
        </May>
      }
    >
      <div class="stack">
        <div class="revisions">
          <RevisionOf label={words.desired} revision={desired} />
          <Badge tone={same ? 'good' : desired === undefined ? 'calm' : 'accent'} icon={same ? 'check' : desired === undefined ? 'circle' : 'arrow'}>
            {same ? words.same : desired === undefined ? words.nothingDesired : words.differs}
          </Badge>
          <RevisionOf label={words.running} revision={running} />
          <ConfigurationBadge status={status} />
        </div>
        {lacking.length > 0 && (
          <div>
            <h3>{words.lacking}</h3>
            <DiffTable rows={lacking} />
          </div>
        )}
        <LastChange key={concern} home={home} concern={concern} />
        {elsewhere.map((p) => (
          <Note key={p.path} tone="warn">
            <p>
              <code>{p.path}</code> {p.reason}
            </p>
            {p.substitution !== undefined && <p>{words.instead(p.substitution)}</p>}
          </Note>
        ))}
        <Table
          name={concern}
          label={t().common.concerns[concern]}
          columns={columns}
          rows={rows}
          id={(e) => e.path}
          short
          empty={
            <EmptyState icon="sliders" title={words.noValues}>
              {words.noValuesHelp}
            </EmptyState>
          }
        />
      </div>
    </Section>
  );
}

const columnsOf = (): readonly Column<Row>[] => {
  const words = t().home;
  return [
    { key: 'path', title: words.value, value: (e) => e.path, cell: (e) => <code>{e.path}</code>, width: 'minmax(12rem, 1.5fr)', card: 'title' },
    { key: 'wanted', title: words.wanted, value: (e) => valueText(e.value), cell: (e) => <Wanted row={e} />, width: 'minmax(12rem, 2fr)', card: 'line' },
    { key: 'source', title: words.source, value: (e) => t().common.sources[e.source], cell: (e) => <Badge tone={e.source === 'built in' ? 'calm' : 'accent'} icon={e.source === 'home' ? 'home' : e.source === 'built in' ? 'gear' : 'people'}>{t().common.sources[e.source]}</Badge>, width: 'minmax(8rem, 0.7fr)', card: 'badge' },
  ];
};

/** The value, and when the gateway does something else, what and why. */
function Wanted({ row }: { readonly row: Row }) {
  const value = valueText(row.value);
  if (!row.problem) return <span class="mono">{value}</span>;
  return (
    <>
      <del class="mono">{value}</del> {row.problem.substitution !== undefined && <ins class="mono">{row.problem.substitution}</ins>}
      <p class="field-error">{row.problem.reason}</p>
    </>
  );
}

function RevisionOf({ label, revision }: { readonly label: string; readonly revision: Revision | undefined }) {
  return (
    <div class="revision">
      <span class="muted">{label}</span>
      {revision ? (
        <>
          <strong>{t().home.revision(revision.rev)}</strong>
          <code title={revision.hash}>{revision.hash.slice(0, 8)}</code>
        </>
      ) : (
        <strong>{t().common.none}</strong>
      )}
    </div>
  );
}
