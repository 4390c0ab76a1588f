/** The process of a program, from its arguments to its exit code. */
import { ConfigError } from '../runtime/configError.ts';
import { Usage } from './usage.ts';

/** Says on stderr why it ended, and returns the exit code: 2 for what cannot be understood, 1 for what failed. */
export function complain(reason: unknown): number {
  const error = reason instanceof Error ? reason : new Error(String(reason));
  process.stderr.write(`roamstead: ${error.message}\n`);
  if (process.env['ROAMSTEAD_TRACE'] && error.stack) process.stderr.write(`${error.stack}\n`);
  return error instanceof Usage || error instanceof ConfigError ? 2 : 1;
}

/** Of this process: ends it with the exit code. */
export function start(run: (args: readonly string[]) => Promise<number>): void {
  // Whoever read us is gone (`show … | head`, a log collector that died): that ends nothing.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  run(process.argv.slice(2)).then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => process.exit(complain(error)),
  );
}
