/** A process that holds a data path until it is killed: `node controller.mjs ROLE CONFIG PATHS`, bundled by the test. */
import { startBpfPaths } from '../../linux/datapath/bpfPaths.ts';
import type { DatapathConfig } from '../../linux/datapath/bpfPaths.ts';
import type { Path } from '../../protocol/paths.ts';

const [config, paths] = process.argv.slice(2).map((text) => JSON.parse(text) as unknown) as [DatapathConfig, Path[]];
const held = startBpfPaths(config);
for (const path of paths) held.set(path);
process.stdout.write('ready\n');
setInterval(() => undefined, 60_000);
