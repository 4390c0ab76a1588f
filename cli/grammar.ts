/** Commands as words, the way IOS reads them: each may be shortened as long as one command alone fits; `?` tells what can follow. */
import { nearest } from '../runtime/nearest.ts';
import { Usage } from './usage.ts';

export interface Phrase {
  /** Words of the command; `<name>` stands for one word of the user's choice. */
  readonly words: string;
  /** What it does, in a line. */
  readonly help: string;
}

export interface Matched<P extends Phrase> {
  readonly phrase: P;
  /** The user's words by the names of their places. */
  readonly values: Readonly<Record<string, string>>;
}

const isPlace = (word: string): boolean => word.startsWith('<');
const fits = (word: string, said: string): boolean => said !== '' && (isPlace(word) || word.startsWith(said));
const listOf = (phrase: Phrase): string[] => phrase.words.split(' ');

/** The one that fits, or fits in more whole words than any other. @throws Usage that says what could have been said */
export function match<P extends Phrase>(phrases: readonly P[], said: readonly string[]): Matched<P> {
  const candidates = phrases
    .map((phrase) => ({ phrase, words: listOf(phrase) }))
    .filter(({ words }) => words.length === said.length && said.every((s, i) => fits(words[i] as string, s)))
    .map((c) => ({ ...c, whole: said.filter((s, i) => s === c.words[i]).length }));
  const most = Math.max(...candidates.map((c) => c.whole));
  const [best, other] = candidates.filter((c) => c.whole === most);
  if (!best) throw new Usage(unknown(phrases, said));
  if (other) throw new Usage(`ambiguous: ${said.join(' ')} fits ${[best, other].map((c) => `"${c.phrase.words}"`).join(' and ')}`);
  return { phrase: best.phrase, values: Object.fromEntries(best.words.flatMap((word, i) => (isPlace(word) ? [[word.slice(1, -1), said[i] as string]] : []))) };
}

export interface Following {
  readonly word: string;
  readonly help: string;
}

/** What can come after these words; `<cr>` where they are a command already. */
export function following(phrases: readonly Phrase[], said: readonly string[]): Following[] {
  const found = new Map<string, string>();
  for (const phrase of phrases) {
    const words = listOf(phrase);
    if (words.length < said.length || !said.every((s, i) => fits(words[i] as string, s))) continue;
    const word = words[said.length] ?? '<cr>';
    found.set(word, words.length <= said.length + 1 ? phrase.help : (found.get(word) ?? ''));
  }
  return [...found].map(([word, help]) => ({ word, help })).toSorted((a, b) => (a.word < b.word ? -1 : 1));
}

/** What `?` prints: after a space the words that can follow; behind letters (`sh?`) the words that begin with them. */
export function explain(phrases: readonly Phrase[], said: readonly string[]): string {
  const last = said.at(-1) ?? '';
  const before = last.endsWith('?') ? said.slice(0, -1) : said;
  const all = following(phrases, before).filter(({ word }) => word.startsWith(last.replace(/\?$/, '')));
  if (all.length === 0) throw new Usage(unknown(phrases, before));
  const width = Math.max(...all.map(({ word }) => word.length));
  return all.map(({ word, help }) => `  ${word.padEnd(width)}  ${help}`.trimEnd()).join('\n');
}

function unknown(phrases: readonly Phrase[], said: readonly string[]): string {
  let good = 0;
  while (good < said.length && following(phrases, said.slice(0, good + 1)).length > 0) good += 1;
  const known = said.slice(0, good);
  const next = following(phrases, known).map(({ word }) => word);
  const wrong = said[good];
  const can = known.length > 0 && next.length > 0 ? `after "${known.join(' ')}" can follow: ${next.join(', ')}` : `there are: ${next.join(', ')}`;
  if (wrong === undefined) return `incomplete command: ${said.join(' ')}; ${can}`;
  const near = nearest(next.filter((word) => !isPlace(word)), wrong);
  return `no such command: ${said.join(' ')}; ${near === undefined ? can : `"${wrong}": did you mean "${near}"? ${can}`}`;
}
