/** `roamstead agent --config FILE` */
import { parseArgs } from 'node:util';
import { loadAgentConfig } from '../agent/config.ts';
import { runAgent } from '../agent/main.ts';
import { untilSignal, Usage, type Command } from './usage.ts';

const HELP = `roamstead agent --config FILE [--check]

The Mobile Access Gateway of one home. Needs root (or CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF).

  --config FILE   YAML; see examples/mag-local-profile.yaml
  --check         check the file and stop

SIGTERM stops it and leaves the forwarding of its phones in place; SIGINT removes that, too.
Killed in any other way, it takes up its phones again when it is started anew.
`;

export const agentCommand: Command = async (args) => {
  const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' }, check: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.config === undefined) throw new Usage(`--config is missing\n\n${HELP}`);
  const config = loadAgentConfig(values.config);
  if (values.check) {
    process.stdout.write(`${values.config}: correct\n`);
    return 0;
  }
  const agent = await runAgent(config);
  const signal = await untilSignal();
  agent.stop({ keepForwarding: signal === 'SIGTERM' });
  return 0;
};
