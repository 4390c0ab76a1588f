/** One home: how it is and why, who is there, what it is told to do, what happened, and what can be asked of it. */
import './home.css';
import { useEffect } from 'preact/hooks';
import type { HomeDetails } from '../../../cloud/api/resources/homes.ts';
import { t } from '../../i18n/index.ts';
import { groupName } from '../../lib/groups.ts';
import { live } from '../../lib/live.ts';
import { PATHS, to } from '../../lib/paths.ts';
import { useResource, type Resource } from '../../lib/resource.ts';
import type { Params } from '../../lib/route.ts';
import { HomeBadge } from '../../ui/badge.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { EmptyState, Loaded, Note, Page } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Actions } from './actions.tsx';
import { Bindings } from './bindings.tsx';
import { Commands } from './commands.tsx';
import { Configuration } from './configuration.tsx';
import { Events } from './events.tsx';
import { Overview } from './overview.tsx';

const TABS = ['overview', 'subscribers', 'configuration', 'events', 'commands'] as const;
type Tab = (typeof TABS)[number];
/** Milliseconds; what the live stream tells comes at once. */
const AGAIN = 15_000;

export default function HomePage({ params }: { readonly params: Params }) {
  const id = params['id'] ?? '';
  const loaded = useResource<HomeDetails>(`/homes/${encodeURIComponent(id)}`);
  useEffect(() => {
    const timer = setInterval(() => void loaded.reload(), AGAIN);
    return () => clearInterval(timer);
  }, [loaded.reload]);
  const told = live.homes.value.get(id);
  const details = loaded.data.value;
  // The stream tells of a home what the list shows; the rest is asked for when one of these changed.
  const changed = told && [told.status, told.since, told.subscribers, ...Object.values(told.configuration).map((c) => `${c.status} ${c.desired?.rev} ${c.running?.rev}`)].join();
  useEffect(() => {
    if (loaded.data.value) void loaded.reload();
  }, [changed]);
  const parent = { href: PATHS.homes, title: t().shell.pages.homes };
  if (details?.id !== id) {
    return (
      <Page title={told?.name ?? t().common.loading} parent={parent}>
        {loaded.error.value?.status === 404 ? (
          <EmptyState icon="home" title={t().home.gone} actions={<ButtonLink href={PATHS.homes}>{t().home.allHomes}</ButtonLink>}>
            {t().home.goneHelp}
          </EmptyState>
        ) : (
          <Loaded of={loaded}>{() => null}</Loaded>
        )}
      </Page>
    );
  }
  return <Shown home={{ ...details, ...told }} tab={TABS.find((one) => one === params['tab']) ?? 'overview'} loaded={loaded} />;
}

function Shown({ home, tab, loaded }: { readonly home: HomeDetails; readonly tab: Tab; readonly loaded: Resource<HomeDetails> }) {
  const words = t().home;
  const problems = Object.values(home.configuration).filter((c) => c.problems.length > 0).length;
  const counts: Partial<Record<Tab, number>> = { subscribers: home.bindings.length, configuration: problems };
  return (
    <Page
      title={home.name}
      beside={<HomeBadge status={home.status} />}
      subtitle={words.subtitle(groupName(home.group), home.identity)}
      parent={{ href: PATHS.homes, title: t().shell.pages.homes }}
      actions={<Actions home={home} loaded={loaded} />}
    >
      {home.reasons.length > 0 && (
        <Note tone={home.status === 'offline' ? 'bad' : 'warn'}>
          {home.reasons.map((reason) => (
            <p key={reason}>{reason}</p>
          ))}
        </Note>
      )}
      <Tabs label={home.name} current={tab} href={(key) => to.home(home.id, key === 'overview' ? undefined : key)} tabs={TABS.map((key) => ({ key, title: words.tabs[key], count: counts[key] ?? 0 }))} />
      {tab === 'overview' && <Overview home={home} />}
      {tab === 'subscribers' && <Bindings home={home} />}
      {tab === 'configuration' && <Configuration home={home} />}
      {tab === 'events' && <Events home={home} />}
      {tab === 'commands' && <Commands home={home} />}
    </Page>
  );
}
