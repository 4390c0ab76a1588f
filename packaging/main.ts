/** The program behind `npm run package`. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageCommand } from './command.ts';

try {
  // The same from packaging/ and from the bundle in dist/.
  packageCommand(process.argv.slice(2), dirname(dirname(fileURLToPath(import.meta.url))), process.env);
} catch (error) {
  process.stderr.write(`package: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
