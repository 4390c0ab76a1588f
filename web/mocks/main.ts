/** `npm run web:mock`: the dashboard with a simulated fleet and no cloud. */
import { parseArgs } from 'node:util';
import { startMock } from './mock.ts';

const USAGE = `usage: npm run web:mock -- [options]

The dashboard with a simulated fleet, at a port of 127.0.0.1, until Ctrl-C; whoever opens it is signed in as its owner.

  --port N          8080
  --homes N         300
  --subscribers N   2000
  --rate N          handovers a second: 6
  --seed N          the same one makes the same fleet: 1
  --files FOLDER    the built dashboard: dist/web
  --hostile         names with script in them
  --first-run       as a new installation is: nobody has been there
  --help
`;

const OPTIONS = {
  port: { type: 'string', default: '8080' },
  homes: { type: 'string', default: '300' },
  subscribers: { type: 'string', default: '2000' },
  rate: { type: 'string', default: '6' },
  seed: { type: 'string', default: '1' },
  files: { type: 'string', default: 'dist/web' },
  hostile: { type: 'boolean', default: false },
  'first-run': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

async function run(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return void process.stdout.write(USAGE);
  const number = (name: 'port' | 'homes' | 'subscribers' | 'rate' | 'seed'): number => {
    if (!/^\d+(\.\d+)?$/.test(values[name])) throw new Error(`--${name} ${values[name]}: expected a number`);
    return Number(values[name]);
  };
  const mock = await startMock({
    files: values.files,
    port: number('port'),
    homes: number('homes'),
    subscribers: number('subscribers'),
    rate: number('rate'),
    seed: number('seed'),
    hostile: values.hostile,
    firstRun: values['first-run'],
  });
  process.stdout.write(`The dashboard with a simulated fleet: ${mock.url} (${values['first-run'] ? 'nobody has been there' : 'signed in as ada'}; stop with Ctrl-C)\n`);
}

run().catch((error: unknown) => {
  const { code, message } = error as NodeJS.ErrnoException;
  process.stderr.write(`web:mock: ${code === 'EADDRINUSE' ? `${message}: another program has this port; choose one with --port` : message}\n`);
  process.exitCode = 1;
});
