/** What is wrong and what to do about it: what goes on now, and what is over. */
import type { Alert } from '../../../cloud/api/resources/network.ts';
import { format, t } from '../../i18n/index.ts';
import { getAll } from '../../lib/api.ts';
import { curl } from '../../lib/curl.ts';
import { live } from '../../lib/live.ts';
import { PATHS } from '../../lib/paths.ts';
import { href } from '../../lib/route.ts';
import { query } from '../../lib/router.ts';
import { useResource } from '../../lib/resource.ts';
import { CommandMenu } from '../../ui/commandHint.tsx';
import { EmptyState, Loaded, May, Page, Section } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { AlertList, openOnes } from './alertList.tsx';

export default function Alerts() {
  const words = t().alerts;
  const past = query.value['show'] === 'past';
  const open = openOnes([...live.alerts.value.values()]);
  return (
    <Page title={t().shell.pages.alerts} subtitle={words.subtitle} actions={<CommandMenu commands={[curl('GET', '/alerts'), curl('POST', '/alerts/ID/acknowledge')]} />}>
      <Tabs label={t().shell.pages.alerts} tabs={[{ key: 'open', title: words.open, count: open.length }, { key: 'past', title: words.past }]} current={past ? 'past' : 'open'} href={(key) => href(PATHS.alerts, {}, { show: key === 'past' ? key : undefined })} />
      <May role="operator">{null}</May>
      {past ? (
        <Past />
      ) : open.length === 0 ? (
        <Section>
          <EmptyState icon="check" title={words.none}>
            {words.noneHelp}
          </EmptyState>
        </Section>
      ) : (
        <Section>
          <AlertList alerts={open} />
        </Section>
      )}
    </Page>
  );
}

/** By day, the newest first. */
function Past() {
  const words = t().alerts;
  const alerts = useResource<readonly Alert[]>('/alerts?ended=true&limit=500', getAll);
  return (
    <Loaded of={alerts}>
      {(all) => {
        const over = all.filter((a) => a.endedAt !== undefined).sort((a, b) => b.since - a.since);
        if (over.length === 0) return <Section><EmptyState icon="clock" title={words.nonePast}>{words.nonePastHelp}</EmptyState></Section>;
        const days = Map.groupBy(over, (a) => format().date(a.since));
        return [...days].map(([day, list]) => (
          <Section key={day} title={day}>
            <AlertList alerts={list} />
          </Section>
        ));
      }}
    </Loaded>
  );
}
