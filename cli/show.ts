/** `roamstead show …` and `clear …`: the seed's words, abbreviated as far as they stay unambiguous; `json` last, or --json, gives data. */
import { ask } from '../runtime/control.ts';
import { printers } from './printers.ts';
import { readArguments, Usage } from './usage.ts';

interface Row {
  readonly words: string;
  /** Command at the control socket. */
  readonly command: string;
  readonly process: 'agent' | 'lma';
}

const rows: readonly Row[] = [
  { words: 'show ipv6 mobile pmipv6 mag binding', command: 'show mag binding', process: 'agent' },
  { words: 'show ipv6 mobile pmipv6 mag globals', command: 'show mag globals', process: 'agent' },
  { words: 'show ipv6 mobile pmipv6 mag stats', command: 'show mag stats', process: 'agent' },
  { words: 'clear ipv6 mobile pmipv6 mag denied', command: 'clear mag denied', process: 'agent' },
  { words: 'show lma-service session', command: 'show lma-service session', process: 'lma' },
  { words: 'show lma statistics', command: 'show lma statistics', process: 'lma' },
];

const HELP = `Commands:
${rows.map((r) => `  roamstead ${r.words}`).join('\n')}

  --json            the same as data; so does "json" as the last word
  --socket PATH     the process's control socket (default /run/roamstead/agent.sock or lma.sock)
`;

export async function showCommand(verb: string, args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, HELP, { json: { type: 'boolean' }, socket: { type: 'string' } }, true);
  if (values.help || positionals.includes('?')) {
    process.stdout.write(HELP);
    return 0;
  }
  const last = positionals[positionals.length - 1] === 'json';
  const row = match([verb, ...(last ? positionals.slice(0, -1) : positionals)]);
  const result = await ask(values.socket ?? `/run/roamstead/${row.process}.sock`, { command: row.command });
  const print = printers[row.command];
  process.stdout.write(values.json || last || !print ? `${JSON.stringify(result ?? null, null, 2)}\n` : print(result));
  return 0;
}

/** Each word may be shortened as long as one row alone fits, or one fits in more whole words than any other. */
export function match(words: readonly string[]): Row {
  const fits = rows
    .map((row) => ({ row, full: row.words.split(' ') }))
    .filter(({ full }) => full.length === words.length && words.every((w, i) => w !== '' && (full[i] as string).startsWith(w)))
    .map(({ row, full }) => ({ row, whole: words.filter((w, i) => w === full[i]).length }));
  const most = Math.max(...fits.map((f) => f.whole));
  const [best, other] = fits.filter((f) => f.whole === most);
  if (!best) throw new Usage(`no such command: ${words.join(' ')}\n\n${HELP}`);
  if (other) throw new Usage(`ambiguous: ${words.join(' ')} fits ${fits.map((f) => `"${f.row.words}"`).join(' and ')}`);
  return best.row;
}
