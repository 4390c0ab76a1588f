/** What stands behind a pipe: `| include TEXT`, `exclude`, `begin`, `count`, as IOS has them. The text is a regular expression. */
import { match, type Phrase } from './grammar.ts';
import { Usage } from './usage.ts';

export type Filter = (text: string) => string;

const MODIFIERS: readonly (Phrase & { readonly apply: (lines: readonly string[], fits: (line: string) => boolean) => readonly string[] })[] = [
  { words: 'include', help: 'lines with TEXT', apply: (lines, fits) => lines.filter(fits) },
  { words: 'exclude', help: 'lines without TEXT', apply: (lines, fits) => lines.filter((line) => !fits(line)) },
  { words: 'begin', help: 'from the first line with TEXT on', apply: (lines, fits) => lines.slice(lines.findIndex(fits) < 0 ? lines.length : lines.findIndex(fits)) },
  { words: 'count', help: 'how many lines have TEXT', apply: (lines, fits) => [`Number of lines which match regexp = ${lines.filter(fits).length}`] },
];

/** `show … | include TEXT` in its parts; without a pipe nothing is left out. Everything behind the first pipe is the filter's. @throws Usage */
export function splitPipe(line: string): { readonly command: string; readonly filter: Filter; readonly piped: boolean } {
  const at = line.indexOf('|');
  if (at < 0) return { command: line.trim(), filter: (text) => text, piped: false };
  const [word = '', ...rest] = line.slice(at + 1).trim().split(/ +/);
  const { phrase } = match(MODIFIERS, [word]);
  const pattern = rest.join(' ');
  if (pattern === '') throw new Usage(`| ${phrase.words} needs a text`);
  const wanted = expression(pattern);
  return {
    command: line.slice(0, at).trim(),
    piped: true,
    filter: (text) => phrase.apply(text.replace(/\n$/, '').split('\n'), (l) => wanted.test(l)).map((l) => `${l}\n`).join(''),
  };
}

function expression(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (e) {
    throw new Usage(`${pattern} is no regular expression: ${(e as Error).message}`);
  }
}
