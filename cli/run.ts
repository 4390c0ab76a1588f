/** `roamstead show …`, `clear …`, `debug …`: the words are looked up, the process asked, its answer printed. */
import { existsSync } from 'node:fs';
import { ask, NotRunning } from '../runtime/control.ts';
import { streamDebug } from './debug.ts';
import { splitPipe } from './filter.ts';
import { explain, match } from './grammar.ts';
import type { Asking, Command, Process } from './phrases/kinds.ts';
import type { Printers } from './printers/table.ts';
import { readArguments, Usage } from './usage.ts';

const helpOf = (commands: readonly Command[]): string => `roamstead ${verbsOf(commands).map((verb) => `${verb} ...`).join(' | ')}

  ?                 as the last word: what can follow
  json, --json      the same as data
  '| include TEXT'  or exclude, begin, count: lines by a regular expression (in quotes, because of the shell)
  --socket PATH     the process's control socket (default /run/roamstead/agent.sock or lma.sock)
  --for TIME        debug: 90, 90s, 5m, 1h; default 10m
`;

/** What commands begin with. */
export const verbsOf = (commands: readonly Command[]): string[] => [...new Set(commands.map(({ words }) => words.slice(0, words.indexOf(' '))))];

/** What a program knows to ask, and how it shows the answers. */
export interface Language {
  readonly commands: readonly Command[];
  readonly printers: Printers;
}

/** The words may also come as one argument, with their pipe. */
export async function runWords({ commands, printers }: Language, verb: string, args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, helpOf(commands), { json: { type: 'boolean' }, socket: { type: 'string' }, for: { type: 'string' } }, true);
  const { command: line, filter, piped } = splitPipe([verb, ...positionals].join(' '));
  const said = line.split(' ');
  if (values.help || said.at(-1)?.endsWith('?')) {
    process.stdout.write(values.help ? `${helpOf(commands)}\n${explain(commands, [verb, '?'])}\n` : `${explain(commands, said)}\n`);
    return 0;
  }
  const json = values.json === true || said.at(-1) === 'json';
  const { phrase, values: places } = match(commands, said.at(-1) === 'json' ? said.slice(0, -1) : said);
  if (phrase.kind === 'debug') {
    const seconds = values.for === undefined ? {} : { seconds: durationOf(values.for) };
    return streamDebug({ socket: socketOf(phrase.process, values.socket), request: { ...phrase.request(places), ...seconds, command: 'debug' }, json });
  }
  if (phrase.kind === 'pages') return phrase.stream({ socket: socketOf('lma', values.socket), request: phrase.request(places), json, filter, piped });
  if (values.for !== undefined) throw new Usage('--for is for debug');
  const result = phrase.kind === 'local' ? phrase.answer() : await answerOf({ ...phrase, request: { ...(phrase.reads?.(places) ?? places), ...phrase.request } }, values.socket);
  const print = printers[phrase.kind === 'local' ? phrase.words : phrase.request.command];
  process.stdout.write(filter(json || !print ? `${JSON.stringify(result ?? null, null, 2)}\n` : print(result)));
  return 0;
}

/** OpenWrt has no /run; elsewhere both are the same folder. */
const FOLDERS = ['/run/roamstead', '/var/run/roamstead'] as const;

export function socketOf(process: Asking['process'], given: string | undefined): string {
  const paths = FOLDERS.map((folder) => `${folder}/${process === 'lma' ? 'lma' : 'agent'}.sock`);
  return given ?? paths.find((path) => existsSync(path)) ?? (existsSync('/run') ? paths[0] : paths[1]) ?? '';
}

/** Of one process, or joined of all that run. */
async function answerOf({ process, request }: Asking, socket: string | undefined): Promise<unknown> {
  if (process !== 'both' || socket !== undefined) return ask(socketOf(process, socket), request);
  const answers: unknown[] = [];
  let missing: NotRunning | undefined;
  for (const each of ['agent', 'lma'] satisfies Process[]) {
    try {
      answers.push(await ask(socketOf(each, undefined), request));
    } catch (e) {
      if (!(e instanceof NotRunning)) throw e;
      missing = e;
    }
  }
  if (answers.length === 0 && missing) throw missing;
  return answers.every((a) => typeof a === 'number') ? answers.reduce((sum, n) => sum + n, 0) : answers.flat();
}

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600 };

/** Seconds from `90`, `90s`, `5m`, `1h`. @throws Usage */
export function durationOf(text: string): number {
  const m = /^(\d+)([smh]?)$/.exec(text);
  const unit = UNITS[m?.[2] ?? ''];
  if (!m || unit === undefined || Number(m[1]) === 0) throw new Usage(`--for ${text}: expected a time such as 90, 90s, 5m or 1h`);
  return Number(m[1]) * unit;
}
