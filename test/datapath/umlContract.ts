/** Runs inside the virtual machine: the contract of `Paths` on the kernel's tunnels, and what each test left behind. */
import { execFileSync } from 'node:child_process';
import { startKernelPaths } from '../../linux/datapath/kernelPaths.ts';
import { pathsContract } from '../contracts/paths.ts';

const MAX_PATHS = 16;
const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8' });
const SHOWN = ['link show', 'rule show', 'neighbour show nud permanent', 'route show table all proto static'].join('\n');
const batch = (family: string) => execFileSync('ip', [family, '-brief', '-batch', '-'], { encoding: 'utf8', input: SHOWN });
const state = () => `${batch('-4')}${batch('-6')}`;

for (const name of ['lan0', 'lan1']) {
  ip('link', 'add', name, 'type', 'bridge');
  ip('link', 'set', name, 'up');
}
const before = state();

pathsContract('the kernel\'s tunnels', () => {
  const paths = startKernelPaths({ wan: [], access: [{ interface: 'lan0', space: 0 }, { interface: 'lan1', space: 1 }], maxPaths: MAX_PATHS });
  return {
    paths,
    role: 'mag',
    maxPaths: MAX_PATHS,
    transports: ['gre6', 'gre4'],
    close() {
      paths.stop({ keepForwarding: false });
      const after = state();
      if (after !== before) throw new Error(`left behind:\n${after}\ninstead of:\n${before}`);
    },
  };
});
