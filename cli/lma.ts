/** `roamstead lma --config FILE` */
import { loadLmaConfig } from '../cloud/config.ts';
import { runLma } from '../cloud/main.ts';
import { readNamedFiles } from '../cloud/namedFiles.ts';
import { createRehearsal } from '../cloud/rehearsal.ts';
import { daemon } from './usage.ts';

const HELP = `roamstead lma --config FILE [--check]

The Local Mobility Anchor. Needs root for its data path and for IPv6 transport; with "datapath: none" and
IPv4 alone it runs as anybody.

  --config FILE   YAML; see examples/lma.yaml
  --check         check the file, and the keys and certificates that it names, and stop

SIGTERM stops it and leaves the forwarding in place; SIGINT removes that, too.
`;

export const lmaCommand = daemon({ help: HELP, load: loadLmaConfig, files: readNamedFiles, run: (config) => runLma(config), keepForwarding: false, rehearsal: createRehearsal });
