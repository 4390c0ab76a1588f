/** Gettext's PO, as far as translations of a LuCI page use it: msgid, msgid_plural, msgstr, msgstr[n], strings over several lines. */

export interface Message {
  readonly id: string;
  readonly isPlural: boolean;
  /** One, or one for each plural form; '' where nobody has translated it. */
  readonly texts: readonly string[];
}

export interface Po {
  /** The rule of `Plural-Forms`, such as `nplurals=2; plural=n != 1;` */
  readonly plural: string | undefined;
  readonly messages: readonly Message[];
}

const LINE = /^(?:(msgid|msgid_plural|msgstr|msgstr\[(\d)\])\s+)?"((?:[^"\\]|\\.)*)"$/;
const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\t': '\t' };
const unescaped = (text: string): string => text.replaceAll(/\\./g, (pair) => ESCAPES[pair] ?? pair.slice(1));

/** @throws Error in words, with the line */
export function parsePo(text: string): Po {
  const all: { id: string; isPlural: boolean; texts: string[] }[] = [];
  let add: (more: string) => void = () => undefined;
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [found, keyword, form, raw = ''] = LINE.exec(line) ?? [];
    if (found === undefined) throw new Error(`line ${i + 1} is no line of a PO file: ${line}`);
    const value = unescaped(raw);
    if (keyword === 'msgid') all.push({ id: '', isPlural: false, texts: [] });
    const message = all.at(-1);
    if (!message) throw new Error(`line ${i + 1} stands before the first msgid: ${line}`);
    if (keyword === 'msgid') add = (more) => void (message.id += more);
    else if (keyword === 'msgid_plural') {
      message.isPlural = true;
      add = () => undefined;
    } else if (keyword !== undefined) {
      const n = Number(form ?? 0);
      message.texts[n] = '';
      add = (more) => void (message.texts[n] += more);
    }
    add(value);
  }
  const header = all.find((m) => m.id === '')?.texts[0] ?? '';
  return { plural: /^Plural-Forms: (.*)$/m.exec(header)?.[1], messages: all.filter((m) => m.id !== '') };
}
