/** The addresses of all pages, and how to link to them. */
import { href } from './route.ts';

export const PATHS = {
  now: '/',
  homes: '/homes',
  home: '/homes/:id/:tab?',
  subscribers: '/subscribers',
  subscriber: '/subscribers/:id/:handover?',
  map: '/map',
  configuration: '/configuration',
  rollout: '/configuration/rollouts/:id',
  newRollout: '/configuration/new',
  lmas: '/lmas',
  lma: '/lmas/:name',
  alerts: '/alerts',
  audit: '/audit',
  access: '/access/:tab?',
  settings: '/settings',
} as const;
export type PageKey = keyof typeof PATHS;

export const to = {
  home: (id: string, tab?: string) => href(PATHS.home, tab === undefined ? { id } : { id, tab }),
  subscriber: (id: string, handover?: string) => href(PATHS.subscriber, handover === undefined ? { id } : { id, handover }),
  rollout: (id: string) => href(PATHS.rollout, { id }),
  newRollout: (query: { readonly concern?: string; readonly scope?: string } = {}) => href(PATHS.newRollout, {}, query),
  lma: (name: string) => href(PATHS.lma, { name }),
  access: (tab: string) => href(PATHS.access, { tab }),
} as const;
