/**
 * UCI files as libuci reads them (file.c of openwrt/uci): `config TYPE 'NAME'`, `option NAME 'VALUE'`, `list NAME 'VALUE'`, one a
 * line, with its quotes, escapes and comments. Where libuci drops something without a word, this says so: two readers of one file
 * that understand it differently are worse than a refusal.
 */

export interface UciValue {
  readonly text: string;
  /** Of the file, from 1. */
  readonly line: number;
}

export interface UciOption {
  readonly name: string;
  readonly line: number;
  /** One of an `option`; of a `list` all, and of an `option` with a `list` of the same name after it both. */
  readonly values: readonly UciValue[];
  readonly list: boolean;
}

export interface UciSection {
  readonly type: string;
  /** Undefined: an anonymous section. */
  readonly name: string | undefined;
  /** Among those of its type, as in `uci show`: `@interface[0]`. */
  readonly index: number;
  readonly line: number;
  readonly options: ReadonlyMap<string, UciOption>;
}

export interface UciProblem {
  readonly line: number;
  readonly message: string;
}

export interface UciFile {
  readonly sections: readonly UciSection[];
  readonly problems: readonly UciProblem[];
}

/** As `uci show` names it, without the package. */
export const sectionName = ({ type, name, index }: Pick<UciSection, 'type' | 'name' | 'index'>): string => name ?? `@${type}[${index}]`;

/** The last value: what `uci get` prints of an option. */
export const valueOf = (section: UciSection, option: string): string | undefined => section.options.get(option)?.values.at(-1)?.text;

/** All values; those of an `option` are also split at spaces, as OpenWrt's own scripts take a list that was written as an option. */
export function valuesOf(section: UciSection, option: string): readonly string[] {
  const found = section.options.get(option);
  if (!found) return [];
  return found.list ? found.values.map((v) => v.text) : found.values.flatMap((v) => v.text.split(/\s+/).filter(Boolean));
}

/** What libuci's and OpenWrt's scripts take for yes and no; undefined: neither. */
export function flagOf(text: string): boolean | undefined {
  if (['1', 'on', 'true', 'yes', 'enabled'].includes(text)) return true;
  return ['0', 'off', 'false', 'no', 'disabled'].includes(text) ? false : undefined;
}

interface MutableOption extends UciOption {
  readonly values: UciValue[];
}

interface MutableSection extends UciSection {
  readonly options: Map<string, MutableOption>;
}

/** Looked up by name and counted by type: a file may be large. */
interface Sections {
  readonly all: MutableSection[];
  readonly named: Map<string, MutableSection>;
  readonly counts: Map<string, number>;
}

/** Never throws: what cannot be read is a problem with its line, and the rest is read on. */
export function parseUci(text: string): UciFile {
  const sections: Sections = { all: [], named: new Map(), counts: new Map() };
  const problems: UciProblem[] = [];
  const scan = { text, at: 0, line: 1 };
  let current: MutableSection | undefined;
  while (scan.at < text.length) {
    const { line } = scan;
    try {
      current = take(readCommand(scan), line, sections, current);
    } catch (e) {
      if (!(e instanceof Unreadable)) throw e;
      problems.push({ line, message: e.message });
    }
  }
  return { sections: sections.all, problems };
}

class Unreadable extends Error {}

interface Word {
  readonly text: string;
  /** With its quotes. */
  readonly raw: string;
}

const NAME = /^[A-Za-z0-9_]+$/;
const PACKAGE = /^[A-Za-z0-9_-]+$/;
const TYPE = /^[!-~]+$/;

/** For a message: not all of a file that is none, and nothing that a terminal obeys or nobody sees (a byte order mark). */
const MOST_SHOWN = 40;
const shown = (text: string): string => text.slice(0, MOST_SHOWN).replace(/\p{C}/gu, (c) => `U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`);

/** The section that the next option belongs to. @throws Unreadable */
function take(words: readonly Word[], line: number, sections: Sections, current: MutableSection | undefined): MutableSection | undefined {
  const [keyword, first, second, ...more] = words;
  if (!keyword) return current;
  if (more.length > 0) throw new Unreadable(`too many words after ${shown(keyword.raw)}: put a value with spaces in quotes`);
  switch (keyword.raw) {
    case 'package':
    case 'p':
      if (!first || second || !PACKAGE.test(first.text)) throw new Unreadable('expected one name after package');
      return current;
    case 'config':
    case 'c':
      return openSection(first, second, line, sections);
    case 'option':
    case 'o':
    case 'list':
    case 'l':
      addValue(keyword.raw.startsWith('l'), first, second?.text ?? '', line, current);
      return current;
    default:
      throw new Unreadable(`expected config, option or list, found ${shown(keyword.raw)}`);
  }
}

function openSection(type: Word | undefined, name: Word | undefined, line: number, sections: Sections): MutableSection {
  if (!type || !TYPE.test(type.text)) throw new Unreadable('expected a type of section after config');
  const named = name?.text === '' ? undefined : name?.text;
  if (named !== undefined && !NAME.test(named)) throw new Unreadable(`expected a section's name of letters, digits and _, found ${shown(named)}`);
  const before = named === undefined ? undefined : sections.named.get(named);
  if (before && before.type !== type.text) throw new Unreadable(`there is a section ${named} of another type (${before.type}) in line ${before.line}`);
  if (before) return before;
  const index = sections.counts.get(type.text) ?? 0;
  sections.counts.set(type.text, index + 1);
  const section = { type: type.text, name: named, index, line, options: new Map<string, MutableOption>() };
  sections.all.push(section);
  if (named !== undefined) sections.named.set(named, section);
  return section;
}

function addValue(list: boolean, name: Word | undefined, text: string, line: number, section: MutableSection | undefined): void {
  if (!section) throw new Unreadable('there is no section above it: begin with config');
  if (!name || !NAME.test(name.text)) throw new Unreadable(`expected the name of an option, of letters, digits and _${name ? `, found ${shown(name.text)}` : ''}`);
  const before = section.options.get(name.text);
  const value = { text, line };
  // An empty option is none, and leaves one that was there.
  if (!list && text === '') return;
  if (list && before?.list) before.values.push(value);
  else section.options.set(name.text, { name: name.text, line: before?.line ?? line, values: list && before ? [...before.values, value] : [value], list });
}

interface Scan {
  readonly text: string;
  at: number;
  line: number;
}

const isSpace = (c: string): boolean => c === ' ' || c === '\t' || c === '\r' || c === '\v' || c === '\f';

/** The words of one command, which may go on over lines inside of quotes; none of an empty line or a comment. @throws Unreadable, behind the line */
function readCommand(s: Scan): readonly Word[] {
  const words: Word[] = [];
  for (;;) {
    while (isSpace(s.text.charAt(s.at))) s.at += 1;
    const c = s.text.charAt(s.at);
    if (c === '#') skipLine(s);
    if (c === '' || c === '\n' || c === '#') {
      nextLine(s);
      return words;
    }
    if (c === ';') {
      skipLine(s);
      throw new Unreadable('found ; outside of quotes: put each option on a line of its own');
    }
    words.push(readWord(s));
  }
}

/** To the end of the line, which stays. */
function skipLine(s: Scan): void {
  const end = s.text.indexOf('\n', s.at);
  s.at = end < 0 ? s.text.length : end;
}

function nextLine(s: Scan): void {
  if (s.at >= s.text.length) return;
  s.at += 1;
  s.line += 1;
}

function readWord(s: Scan): Word {
  const start = s.at;
  let text = '';
  for (;;) {
    const c = s.text.charAt(s.at);
    if (c === '' || c === '\n' || isSpace(c) || c === '#' || c === ';') return { text, raw: s.text.slice(start, s.at) };
    if (c === "'" || c === '"') text += readQuoted(s, c);
    else if (c === '\\') text += readEscaped(s);
    else {
      text += c;
      s.at += 1;
    }
  }
}

/** Single quotes know no escape. Both may hold line breaks. */
function readQuoted(s: Scan, quote: string): string {
  const began = s.line;
  let text = '';
  s.at += 1;
  for (;;) {
    const c = s.text.charAt(s.at);
    if (c === '') throw new Unreadable(`the ${quote} of line ${began} is not closed`);
    if (c === quote) {
      s.at += 1;
      return text;
    }
    if (c === '\\' && quote === '"') {
      text += readEscaped(s);
      continue;
    }
    if (c === '\n') s.line += 1;
    text += c;
    s.at += 1;
  }
}

/** The character itself; nothing of a line break, which joins two lines. */
function readEscaped(s: Scan): string {
  s.at += 1;
  const end = /^\r?\n|^/.exec(s.text.slice(s.at, s.at + 2))?.[0] ?? '';
  if (end !== '') {
    s.at += end.length;
    s.line += 1;
    return '';
  }
  const c = s.text.charAt(s.at);
  s.at += c.length;
  return c;
}
