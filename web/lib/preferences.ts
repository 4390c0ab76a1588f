/** Choices of one person in one browser: theme, language, columns. A browser that keeps nothing loses them at the next visit, no more. */
import { effect, signal, type Signal } from '@preact/signals';

const PREFIX = 'roamstead.';

/** @param check tells a stored value that is still valid */
export function preference<T>(name: string, initial: T, check: (stored: unknown) => stored is T): Signal<T> {
  const kept = read(name);
  const value = signal(check(kept) ? kept : initial);
  effect(() => write(name, value.value));
  return value;
}

export function read(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name) ?? 'null') as unknown;
  } catch {
    return null;
  }
}

function write(name: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Storage may be forbidden or full: the choice then lasts as long as the page.
  }
}

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export const theme = preference<Theme>('theme', 'system', (v): v is Theme => THEMES.some((t) => t === v));
effect(() => {
  if (theme.value === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme.value;
});
