/**
 * A router's configuration as lines, against a table of commands. A command is found in the mode that the line before left, or in
 * one around it, as the router itself does; indentation means little, because guides and mails lose it. No input throws, and what
 * no row knows is found as such.
 */
export interface Line {
  readonly file: string;
  readonly number: number;
  readonly text: string;
  readonly indent: number;
}

/** What the import has to say about a line. */
export interface Finding {
  readonly line: Line;
  /** `ignored`: it has no counterpart, and why that is no loss; `attention`: somebody must look; `unknown`: no row knows it. */
  readonly kind: 'ignored' | 'attention' | 'unknown';
  readonly message: string;
}

export type Words = Readonly<Record<string, string>>;

export interface Row<Draft> {
  readonly mode: string;
  /** `<name>` stands for one word, `<name...>` at the end for one or more. */
  readonly words: string;
  /** The mode that the line begins. */
  readonly enter?: string;
  /** Into the draft. Returns what must be said about it. */
  readonly take?: (draft: Draft, words: Words, line: Line) => Omit<Finding, 'line'> | undefined;
  /** It has no counterpart: why. */
  readonly ignored?: string;
  /** What follows on the line are commands of the mode that it begins. */
  readonly more?: boolean;
}

export interface Dialect<Draft> {
  readonly rows: readonly Row<Draft>[];
  /** The mode around each; `global` has none. */
  readonly parents: Readonly<Record<string, string>>;
  /** Modes whose lines hold several commands each. */
  readonly several?: ReadonlySet<string>;
  /** Modes that end with a line further left than the one that began them: its words mean something else further out. */
  readonly outdented?: ReadonlySet<string>;
  /** `!` ends every mode. */
  readonly separator?: boolean;
}

export const ignored = (message: string): Omit<Finding, 'line'> => ({ kind: 'ignored', message });
export const attention = (message: string): Omit<Finding, 'line'> => ({ kind: 'attention', message });

/** Lines with something on them, without comments; `!` alone may end a mode, and is kept for that. */
export const linesOf = (file: string, text: string): Line[] =>
  text.split(/\r?\n/).flatMap((whole, i) => {
    const trimmed = whole.trim();
    return trimmed === '' || (trimmed.startsWith('!') && trimmed !== '!') ? [] : [{ file, number: i + 1, text: trimmed, indent: whole.length - whole.trimStart().length }];
  });

export function parse<Draft>(dialect: Dialect<Draft>, lines: readonly Line[], draft: Draft): Finding[] {
  const findings: Finding[] = [];
  let mode = 'global';
  let begunAt = 0;

  for (const line of lines) {
    if (line.text === '!') mode = dialect.separator ? 'global' : mode;
    else if (line.text === 'end') mode = 'global';
    else if (line.text === 'exit') mode = dialect.parents[mode] ?? 'global';
    else if (/^`+/.test(line.text)) continue;
    else {
      if (dialect.outdented?.has(mode) && line.indent < begunAt) mode = 'global';
      command(line, line.text.split(/\s+/));
    }
  }
  return findings;

  function command(line: Line, words: readonly string[]): void {
    for (let left = words; left.length > 0; ) {
      const found = find(mode, left);
      if (!found) return void findings.push({ line, kind: 'unknown', message: 'not known to this import' });
      const { row, values, rest } = found;
      mode = row.enter ?? row.mode;
      if (row.enter !== undefined) begunAt = line.indent;
      const said = row.ignored === undefined ? row.take?.(draft, values, line) : ignored(row.ignored);
      if (said) findings.push({ line, ...said });
      left = rest;
    }
  }

  function find(from: string, words: readonly string[]): { row: Row<Draft>; values: Words; rest: readonly string[] } | undefined {
    for (let at: string | undefined = from; at !== undefined; at = at === 'global' ? undefined : (dialect.parents[at] ?? 'global')) {
      for (const row of dialect.rows) {
        if (row.mode !== at) continue;
        const several = row.more === true || dialect.several?.has(row.mode) === true;
        const values = matched(row.words.split(' '), words, several);
        if (values) return { row, values, rest: several ? words.slice(row.words.split(' ').length) : [] };
      }
    }
    return undefined;
  }
}

function matched(pattern: readonly string[], words: readonly string[], prefix: boolean): Words | undefined {
  const values: Record<string, string> = {};
  for (const [i, part] of pattern.entries()) {
    if (part.endsWith('...>')) {
      if (words.length <= i) return undefined;
      values[part.slice(1, -4)] = words.slice(i).join(' ');
      return values;
    }
    const word = words[i];
    if (word === undefined) return undefined;
    if (part.startsWith('<')) values[part.slice(1, -1)] = word;
    else if (part.toLowerCase() !== word.toLowerCase()) return undefined;
  }
  return prefix || words.length === pattern.length ? values : undefined;
}
