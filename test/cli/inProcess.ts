/** The command within the test's own process: a start of Node costs more than what is asked. */
import { vi } from 'vitest';
import { runCommand } from '../../cli/command.ts';
import { complain } from '../../cli/start.ts';
import type { Run } from './bundle.ts';

/** As main.ts runs it, with what it prints. */
export async function run(...args: string[]): Promise<Run> {
  const printed = { out: '', err: '' };
  const into = (name: keyof typeof printed) => (chunk: string | Uint8Array) => {
    printed[name] += String(chunk);
    return true;
  };
  const spies = [vi.spyOn(process.stdout, 'write').mockImplementation(into('out')), vi.spyOn(process.stderr, 'write').mockImplementation(into('err'))];
  try {
    const code = await runCommand(args).catch(complain);
    return { code, ...printed };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
