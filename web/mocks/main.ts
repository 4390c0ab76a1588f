/** `npm run web:mock`: the dashboard with a simulated fleet and no cloud. */
import { parseArgs } from 'node:util';
import { startMock } from './mock.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8080' },
    homes: { type: 'string', default: '300' },
    subscribers: { type: 'string', default: '2000' },
    rate: { type: 'string', default: '6' },
    seed: { type: 'string', default: '1' },
    files: { type: 'string', default: 'dist/web' },
    hostile: { type: 'boolean', default: false },
    'first-run': { type: 'boolean', default: false },
  },
});
const mock = await startMock({
  files: values.files,
  port: Number(values.port),
  homes: Number(values.homes),
  subscribers: Number(values.subscribers),
  rate: Number(values.rate),
  seed: Number(values.seed),
  hostile: values.hostile,
  firstRun: values['first-run'],
});
process.stdout.write(`The dashboard with a simulated fleet: ${mock.url} (signed in as ada; stop with Ctrl-C)\n`);
