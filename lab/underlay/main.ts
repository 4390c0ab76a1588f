/**
 * `npm run lab:underlay`: the commands of examples/underlay in a virtual machine. The same program runs at the host, where it boots the
 * machine and reports, and inside (`guest FOLDER`), where the story happens.
 */
import { runGuest } from '../machine/guest.ts';
import { LabError } from '../namespaces.ts';
import { story } from './guest/story.ts';
import { progress } from './report.ts';
import { runUnderlayLab } from './run.ts';

async function host(args: readonly string[]): Promise<number> {
  const unknown = args.find((a) => a !== '--keep');
  if (unknown !== undefined) {
    process.stderr.write(`unknown argument ${unknown}; known: --keep (leaves logs and captures)\n`);
    return 2;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  const say = (text: string) => process.stdout.write(`${text}\n`);
  try {
    await runUnderlayLab({ say, signal: stop.signal, keep: args.includes('--keep'), onResult: (r) => progress(r).forEach(say) });
    return 0;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    process.stderr.write(`lab:underlay: ${error.message}\n`);
    return 1;
  }
}

const [first, folder] = process.argv.slice(2);
if (first === 'guest' && folder !== undefined) await runGuest(folder, story);
else process.exitCode = await host(process.argv.slice(2));
if (first === 'guest') process.exit(0);
