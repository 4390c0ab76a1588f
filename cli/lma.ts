/** `roamstead lma --config FILE` */
import { parseArgs } from 'node:util';
import { loadLmaConfig } from '../cloud/config.ts';
import { runLma } from '../cloud/main.ts';
import { untilSignal, Usage, type Command } from './usage.ts';

const HELP = `roamstead lma --config FILE [--check]

The Local Mobility Anchor. Needs root for its data path and for IPv6 transport; with "datapath: none" and
IPv4 alone it runs as anybody.

  --config FILE   YAML; see examples/lma.yaml
  --check         check the file and stop

SIGTERM stops it and leaves the forwarding in place; SIGINT removes that, too.
`;

export const lmaCommand: Command = async (args) => {
  const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' }, check: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.config === undefined) throw new Usage(`--config is missing\n\n${HELP}`);
  const config = loadLmaConfig(values.config);
  if (values.check) {
    process.stdout.write(`${values.config}: correct\n`);
    return 0;
  }
  const lma = await runLma(config);
  const signal = await untilSignal();
  lma.stop({ keepForwarding: signal === 'SIGTERM' });
  return 0;
};
