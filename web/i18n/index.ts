/** The language of the page: one catalogue is loaded at a time. */
import { computed, signal } from '@preact/signals';
import { createFormat, type Format } from '../lib/format.ts';
import { preference } from '../lib/preferences.ts';
import type { Catalogue } from './catalogue.ts';

export const LANGUAGES = { en: 'English', de: 'Deutsch', es: 'Español', fr: 'Français' } as const;
export type Language = keyof typeof LANGUAGES;
const isLanguage = (v: unknown): v is Language => typeof v === 'string' && Object.hasOwn(LANGUAGES, v);

const CATALOGUES: { readonly [L in Language]: () => Promise<Catalogue> } = {
  en: () => import('./en/index.ts').then((m) => m.en),
  de: () => import('./de/index.ts').then((m) => m.de),
  es: () => import('./es/index.ts').then((m) => m.es),
  fr: () => import('./fr/index.ts').then((m) => m.fr),
};

const guess = navigator.languages.map((l) => l.slice(0, 2)).find(isLanguage) ?? 'en';
const chosen = preference<Language>('language', guess, isLanguage);
/** The one that is shown: it changes when its catalogue has come. */
const shown = signal<{ readonly language: Language; readonly words: Catalogue } | undefined>(undefined);
// A browser set to en-GB writes dates the British way although the words are the same.
const formats = computed(() => createFormat(navigator.languages.find((l) => l.slice(0, 2) === shown.value?.language) ?? shown.value?.language ?? 'en'));

export const language = computed(() => shown.value?.language ?? 'en');

/** The messages; a component that calls it is drawn anew when the language changes. */
export function t(): Catalogue {
  if (!shown.value) throw new Error('no language is loaded yet: await loadLanguage() first');
  return shown.value.words;
}
export const format = (): Format => formats.value;

export async function loadLanguage(wanted: Language = chosen.value): Promise<void> {
  const words = await CATALOGUES[wanted]();
  chosen.value = wanted;
  shown.value = { language: wanted, words };
  document.documentElement.lang = wanted;
}
