/** The fleet at this moment: is everything well, and what is happening. */
import './now.css';
import { useEffect } from 'preact/hooks';
import type { Overview } from '../../../cloud/api/resources/network.ts';
import { format, t } from '../../i18n/index.ts';
import { live } from '../../lib/live.ts';
import { newestFirst } from '../../lib/liveState.ts';
import { PATHS } from '../../lib/paths.ts';
import { useResource } from '../../lib/resource.ts';
import { href } from '../../lib/route.ts';
import { missing } from '../../shell/missing.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { Figure } from '../../ui/figure.tsx';
import { EmptyState, Loaded, Note, Page, Section } from '../../ui/page.tsx';
import { AlertList, openOnes } from '../alerts/alertList.tsx';
import { Charts } from './charts.tsx';
import { Ticker } from './ticker.tsx';

/** The minutes behind the charts are loaded anew after so many milliseconds; figures and ticker are live. */
const AGAIN = 30_000;

export default function Now() {
  const overview = useResource<Overview>('/overview');
  useEffect(() => {
    const timer = setInterval(() => void overview.reload(), AGAIN);
    return () => clearInterval(timer);
  }, [overview.reload]);
  const loaded = overview.data.value;
  useEffect(() => {
    if (loaded) missing.value = loaded.missing;
  }, [loaded]);
  return (
    <Page title={t().shell.pages.now}>
      <Loaded of={overview}>{(data) => <Content overview={data} />}</Loaded>
    </Page>
  );
}

function Content({ overview }: { readonly overview: Overview }) {
  const words = t().now;
  const { homes, subscribers, handovers } = live.overview.value ?? overview;
  const alerts = openOnes([...live.alerts.value.values()]);
  if (homes.total === 0) {
    return (
      <EmptyState icon="home" title={words.noHomes} actions={<ButtonLink kind="primary" icon="plus" href={href(PATHS.homes, {}, { add: 'yes' })}>{t().homes.add}</ButtonLink>}>
        {words.noHomesHelp}
      </EmptyState>
    );
  }
  const { number, percent, duration } = format();
  const offline = homes.total - homes.online;
  // History comes by the minute, and the first minute has none.
  const moved = handovers.perMinute > 0 || overview.history.some((h) => h.handovers > 0);
  return (
    <>
      {overview.missing.length > 0 && (
        <Note tone="warn">
          <p>{words.missing}</p>
          <ul class="dots">
            {overview.missing.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </Note>
      )}
      <div class="figures">
        <Figure label={words.homesOnline} value={number(homes.online)} note={offline > 0 ? words.offline(offline, homes.total) : words.allOnline} href={href(PATHS.homes, {}, offline > 0 ? { status: 'offline' } : {})} />
        <Figure label={t().shell.pages.subscribers} value={number(subscribers)} note={words.attachedNow} href={PATHS.subscribers} />
        <Figure label={words.handoversPerMinute} value={number(handovers.perMinute, handovers.perMinute < 10 ? 1 : 0)} note={words.fiveMinutes} />
        <Figure label={words.success} value={percent(handovers.success)} note={words.fiveMinutes} />
        <Figure label={words.median} value={duration(handovers.p50)} note={words.slower(duration(handovers.p90), duration(handovers.p99))} />
      </div>
      <div class="now-columns">
        <div class="charts">
          <Charts history={overview.history} quiet={!moved} />
        </div>
        <div class="stack">
          <Section title={words.alerts(alerts.length)} actions={<a href={PATHS.alerts}>{words.allAlerts}</a>}>
            {alerts.length === 0 ? <Note tone="good">{words.noAlerts}</Note> : <AlertList alerts={alerts.slice(0, 4)} brief />}
          </Section>
          <Ticker handovers={newestFirst(live.ticker.value, overview.ticker)} />
        </div>
      </div>
    </>
  );
}
