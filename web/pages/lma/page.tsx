/** One anchor: how full it is, who is registered there, what it counts. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Binding } from '../../../cloud/api/resources/subscribers.ts';
import type { Lma } from '../../../cloud/api/resources/network.ts';
import type { Page as ListPage } from '../../../cloud/api/resources/answers.ts';
import { format, t } from '../../i18n/index.ts';
import { curl } from '../../lib/curl.ts';
import { PATHS } from '../../lib/paths.ts';
import { useResource } from '../../lib/resource.ts';
import { search, type Params } from '../../lib/route.ts';
import { Button } from '../../ui/button.tsx';
import { CommandHint } from '../../ui/commandHint.tsx';
import { EmptyState, Loaded, Note, Page, Section } from '../../ui/page.tsx';
import { Bindings } from './bindings.tsx';
import { countersOf } from './counters.ts';
import { LmaBadge, LmaFacts } from './facts.tsx';
import { Pools } from './pools.tsx';
import { useEvery } from './useEvery.ts';
import './lma.css';

const AT_ONCE = 50;

export default function LmaPage({ params: { name = '' } }: { readonly params: Params }) {
  const words = t().lma;
  const list = useResource<readonly Lma[]>('/lmas');
  useEvery(list.reload);
  const lma = list.data.value?.find((l) => l.name === name);
  const counters = countersOf(lma?.statistics ?? {});
  return (
    <Page title={name} parent={{ href: PATHS.lmas, title: t().shell.pages.lmas }} beside={lma && <LmaBadge lma={lma} />}>
      <Loaded of={list}>
        {() =>
          lma ? (
            <Section>
              {lma.reason && <Note tone="bad">{lma.reason}</Note>}
              <div class="lma-top">
                <LmaFacts lma={lma} />
                <Pools pools={lma.pools} />
              </div>
            </Section>
          ) : (
            <EmptyState icon="anchor" title={words.empty}>
              {words.emptyHelp}
            </EmptyState>
          )
        }
      </Loaded>
      <Registered name={name} />
      {counters.length > 0 && (
        <Section title={words.statistics}>
          <dl class="counters">
            {counters.map(({ name: counter, value }) => (
              <div key={counter}>
                <dt>{counter}</dt>
                <dd>{typeof value === 'number' ? format().number(value) : value}</dd>
              </div>
            ))}
          </dl>
        </Section>
      )}
    </Page>
  );
}

/** The bindings, a page at a time: an anchor may hold a million. */
function Registered({ name }: { readonly name: string }) {
  const words = t().lma;
  /** `after` of each page before this one. */
  const before = useSignal<readonly (string | undefined)[]>([]);
  const after = useSignal<string | undefined>(undefined);
  const path = `/lmas/${encodeURIComponent(name)}/bindings${search({ limit: String(AT_ONCE), after: after.value })}`;
  const list = useResource<ListPage<Binding>>(path);
  useEffect(() => {
    before.value = [];
    after.value = undefined;
  }, [name]);
  const from = before.value.length * AT_ONCE;
  return (
    <Section title={words.bindings} flush>
      <Loaded of={list}>
        {(page) =>
          page.items.length === 0 ? (
            <EmptyState icon="people" title={words.noBindings}>
              {words.noBindingsHelp}
            </EmptyState>
          ) : (
            <>
              <Bindings lma={name} bindings={page.items} onChanged={list.reload} />
              <nav class="pager" aria-label={words.bindings}>
                <Button
                  icon="left"
                  disabled={before.value.length === 0}
                  onClick={() => {
                    after.value = before.value.at(-1);
                    before.value = before.value.slice(0, -1);
                  }}
                >
                  {words.previous}
                </Button>
                <span>{words.page(from + 1, from + page.items.length, page.total)}</span>
                <Button
                  icon="right"
                  disabled={page.next === undefined}
                  onClick={() => {
                    before.value = [...before.value, after.value];
                    after.value = page.next;
                  }}
                >
                  {words.next}
                </Button>
              </nav>
            </>
          )
        }
      </Loaded>
      <div class="card-foot">
        <CommandHint command={curl('GET', path)} />
      </div>
    </Section>
  );
}
