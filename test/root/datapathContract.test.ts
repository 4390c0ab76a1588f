/** The contract on the real maps, in a network namespace. */
import { execFileSync } from 'node:child_process';
import { startBpfPaths } from '../../linux/datapath/bpfPaths.ts';
import { inNamespace } from '../../linux/namespace.ts';
import { pathsContract } from '../contracts/paths.ts';

const MAX_PATHS = 16;
let made = 0;

for (const role of ['mag', 'lma'] as const) {
  pathsContract(`BPF at the ${role}`, () => {
    const ns = `rsdp-contract-${process.pid}-${made++}`;
    execFileSync('ip', ['netns', 'add', ns]);
    const links = ['wan0', 'lan0', 'lan1'].flatMap((name) => [`link add ${name} type veth peer name ${name}p`, `link set ${name} up`]);
    execFileSync('ip', ['-n', ns, '-batch', '-'], { input: links.join('\n') });
    const lans = [{ interface: 'lan0', space: 0 }, { interface: 'lan1', space: 1 }];
    const pools = [{ prefix: '10.1.0.0/16', space: 0 }, { prefix: '10.1.0.0/16', space: 1 }];
    const paths = inNamespace(ns, () => startBpfPaths({ role, wan: ['wan0'], mtu: 1472, maxPaths: MAX_PATHS, ...(role === 'mag' ? { access: lans } : { pools }) }));
    return {
      paths,
      role,
      maxPaths: MAX_PATHS,
      close() {
        paths.stop({ keepForwarding: false });
        execFileSync('ip', ['netns', 'del', ns]);
      },
    };
  });
}
