/** Who may sign in, which programs may ask, and who is signed in where. */
import './access.css';
import { t } from '../../i18n/index.ts';
import { to } from '../../lib/paths.ts';
import type { Params } from '../../lib/route.ts';
import { may } from '../../lib/session.ts';
import { Page } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Sessions } from './sessions.tsx';
import { Tokens } from './tokens.tsx';
import { Users } from './users.tsx';

const OF_OWNERS = ['users', 'tokens'] as const;
type Tab = (typeof OF_OWNERS)[number] | 'sessions';

export default function Access({ params }: { readonly params: Params }) {
  const words = t().access;
  const tabs: readonly Tab[] = may('owner') ? [...OF_OWNERS, 'sessions'] : ['sessions'];
  const tab = tabs.find((one) => one === params['tab']) ?? tabs[0] ?? 'sessions';
  return (
    <Page title={t().shell.pages.access} subtitle={may('owner') ? words.subtitle : words.own}>
      {tabs.length > 1 && <Tabs label={t().shell.pages.access} current={tab} href={to.access} tabs={tabs.map((key) => ({ key, title: words.tabs[key] }))} />}
      {tab === 'users' && <Users />}
      {tab === 'tokens' && <Tokens />}
      {tab === 'sessions' && <Sessions />}
    </Page>
  );
}
