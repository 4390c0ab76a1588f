/** What the fleet, a group or a home is told: each value with where it comes from; and the rollouts that brought it there. */
import { t } from '../../i18n/index.ts';
import { curl } from '../../lib/curl.ts';
import { PATHS, to } from '../../lib/paths.ts';
import { useResource } from '../../lib/resource.ts';
import { href, search } from '../../lib/route.ts';
import { query } from '../../lib/router.ts';
import { may } from '../../lib/session.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { CommandHint } from '../../ui/commandHint.tsx';
import { Loaded, Page, Section } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { concerns } from './fields.ts';
import { layersOf, type Layers } from './inherit.ts';
import { RolloutList } from './rolloutList.tsx';
import { ScopePicker } from './scopePicker.tsx';
import { Settings } from './shownSettings.tsx';
import { scopeOf, scopeText } from './document.ts';
import './configuration.css';

export default function Configuration() {
  const words = t().rollout;
  const { concern: wanted, scope: scopeWanted, tab } = query.value;
  const concern = concerns.find((c) => c === wanted) ?? 'profiles';
  const scope = scopeOf(scopeWanted);
  const current = tab === 'rollouts' ? 'rollouts' : concern;
  const change = to.newRollout({ concern, scope: scopeText(scope) });
  return (
    <Page
      title={t().shell.pages.configuration}
      subtitle={words.subtitle}
      actions={
        may('operator') && (
          <ButtonLink kind="primary" icon="edit" href={change}>
            {words.change}
          </ButtonLink>
        )
      }
    >
      <Tabs
        label={t().shell.pages.configuration}
        current={current}
        tabs={[...concerns.map((key) => ({ key, title: t().common.concerns[key] })), { key: 'rollouts' as const, title: words.rollouts }]}
        href={(key) => href(PATHS.configuration, {}, key === 'rollouts' ? { tab: key } : { concern: key, scope: scopeWanted })}
      />
      {current === 'rollouts' ? <RolloutList /> : <Current key={`${concern} ${scopeText(scope)}`} />}
    </Page>
  );
}

function Current() {
  const words = t().rollout;
  const concern = concerns.find((c) => c === query.value['concern']) ?? 'profiles';
  const scope = scopeOf(query.value['scope']);
  const layers = useResource<Layers>(`${concern} ${scopeText(scope)}`, () => layersOf(scope, concern));
  return (
    <>
      <ScopePicker scope={scope} />
      <Section title={words.concernHelp[concern]}>
        <Loaded of={layers}>{(found) => <Settings concern={concern} layers={found} scope={scope} />}</Loaded>
      </Section>
      <CommandHint command={curl('GET', `/documents${search({ concern, kind: scope.kind, id: scope.kind === 'fleet' ? undefined : scope.id })}`)} />
    </>
  );
}
