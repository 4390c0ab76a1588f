/** Which page shows which address. Each page is a file of its own that is loaded when somebody goes there. */
import type { FunctionComponent } from 'preact';
import { PATHS, type PageKey } from '../lib/paths.ts';
import type { IconName } from '../ui/icon.tsx';
import type { shell } from '../i18n/en/shell.ts';
import { match, type Params } from '../lib/route.ts';

/** A page gets the parts of its address. */
export type PageComponent = FunctionComponent<{ readonly params: Params }>;
type Load = () => Promise<{ readonly default: PageComponent }>;

export const PAGES: { readonly [K in PageKey]: Load } = {
  now: () => import('../pages/now/page.tsx'),
  homes: () => import('../pages/homes/page.tsx'),
  home: () => import('../pages/home/page.tsx'),
  subscribers: () => import('../pages/subscribers/page.tsx'),
  subscriber: () => import('../pages/subscriber/page.tsx'),
  map: () => import('../pages/map/page.tsx'),
  configuration: () => import('../pages/configuration/page.tsx'),
  newRollout: () => import('../pages/rollout/wizard.tsx'),
  rollout: () => import('../pages/rollout/page.tsx'),
  lmas: () => import('../pages/lma/list.tsx'),
  lma: () => import('../pages/lma/page.tsx'),
  alerts: () => import('../pages/alerts/page.tsx'),
  audit: () => import('../pages/audit/page.tsx'),
  access: () => import('../pages/access/page.tsx'),
  settings: () => import('../pages/settings/page.tsx'),
};

export interface Entry {
  readonly key: PageKey & keyof typeof shell.pages;
  readonly icon: IconName;
  /** After `g` on the keyboard. */
  readonly letter: string;
}
/** The navigation, in its order; the first four stand in the bar of a narrow screen. */
export const ENTRIES: readonly Entry[] = [
  { key: 'now', icon: 'now', letter: 'n' },
  { key: 'homes', icon: 'home', letter: 'h' },
  { key: 'subscribers', icon: 'people', letter: 's' },
  { key: 'alerts', icon: 'bell', letter: 'l' },
  { key: 'map', icon: 'map', letter: 'm' },
  { key: 'configuration', icon: 'sliders', letter: 'p' },
  { key: 'lmas', icon: 'anchor', letter: 'a' },
  { key: 'audit', icon: 'list', letter: 'u' },
  { key: 'access', icon: 'key', letter: 'c' },
  { key: 'settings', icon: 'gear', letter: 'e' },
];

const keys = Object.keys(PATHS) as PageKey[];

/** The first pattern that fits; patterns without parameters come before those with. */
export function pageOf(path: string): { readonly key: PageKey; readonly params: Params } | undefined {
  for (const key of [...keys].sort((a, b) => variable(a) - variable(b))) {
    const params = match(PATHS[key], path);
    if (params) return { key, params };
  }
  return undefined;
}
const variable = (key: PageKey): number => PATHS[key].split(':').length;

/** Which entry of the navigation a path belongs to. */
export function entryOf(path: string): Entry['key'] {
  return ENTRIES.find(({ key }) => key !== 'now' && (path === base(key) || path.startsWith(`${base(key)}/`)))?.key ?? 'now';
}
export const base = (key: PageKey): string => PATHS[key].split('/:', 1)[0] || '/';
