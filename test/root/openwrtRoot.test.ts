/**
 * The package's content unpacked in a root of its own, with busybox and Node: the init script starts the agent from UCI, a phone gets its
 * address and its packets through; a reload keeps its session, with a right configuration and with a wrong one; the owner's stop
 * tells the anchor. What stands in for procd starts and ends the process as procd does.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inside, run } from '../../lab/namespaces.ts';
import { start, until, type LabProcess } from '../../lab/processes.ts';
import { ipk } from '../../packaging/ipk.ts';
import { ROAMSTEAD } from '../../packaging/openwrt.ts';
import { collectPackage } from '../../packaging/payload.ts';
import { guide } from '../openwrt/examples.ts';
import type { Answer } from '../openwrt/busyboxRoot.ts';
import { minimalRoot, type MinimalRoot } from '../openwrt/minimalRoot.ts';
import { buildAnew } from './built.ts';
import { INTERNET, shellLab, type ShellLab } from './shellLab.ts';

const HOME = (guide['mag-local-profile.yaml'] as string).replace("option identities 'raw'", "option identities 'raw'\n\toption clock 'assume-synchronised'");
const NETWORK = "config interface 'roam'\n\toption proto 'none'\n\toption device 'br-3074'\n";

let lab: ShellLab;
let root: MinimalRoot;
let keeper: LabProcess;
/** The last first. */
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  buildAnew();
  const content = collectPackage('.', ROAMSTEAD, '24.10', '0.0.1');
  if (!content) throw new Error('nothing is built');
  root = await minimalRoot({ roamstead: HOME, network: NETWORK }, (folder) => {
    writeFileSync(join(folder, 'tmp/roamstead.ipk'), ipk(content, 0).octets);
    run(['chroot', folder, '/bin/sh', '-c', 'cd /tmp && tar xzf roamstead.ipk ./data.tar.gz && tar xzf data.tar.gz -C / && rm roamstead.ipk data.tar.gz']);
  });
  closers.push(() => root.remove());
  lab = await shellLab();
  closers.push(() => lab.close());
  // Holds the mounts, which nobody else sees, and which go with it.
  const mounts = `mount -t proc proc ${root.folder}/proc && mount -t sysfs sysfs ${root.folder}/sys && echo mounted && exec sleep infinity`;
  keeper = start({ name: 'router', namespace: lab.namespace('home'), argv: ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', mounts], folder: lab.folder });
  closers.push(() => keeper.stop('SIGKILL'), () => router('[ -f /var/run/roamstead.pid ] && kill -KILL "$(cat /var/run/roamstead.pid)"'));
  await until('the router’s mounts', 10_000, () => keeper.log().includes('mounted'));
  await lab.startLma();
});
afterAll(async () => {
  for (let close = closers.pop(); close; close = closers.pop()) await close();
});

const router = (line: string): Answer => root.sh(line, inside(lab.namespace('home'), ['nsenter', `--mount=/proc/${keeper.pid}/ns/mnt`]));
const service = (command: string): Answer => router(`PROCD_RUNS=1 /etc/rc.common /etc/init.d/roamstead ${command}`);
const pid = (): string => router('cat /var/run/roamstead.pid').stdout.trim();
const log = (): string => router('cat /tmp/agent.log').stdout;
const ready = (times: number): Promise<unknown> => until('the agent to be ready', 20_000, () => log().split('is ready').length > times);
const binding = (): string => router('roamstead show ipv6 mobile pmipv6 mag binding').stdout;
const sessions = async (): Promise<readonly Record<string, unknown>[]> => ((await lab.ask('lma', 'show lma-service session')) as Record<string, unknown>[]).filter((s) => s['state'] === 'ACTIVE');
const ping = (): string => lab.run('phone', 'ping', '-q', '-c', '3', '-i', '0.1', '-W', '1', INTERNET);

it('the init script starts the agent from UCI, and a phone is served', async () => {
  expect(service('check').stdout).toBe('/etc/config/roamstead: correct\n');
  expect(service('start').code).toBe(0);
  await ready(1);
  expect(lab.lease()).toBe('192.0.2.1');
  expect(binding()).toContain('Nai: mn0@example.com');
  expect(ping()).toContain('0% packet loss');
  expect(service('status').code).toBe(0);
});

it('a reload without a change, and one with a mistake, leave the agent alone', () => {
  const before = pid();
  expect([service('reload').code, pid()]).toEqual([0, before]);
  root.write('etc/config/roamstead', HOME.replace("option domain 'D1'", "option domian 'D1'"), 0o600);
  const { code, stderr } = service('reload');
  expect([code, pid()]).toEqual([1, before]);
  expect(stderr).toContain('/etc/config/roamstead:4: agent.main.domian: unknown option; did you mean domain?\n');
  expect(stderr).toContain('the agent keeps running by the configuration that it has');
  expect(ping()).toContain('0% packet loss');
});

it('so does one that finds another DHCP server on the network', () => {
  root.write('etc/config/roamstead', HOME, 0o600);
  root.write('etc/config/dhcp', "config dhcp 'roam'\n\toption interface 'roam'\n");
  const { code, stderr } = service('reload');
  expect([code, stderr]).toEqual([1, expect.stringContaining('mend it: uci set dhcp.roam.ignore=1')]);
  expect(router('uci set dhcp.roam.ignore=1; uci commit dhcp').code).toBe(0);
  expect(service('reload').code).toBe(0);
});

it('a reload with a change restarts it, and the session goes on', async () => {
  const [was] = await sessions();
  const before = pid();
  root.write('etc/config/roamstead', HOME.replace("option domain 'D1'", "option domain 'D1'\n\toption lifetime '1800'"), 0o600);
  expect(service('reload').code).toBe(0);
  await ready(2);
  expect(pid()).not.toBe(before);
  expect(log()).toContain('took up what the last agent left');
  expect(ping()).toContain('0% packet loss');
  const [is] = await sessions();
  expect([is?.['mnnai'], is?.['down-stream-grekey']]).toEqual([was?.['mnnai'], was?.['down-stream-grekey']]);
});

it('a stop tells the anchor; the owner’s pause lasts, and what ran is on no flash', async () => {
  expect(router('roamstead agent pause').code).toBe(0);
  expect(await sessions()).toEqual([]);
  // A reboot leaves nothing below /var.
  router('pid="$(cat /var/run/roamstead.pid)"; kill -KILL "$pid"; while [ -e "/proc/$pid" ]; do sleep 0.1; done; rm -rf /tmp/instance /var/run/roamstead*');
  expect(service('start').code).toBe(0);
  await ready(3);
  expect(JSON.parse(router('roamstead agent status --json').stdout)).toMatchObject({ state: 'paused' });
  expect(router('roamstead agent resume').code).toBe(0);
  lab.lease();
  expect(await sessions()).toHaveLength(1);
  expect(service('stop').code).toBe(0);
  expect([await sessions(), pid()]).toEqual([[], '']);
  expect(log()).toContain('the LMAs were told that their sessions here are over');
  expect(root.read('etc/roamstead/sharing.json')).toBe('{"paused":false,"cap":{}}');
  expect(router('ls /run /etc/roamstead').stdout).toBe('/etc/roamstead:\nsharing.json\n');
});

const walls = (): string => lab.run('home', 'tc', 'filter', 'show', 'dev', 'br-3074', 'ingress');

it('a stop after the agent was killed ends what goes on without it', async () => {
  root.write('etc/config/roamstead', HOME, 0o600);
  const before = log().split('is ready').length;
  expect(service('start').code).toBe(0);
  await ready(before);
  lab.lease();
  router('kill -KILL "$(cat /var/run/roamstead.pid)"');
  expect([await sessions(), walls()]).toEqual([expect.objectContaining({ length: 1 }), expect.stringContaining('filter')]);
  expect([service('stop').code, await sessions()]).toEqual([0, []]);
  expect(router('ls /var/run/roamstead/agent/*.json 2>/dev/null').stdout).toBe('');
  expect(walls()).toBe('');
});

it.each(['reload', 'restart'])('set to enabled 0 while it runs, it tells the anchor as well at %s', async (command) => {
  root.write('etc/config/roamstead', HOME, 0o600);
  const before = log().split('is ready').length;
  expect(service('start').code).toBe(0);
  await ready(before);
  lab.lease();
  expect(await sessions()).toHaveLength(1);
  root.write('etc/config/roamstead', HOME.replace("option enabled '1'", "option enabled '0'"), 0o600);
  expect(service(command).code).toBe(0);
  expect([await sessions(), pid()]).toEqual([[], '']);
});
