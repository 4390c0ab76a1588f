/** What the home's owner says to the agent that runs, and its answers. */
import { ask } from '../runtime/control.ts';
import { gatewayPrinters } from './printers/gateway.ts';
import { socketOf } from './run.ts';
import { Usage } from './usage.ts';

export interface OwnersWord {
  /** One of those that `help` lists. */
  readonly word: string;
  /** What follows it. */
  readonly more: readonly string[];
  readonly help: string;
  readonly json: boolean;
  readonly socket: string | undefined;
}

/** Resolves to the exit code. @throws Usage; Error in the agent's words */
export async function askAsOwner({ word, more, help, json, socket }: OwnersWord): Promise<number> {
  const command = `agent ${word}`;
  const result = await ask(socketOf('agent', socket), { ...(word === 'cap' ? capOf(more, help) : nothingMore(more, help)), command });
  const print = gatewayPrinters[command];
  process.stdout.write(json || !print ? `${JSON.stringify(result ?? null, null, 2)}\n` : print(result));
  return 0;
}

function nothingMore(more: readonly string[], help: string): Record<string, never> {
  if (more.length > 0) throw new Usage(`unexpected: ${more.join(' ')}\n\n${help}`);
  return {};
}

/** `maximum-guests 3 up-rate 2Mbit/s`, or `none`. */
function capOf(words: readonly string[], help: string): Record<string, string | number> {
  if (words.length === 1 && words[0] === 'none') return {};
  if (words.length === 0 || words.length % 2 !== 0) throw new Usage(`cap: expected a limit with its value, or none\n\n${help}`);
  const pairs = words.flatMap((name, i): [string, string | number][] => (i % 2 === 0 ? [[name, name === 'maximum-guests' ? Number(words[i + 1]) : (words[i + 1] as string)]] : []));
  return Object.fromEntries(pairs);
}
