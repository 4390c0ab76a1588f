/** A command line that cannot be understood; the message says how it should look. Exit code 2. */
export class Usage extends Error {
  override readonly name = 'Usage';
}

/** Takes what follows its name; resolves to the exit code. */
export type Command = (args: readonly string[]) => Promise<number>;

/** Runs until SIGINT or SIGTERM; the second one does not wait. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130));
        resolve(signal);
      });
    }
  });
}
