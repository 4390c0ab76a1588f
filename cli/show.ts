/** `roamstead show …` and `clear …`: the seed's words, abbreviated as far as they stay unambiguous; `json` last, or --json, gives data. */
import { ask } from '../runtime/control.ts';
import { printers } from './printers.ts';
import { Usage } from './usage.ts';

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
  const words = [verb];
  let json = false;
  let socket: string | undefined;
  for (let i = 0; i < args.length; i++) {
    const word = args[i] as string;
    if (word === '--help' || word === '-h' || word === '?') {
      process.stdout.write(HELP);
      return 0;
    }
    if (word === '--json' || (word === 'json' && i === args.length - 1)) json = true;
    else if (word === '--socket') socket = args[++i];
    else if (word.startsWith('--')) throw new Usage(`unknown option ${word}\n\n${HELP}`);
    else words.push(word);
  }
  const row = match(words);
  const result = await ask(socket ?? `/run/roamstead/${row.process}.sock`, { command: row.command });
  const print = printers[row.command];
  process.stdout.write(json || !print ? `${JSON.stringify(result ?? null, null, 2)}\n` : print(result));
  return 0;
}

/** Each word may be shortened; the row must be the only one that fits. */
export function match(words: readonly string[]): Row {
  const fits = rows.filter((row) => {
    const full = row.words.split(' ');
    return full.length === words.length && words.every((w, i) => (full[i] as string).startsWith(w));
  });
  // A whole word beats longer ones that begin with it.
  const exact = fits.filter((row) => words.every((w, i) => row.words.split(' ')[i] === w));
  const [only, other] = exact.length === 1 ? exact : fits;
  if (!only) throw new Usage(`no such command: ${words.join(' ')}\n\n${HELP}`);
  if (other) throw new Usage(`ambiguous: ${words.join(' ')} fits ${fits.map((r) => `"${r.words}"`).join(' and ')}`);
  return only;
}
