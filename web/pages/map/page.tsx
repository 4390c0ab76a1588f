/** Where the homes are and who walks between them: a map without tiles, a graph without positions, or a list. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { Topology } from '../../../cloud/api/resources/network.ts';
import { t } from '../../i18n/index.ts';
import { curl } from '../../lib/curl.ts';
import { PATHS } from '../../lib/paths.ts';
import { useResource } from '../../lib/resource.ts';
import { href } from '../../lib/route.ts';
import { query } from '../../lib/router.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { CommandHint } from '../../ui/commandHint.tsx';
import { EmptyState, Loaded, Page } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { HomeList } from './homeList.tsx';
import { sceneOf, type Layout } from './scene.ts';
import { Town } from './town.tsx';
import './map.css';

const VIEWS = ['map', 'graph', 'list'] as const;
/** Subscribers and links are counted anew so often. */
const REFRESH = 20_000;

export default function MapPage() {
  const words = t().map;
  const view = VIEWS.find((v) => v === query.value['view']) ?? 'map';
  const topology = useResource<Topology>('/topology');
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) void topology.reload();
    }, REFRESH);
    return () => clearInterval(timer);
  }, [topology.reload]);
  return (
    <Page title={t().shell.pages.map} subtitle={words.subtitle}>
      <Tabs label={words.views} current={view} tabs={VIEWS.map((key) => ({ key, title: words.view[key] }))} href={(key) => href(PATHS.map, {}, { view: key === 'map' ? undefined : key })} />
      <Loaded of={topology}>
        {(data) =>
          data.homes.length === 0 ? (
            <EmptyState icon="map" title={words.empty} actions={<ButtonLink href={PATHS.homes}>{t().shell.pages.homes}</ButtonLink>}>
              {words.emptyHelp}
            </EmptyState>
          ) : view === 'list' ? (
            <HomeList topology={data} />
          ) : (
            <Drawn topology={data} layout={view} />
          )
        }
      </Loaded>
      <CommandHint command={curl('GET', '/topology')} />
    </Page>
  );
}

function Drawn({ topology, layout }: { readonly topology: Topology; readonly layout: Layout }) {
  // A graph is laid out by its links: it must not jump whenever a subscriber is counted.
  const links = topology.homes.length + topology.neighbours.length * 1000;
  const fixed = useSignal({ links, layout, scene: sceneOf(topology, layout) });
  const scene = useMemo(() => {
    if (layout === 'map' || fixed.value.links !== links || fixed.value.layout !== layout) {
      fixed.value = { links, layout, scene: sceneOf(topology, layout) };
      return fixed.value.scene;
    }
    const now = new Map(topology.homes.map((h) => [h.id, h]));
    const { scene: before } = fixed.value;
    return { ...before, homes: before.homes.map((h) => ({ ...h, ...now.get(h.id) })) };
  }, [topology, layout]);
  return <Town key={layout} scene={scene} layout={layout} topology={topology} />;
}
