/** The anchors, each with how full it is. */
import type { Lma } from '../../../cloud/api/resources/network.ts';
import { t } from '../../i18n/index.ts';
import { curl } from '../../lib/curl.ts';
import { to } from '../../lib/paths.ts';
import { useResource } from '../../lib/resource.ts';
import { CommandHint } from '../../ui/commandHint.tsx';
import { EmptyState, Loaded, Note, Page } from '../../ui/page.tsx';
import { LmaBadge, LmaFacts } from './facts.tsx';
import { Pools } from './pools.tsx';
import { useEvery } from './useEvery.ts';
import './lma.css';

export default function Lmas() {
  const words = t().lma;
  const list = useResource<readonly Lma[]>('/lmas');
  useEvery(list.reload);
  return (
    <Page title={t().shell.pages.lmas} subtitle={words.subtitle}>
      <Loaded of={list}>
        {(lmas) =>
          lmas.length === 0 ? (
            <EmptyState icon="anchor" title={words.empty}>
              {words.emptyHelp}
            </EmptyState>
          ) : (
            <div class="lmas">
              {lmas.map((lma) => (
                <section key={lma.name} class="card lma-card">
                  <header class="card-head">
                    <h2>
                      <a href={to.lma(lma.name)}>{lma.name}</a>
                    </h2>
                    <LmaBadge lma={lma} />
                  </header>
                  {lma.reason && <Note tone="bad">{lma.reason}</Note>}
                  <LmaFacts lma={lma} />
                  <Pools pools={lma.pools} />
                </section>
              ))}
            </div>
          )
        }
      </Loaded>
      <CommandHint command={curl('GET', '/lmas')} />
    </Page>
  );
}
