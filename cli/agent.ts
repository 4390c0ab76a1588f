/** `roamstead agent --config FILE` */
import { radsecOptions } from '../agent/aaa/config.ts';
import { loadAgentConfig } from '../agent/config.ts';
import { runAgent } from '../agent/main.ts';
import { createRehearsal } from '../agent/rehearsal.ts';
import { daemon } from './usage.ts';

const HELP = `roamstead agent --config FILE [--check]

The Mobile Access Gateway of one home. Needs root (or CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF).

  --config FILE   YAML; see examples/mag-local-profile.yaml
  --check         check the file, and the keys and certificates that it names, and stop

SIGTERM stops it and leaves the forwarding of its phones in place; SIGINT removes that, too.
Killed in any other way, it takes up its phones again when it is started anew.
`;

export const agentCommand = daemon({ help: HELP, load: loadAgentConfig, files: (config) => void radsecOptions(config), run: (config) => runAgent(config), rehearsal: createRehearsal });
