/** What stands around the pages, and who gets to see them. */
import { useEffect } from 'preact/hooks';
import type { Alert, Overview } from '../../cloud/api/resources/network.ts';
import type { Home, PendingClaim } from '../../cloud/api/resources/homes.ts';
import { t } from '../i18n/index.ts';
import { get, getAll } from '../lib/api.ts';
import { loadGroups } from '../lib/groups.ts';
import { connect, fill, live } from '../lib/live.ts';
import type { Loaded } from '../lib/liveState.ts';
import { go, path } from '../lib/router.ts';
import { findSession, may, session, sessionError } from '../lib/session.ts';
import { Button } from '../ui/button.tsx';
import { EmptyState, Loading } from '../ui/page.tsx';
import { Toasts } from '../ui/toast.tsx';
import { Header } from './header.tsx';
import { Help } from './help.tsx';
import { listenToKeys } from './keyboard.ts';
import { missing } from './missing.ts';
import { Navigation } from './navigation.tsx';
import { PAGES } from './pages.ts';
import { Search } from './search.tsx';
import { SignIn } from './signIn.tsx';
import { View } from './view.tsx';

export function App() {
  return (
    <>
      <Content />
      <Toasts />
    </>
  );
}

function Content() {
  if (sessionError.value !== undefined) return <EmptyState icon="warn" title={sessionError.value} actions={<Button onClick={() => void findSession()}>{t().shell.errors.retry}</Button>} />;
  if (session.value === undefined) return <Loading />;
  if (session.value === null) return <SignIn setUpToken={path.value === '/setup' ? location.hash.slice(1) || undefined : undefined} />;
  return <Signed />;
}

/** What every page may need, loaded once and kept up to date by the live stream. */
async function load(): Promise<Loaded> {
  const quietly = <T,>(asked: Promise<T>): Promise<T | undefined> => asked.catch(() => undefined);
  const [homes, alerts, claims] = await Promise.all([
    quietly(getAll<Home>('/homes?limit=1000')),
    quietly(getAll<Alert>('/alerts?ended=false&limit=1000')),
    may('operator') ? quietly(getAll<PendingClaim>('/claims')) : undefined,
    lookForMissing(),
    quietly(loadGroups()),
  ]);
  return { ...(homes ? { homes } : {}), ...(alerts ? { alerts } : {}), ...(claims ? { claims } : {}) };
}

/** Milliseconds until it is asked again which parts of the cloud do not answer. */
const AGAIN = 60_000;
/** Milliseconds until the first page has what it needs. */
const SETTLED = 3000;

async function lookForMissing(): Promise<void> {
  const overview = await get<Overview>('/overview').catch(() => undefined);
  if (overview) missing.value = overview.missing;
}

/** Once the first page stands there the others follow, so that they are there at once, and when the cloud is away. */
function fetchOtherPages(): () => void {
  const timer = setTimeout(() => {
    for (const load of Object.values(PAGES)) load().catch(() => undefined);
  }, SETTLED);
  return () => clearTimeout(timer);
}

function Signed() {
  useEffect(() => {
    const timer = setInterval(() => void lookForMissing(), AGAIN);
    return () => clearInterval(timer);
  }, []);
  // These lead here; any other address is where somebody was before.
  useEffect(() => {
    if (path.value === '/setup' || path.value === '/login') go('/', { replace: true });
  }, []);
  useEffect(connect, []);
  useEffect(fetchOtherPages, []);
  useEffect(listenToKeys, []);
  useEffect(() => void fill(load()), [live.generation.value]);
  return (
    <div class="shell">
      <a class="skip" href="#page">
        {t().shell.skip}
      </a>
      <Navigation />
      <Header />
      <main id="page" tabIndex={-1}>
        <View />
      </main>
      <Search />
      <Help />
    </div>
  );
}
