/** Runs inside the virtual machine: the contract of `Paths` on the kernel's tunnels, and what each test left behind. */
import { execFileSync } from 'node:child_process';
import type { Path } from '../../protocol/paths.ts';
import { startKernelPaths } from '../../linux/datapath/kernelPaths.ts';
import { pathsContract } from '../contracts/paths.ts';
import { expect, test } from './plainVitest.ts';

const MAX_PATHS = 16;
const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8' });
const SHOWN = ['link show', 'rule show', 'neighbour show nud permanent', 'route show table all proto static'].join('\n');
const batch = (family: string) => execFileSync('ip', [family, '-brief', '-batch', '-'], { encoding: 'utf8', input: SHOWN });
/** Interfaces by name alone: whether a bridge has a carrier shows a moment later. */
const state = () => `${batch('-4')}${batch('-6')}`.replaceAll(/^([^\s@]+)\S*\s+(?:UP|DOWN|UNKNOWN)\s.*$/gm, 'interface $1');

/** Of interfaces and of rules of one priority the order does not matter. */
const sorted = (text: string) => text.split('\n').filter(Boolean).sort();

function bridge(name: string): void {
  ip('link', 'add', name, 'address', `02:00:00:00:01:0${name.at(-1)}`, 'type', 'bridge');
  ip('link', 'set', name, 'up');
}
bridge('lan0');
bridge('lan1');
const before = state();

pathsContract('the kernel\'s tunnels', () => {
  const paths = startKernelPaths({ wan: [], access: [{ interface: 'lan0', space: 0 }, { interface: 'lan1', space: 1 }], maxPaths: MAX_PATHS });
  return {
    paths,
    role: 'mag',
    maxPaths: MAX_PATHS,
    transports: ['gre6', 'gre4'],
    polices: false,
    close() {
      paths.stop({ keepForwarding: false });
      const after = state();
      if (after !== before) throw new Error(`left behind:\n${after}\ninstead of:\n${before}`);
    },
  };
});

const start = () => startKernelPaths({ wan: [], access: [{ interface: 'lan0' }], maxPaths: MAX_PATHS });
const path = (n: number, change: Partial<Path> = {}): Path => ({
  index: n,
  space: 0,
  ipv4: `10.1.0.${n}`,
  prefixes: [{ address: `2001:db8:1:${n}::`, length: 64 }],
  tunnel: { transport: 'gre6', local: '2001:db8:a::2', remote: '2001:db8:b::2', sendKey: 0x5000 + n, receiveKey: 0xd000 + n, mtu: 1452 },
  access: { interface: 'lan0', mac: `02:00:00:00:02:0${n}` },
  ...change,
});

test('a station is seen when its frame comes through the bridge, and when it was', () => {
  const paths = start();
  ip('link', 'add', 'port0', 'type', 'veth', 'peer', 'name', 'phone0');
  ip('link', 'set', 'phone0', 'address', '02:00:00:00:02:77');
  ip('link', 'set', 'port0', 'master', 'lan0', 'up');
  ip('link', 'set', 'phone0', 'up');
  const asked = Number(process.hrtime.bigint()) / 1e6;
  // Asks for somebody who is not there: one broadcast.
  ip('address', 'add', '198.18.0.1/24', 'dev', 'phone0');
  execFileSync('sh', ['-c', 'ping -c 1 -W 0.1 -I phone0 198.18.0.2 || true'], { stdio: 'ignore' });
  const seen = paths.lastSeen('lan0', '02:00:00:00:02:77') ?? 0;
  // The bridge counts in hundredths of a second.
  expect(seen >= asked - 10 && seen <= Number(process.hrtime.bigint()) / 1e6).toBe(true);
  expect(paths.lastSeen('lan1', '02:00:00:00:02:77')).toBeUndefined();
  ip('link', 'del', 'port0');
  paths.stop({ keepForwarding: false });
});

test('what an earlier run left is taken up: whole paths as they are, anything else not', () => {
  const first = start();
  for (const n of [1, 2, 3]) first.set(path(n));
  first.stop({ keepForwarding: true });
  ip('link', 'del', 'pmip6-2');
  ip('link', 'set', 'pmip6-3', 'alias', '');
  const next = start();
  expect(next.list()).toEqual([path(1)]);
  const index = ip('-o', 'link', 'show', 'pmip6-1').split(':')[0];
  expect(next.reconcile([path(1), path(4)])).toEqual({ removed: 0 });
  expect(next.list()).toEqual([path(1), path(4)]);
  expect(ip('-o', 'link', 'show', 'pmip6-1').split(':')[0]).toBe(index);
  expect(/pmip6-[23]|10\.1\.0\.[23]/.test(state())).toBe(false);
  next.stop({ keepForwarding: false });
  expect(state()).toBe(before);
});

test('a start that is refused in the middle leaves nothing of its own, and what an earlier one forwards', () => {
  ip('link', 'add', 'tun9', 'type', 'gre', 'local', '192.0.2.1', 'remote', '192.0.2.2');
  const refused = () => startKernelPaths({ wan: [], access: [{ interface: 'lan0' }, { interface: 'tun9' }], maxPaths: MAX_PATHS });
  const clean = state();
  expect(refused).toThrow(/tun9 is no Ethernet interface/);
  expect(state()).toBe(clean);
  const first = start();
  first.set(path(1));
  first.stop({ keepForwarding: true });
  expect(refused).toThrow(/tun9 is no Ethernet interface/);
  const next = start();
  expect(next.list()).toEqual([path(1)]);
  next.stop({ keepForwarding: false });
  ip('link', 'del', 'tun9');
  expect(state()).toBe(before);
});

test('an access interface that was made anew gets its paths back', () => {
  const paths = start();
  paths.set(path(1));
  const whole = state();
  ip('link', 'del', 'lan0');
  bridge('lan0');
  expect(state() === whole).toBe(false);
  paths.attachAccess({ interface: 'lan0', gateways: ['10.1.0.254'] });
  expect(sorted(state())).toEqual(sorted(`${whole}\n1:\tfrom all to 10.1.0.254 iif lan0 lookup local`));
  paths.attachAccess({ interface: 'lan0' });
  expect(sorted(state())).toEqual(sorted(whole));
  paths.stop({ keepForwarding: false });
});
