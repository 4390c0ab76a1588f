/**
 * `npm run lab:wifi`: real 802.11 in a virtual machine. The same program runs at the host, where it boots the machine and reports, and
 * inside (`guest FOLDER`), where the story happens.
 */
import { LabError } from '../namespaces.ts';
import { runWifiGuest } from './guest/main.ts';
import { drawing, progress, summary, verdict } from './report.ts';
import { runWifiLab } from './run.ts';

const USAGE = `npm run lab:wifi [-- --json] [-- --keep]

Boots a virtual machine with simulated radios: two homes and a phone on real 802.11 with WPA2-Enterprise against FreeRADIUS. The phone
roams by command and by signal. Takes about two minutes.
  --json   results as lines of JSON on standard output, progress on standard error
  --keep   leaves logs and configurations
`;

async function host(args: readonly string[]): Promise<number> {
  const unknown = args.find((a) => !['--json', '--keep', '--help'].includes(a));
  if (unknown !== undefined || args.includes('--help')) {
    (unknown === undefined ? process.stdout : process.stderr).write(`${unknown === undefined ? '' : `unknown argument ${unknown}\n`}${USAGE}`);
    return unknown === undefined ? 0 : 2;
  }
  const json = args.includes('--json');
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  const began = performance.now();
  const say = (text: string) => (json ? process.stderr : process.stdout).write(`${text}\n`);
  const timed = (text: string) => say(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);
  say(drawing());
  try {
    const results = await runWifiLab({
      say: timed,
      signal: stop.signal,
      keep: args.includes('--keep'),
      onResult(result) {
        if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
        for (const line of progress(result)) timed(line);
      },
    });
    say(summary(results));
    return verdict(results).every((v) => v.holds) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    process.stderr.write(`lab:wifi: ${error.message}\n`);
    return 1;
  }
}

const [first, folder] = process.argv.slice(2);
if (first === 'guest' && folder !== undefined) await runWifiGuest(folder);
else process.exitCode = await host(process.argv.slice(2));
if (first === 'guest') process.exit(0);
