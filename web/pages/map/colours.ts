/** The colours of the page's theme for a canvas, which knows no CSS variables. */
import type { HomeStatus } from '../../../cloud/api/resources/homes.ts';

export interface Colours {
  readonly ground: string;
  readonly grid: string;
  readonly text: string;
  readonly muted: string;
  readonly surface: string;
  readonly link: string;
  readonly tunnel: string;
  readonly accent: string;
  readonly walker: string;
  readonly failed: string;
  readonly status: Readonly<Record<HomeStatus, string>>;
}

const NAMES = ['ground', 'grid', 'text', 'muted', 'surface', 'link', 'tunnel', 'accent', 'walker', 'failed', 'online', 'degraded', 'offline', 'paused', 'revoked'] as const;

/** Read anew when the theme changes. A `light-dark()` is resolved by asking for the colour of an element that has it. */
export function coloursOf(element: HTMLElement): Colours {
  const probe = document.createElement('span');
  element.append(probe);
  const read = (name: (typeof NAMES)[number]): string => {
    probe.style.color = `var(--map-${name})`;
    return getComputedStyle(probe).color;
  };
  const [ground, grid, text, muted, surface, link, tunnel, accent, walker, failed, online, degraded, offline, paused, revoked] = NAMES.map(read) as [string, string, string, string, string, string, string, string, string, string, string, string, string, string, string];
  probe.remove();
  return { ground, grid, text, muted, surface, link, tunnel, accent, walker, failed, status: { online, degraded, offline, paused, revoked } };
}
