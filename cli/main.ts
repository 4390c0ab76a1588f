/** The process of the one command. */
import { complain, runCommand } from './command.ts';

// Whoever read us is gone (`show … | head`, a log collector that died): that ends nothing.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

runCommand(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => process.exit(complain(error)),
);
