/** The guide's drawing with one phone, in namespaces of the test's own: phone, home M1 with two access bridges, a network between, anchor, internet host. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { inside, ipBatch, run, runInside } from '../../lab/namespaces.ts';
import { start, until, type LabProcess } from '../../lab/processes.ts';
import { ask } from '../../runtime/control.ts';
import { bundleAgentInto, bundleInto } from '../cli/bundle.ts';

const execute = promisify(execFile);

export const PHONE_MAC = '00:24:d7:8e:21:a4';
export const INTERNET = '203.0.113.2';
const NAMES = ['phone', 'home', 'net', 'lma', 'inet'] as const;
type Name = (typeof NAMES)[number];

export interface ShellLab {
  readonly folder: string;
  namespace(name: Name): string;
  ip(where: Name, ...lines: string[]): void;
  run(where: Name, ...argv: string[]): string;
  /** The same beside the test. */
  running(where: Name, ...argv: string[]): Promise<string>;
  /** Examples of examples/ as they stand, with sockets and state of the lab's own; or `changed`. */
  startLma(more?: string, changed?: (text: string) => string): Promise<LabProcess>;
  startAgent(example: string, more?: string, name?: string, changed?: (text: string) => string): Promise<LabProcess>;
  /** The command itself, bundled. */
  readonly command: string;
  /** `roamstead show …` against one of them. */
  show(process: 'agent' | 'lma', ...words: string[]): string;
  /** The same from its control socket, as data: for whoever asks again and again. */
  ask(process: 'agent' | 'lma', command: string): Promise<unknown>;
  /** Leases an address with udhcpc and configures it as a DHCP script would. */
  lease(): string;
  wireAnchor(): void;
  wireHome(): void;
  wireBridge(): void;
  close(): Promise<void>;
}

const exampleText = (name: string): string => readFileSync(`examples/${name}.yaml`, 'utf8');

export async function shellLab(): Promise<ShellLab> {
  const prefix = `rssh-${process.pid}-`;
  const folder = mkdtempSync(join(tmpdir(), 'rssh-'));
  // Within the repository, where the addon and the BPF object are found from.
  const build = resolve('build', `shell-${process.pid}`);
  mkdirSync(build, { recursive: true });
  const command = await bundleInto(build);
  const gateway = await bundleAgentInto(join(build, 'gateway'));
  const processes: LabProcess[] = [];
  const ns = (name: Name): string => `${prefix}${name}`;
  const ip = (where: Name, ...lines: string[]): void => ipBatch(ns(where), lines);
  const inNs = (where: Name, ...argv: string[]): string => runInside(ns(where), argv);

  ipBatch(undefined, NAMES.map((name) => `netns add ${ns(name)}`));
  for (const name of NAMES) ip(name, 'link set lo up');
  const veth = (a: Name, device: string, b: Name, other: string): void => {
    ip(a, `link add ${device} type veth peer name ${other} netns ${ns(b)}`, `link set ${device} up`);
    ip(b, `link set ${other} up`);
  };
  for (const name of ['home', 'lma'] as const) inNs(name, 'sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1', 'net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.default.rp_filter=0');
  veth('phone', 'eth0', 'home', 'port0');
  ip('phone', `link set eth0 address ${PHONE_MAC}`);
  veth('lma', 'inet0', 'inet', 'eth0');
  ip('lma', 'address add 203.0.113.1/24 dev inet0');
  ip('inet', `address add ${INTERNET}/24 dev eth0`, 'route add default via 203.0.113.1');
  ip('home', 'link add br-4001 type bridge', 'link set br-4001 up');

  ip('net', 'link add br0 type bridge', 'link set br0 up');
  const wireAnchor = (): void => {
    veth('lma', 'lma1', 'net', 'anchor');
    ip('net', 'link set anchor master br0');
    ip('lma', 'link set lma1 address 02:00:00:00:10:24', 'address add 2001:db8:cafe:1024::101/32 dev lma1 nodad', 'address add 10.8.24.101/24 dev lma1');
  };
  const wireHome = (): void => {
    veth('home', 'wan0', 'net', 'home');
    ip('net', 'link set home master br0');
    // The same MAC each time, so that nobody waits for a neighbour entry to age.
    ip('home', 'link set wan0 address 02:00:00:00:10:15', 'address add 2001:db8:cafe:1025::15/32 dev wan0 nodad', 'address add 10.8.24.15/24 dev wan0');
  };
  const wireBridge = (): void => ip('home', 'link add br-3074 type bridge', 'link set br-3074 up', 'link set port0 master br-3074');
  wireAnchor();
  wireHome();
  wireBridge();

  async function roamstead(name: string, where: Name, verb: string, text: string): Promise<LabProcess> {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, text);
    const p = start({ name, namespace: ns(where), argv: [process.execPath, verb === 'agent' ? gateway : command, verb, '--config', file], folder });
    processes.push(p);
    const seen = p.log().length;
    await until(`${name} to be ready or to end`, 20_000, () => !p.running() || p.log().slice(seen).includes(' is ready'));
    if (!p.running() && name !== 'second') throw new Error(`${name} ended: ${p.log().slice(seen)}`);
    return p;
  }
  return {
    folder,
    command,
    namespace: ns,
    ip,
    run: inNs,
    running: async (where, ...argv) => {
      const [program, ...args] = inside(ns(where), argv) as [string, ...string[]];
      return (await execute(program, args)).stdout;
    },
    startLma: (more = '', changed = (text) => text) => roamstead('lma', 'lma', 'lma', `${changed(exampleText('lma'))}\ncontrol-socket: ${folder}/lma.sock\nstate-directory: ${folder}/lma-state\n${more}\n`),
    startAgent: (example, more = `control-socket: ${folder}/agent.sock`, name = 'agent', changed = (text) => text) =>
      roamstead(name, 'home', 'agent', `${changed(exampleText(example))}\nclock: assume-synchronised\nstate-directory: ${folder}/${name}-state\n${more}\n`),
    show: (which, ...words) => run([process.execPath, command, 'show', ...words, '--socket', join(folder, `${which}.sock`)]),
    ask: (which, command) => ask(join(folder, `${which}.sock`), { command }),
    lease() {
      const said = inNs('phone', 'sh', '-c', 'udhcpc -f -q -n -i eth0 -s /bin/true -t 10 -T 1 2>&1');
      const address = /lease of (\S+) obtained/.exec(said)?.[1] ?? said;
      ip('phone', `address replace ${address}/24 dev eth0`, 'route replace default via 192.0.2.254');
      return address;
    },
    wireAnchor,
    wireHome,
    wireBridge,
    async close() {
      await Promise.all(processes.map((p) => p.stop('SIGKILL')));
      for (const name of NAMES) run(['ip', 'netns', 'del', ns(name)]);
      rmSync(folder, { recursive: true });
      rmSync(build, { recursive: true });
    },
  };
}
