/**
 * The Debian package in a Debian that boots: dpkg installs, upgrades, removes and purges it, systemd runs it with three capabilities, and the
 * guide's gateway with two access VLANs serves a phone in each.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { repository } from '../../lab/paths.ts';
import { until } from '../../lab/processes.ts';
import { deb, type Arch } from '../../packaging/deb.ts';
import { agentDeb } from '../../packaging/debPackage.ts';
import { buildAnew } from './built.ts';
import { debianMachine, type DebianMachine } from './debianMachine.ts';
import { CAPABILITY_BITS, rightsIn } from './leastRights.ts';
import { INTERNET } from './shellLab.ts';
import { vlanLab, VLANS, type VlanLab } from './vlanLab.ts';

let lab: VlanLab;
let machine: DebianMachine;
/** What this machine has of its own, whose root lies below. */
let foreign: string;
const EXAMPLE = readFileSync(join(repository, 'examples', 'mag-vlans.yaml'), 'utf8');
/** Nobody disciplines the clock of a test's machine. */
const CONFIGURATION = `${EXAMPLE}clock: assume-synchronised\n`;
const TIME = 1_767_225_600;
const FILE = '/etc/roamstead/agent.yaml';

function put(version: string): string {
  const { fileName, octets } = deb(agentDeb(repository, process.arch as Arch, version, TIME), TIME);
  writeFileSync(join(machine.root, 'packages', fileName), octets);
  return `/packages/${fileName}`;
}
/** Where this machine's Node is no package of Debian's, dpkg does not know of it. */
const install = (version: string): string => machine.run('dpkg', '--force-depends', '-i', put(version));

beforeAll(async () => {
  buildAnew();
  lab = await vlanLab();
  await lab.startLma();
  machine = await debianMachine(lab.namespace('home'));
  foreign = found();
});
afterAll(async () => {
  await machine?.close();
  await lab?.close();
});

const found = (): string => machine.run('find', '/etc', '/usr', '/run', '/var/lib', '/sys/fs/bpf', '-name', '*roamstead*');
const systemctl = (...words: string[]): string => {
  const { status, said } = machine.attempt('systemctl', ...words, 'roamstead-agent');
  if (status !== 0) throw new Error(`systemctl ${words.join(' ')} ended with ${status}: ${said}${journal()}`);
  return said.trim();
};
const state = (): string => machine.attempt('systemctl', 'is-active', 'roamstead-agent').said.trim();
const mainPid = (): string => systemctl('show', '--property=MainPID', '--value');
const journal = (): string => machine.run('journalctl', '--no-pager', '-o', 'cat', '-u', 'roamstead-agent');
const ready = (after = ''): Promise<unknown> => until('the agent', 20_000, () => mainPid() !== after && state() === 'active' && machine.attempt('roamstead', 'agent', 'status').status === 0);
const sessions = async (): Promise<unknown[]> => (await lab.ask('lma', 'show lma-service session')) as unknown[];
const modeOf = (path: string): string => {
  const { mode, uid } = statSync(join(machine.root, path));
  return `${(mode & 0o777).toString(8)} ${uid === 0 ? 'root' : machine.run('id', '-nu', String(uid)).trim()}`;
};
const ping = (vlan: (typeof VLANS)[number], count: number): string => lab.runIn(vlan, 'ping', '-q', '-c', String(count), '-i', '0.1', '-W', '1', INTERNET);

/** Packets of both phones all the while `work` runs; resolves with what did not come back. */
async function lostDuring(work: () => unknown): Promise<string[]> {
  const [said] = await Promise.all([lab.running('phone', 'ping', '-q', '-c', '50', '-i', '0.04', '-W', '1', INTERNET), work()]);
  return /, (\d+% packet loss)/.exec(said)?.slice(1) ?? [];
}

it('is installed, enabled and waits for a configuration that only its user can read', () => {
  expect(install('0.1.0')).toContain('roamstead: fill in /etc/roamstead/agent.yaml, then: systemctl start roamstead-agent');
  expect(systemctl('is-enabled')).toBe('enabled');
  expect(state()).toBe('inactive');
  expect([modeOf('/etc/roamstead'), modeOf(FILE), modeOf('/usr/bin/roamstead'), modeOf('/usr/lib/roamstead/agent.mjs')]).toEqual(['700 roamstead', '600 roamstead', '755 root', '644 root']);
});

it('started, it has three capabilities, and a phone in each VLAN gets an address by its profile and the guide’s line', async () => {
  machine.write(FILE, CONFIGURATION);
  systemctl('start');
  await ready();
  expect(rightsIn(machine.run('cat', `/proc/${mainPid()}/status`))).toMatchObject({ CapPrm: CAPABILITY_BITS, CapEff: CAPABILITY_BITS, CapBnd: CAPABILITY_BITS, NoNewPrivs: '1' });
  expect(journal()).toContain('data path: bpf');
  expect(VLANS.map((vlan) => lab.leaseIn(vlan))).toEqual(['192.0.2.1', '192.0.2.2']);
  for (const vlan of VLANS) expect(ping(vlan, 5)).toContain('5 received');
  expect(await sessions()).toEqual([expect.objectContaining({ mnnai: '0024.d78e.21a4', apn: 'example_A.com' }), expect.objectContaining({ mnnai: '0024.d78e.21b5', apn: 'example_B.com' })]);
  const shown = machine.run('roamstead', 'show', 'ipv6', 'mobile', 'pmipv6', 'mag', 'binding').replace(/Upstream: \d+, Downstream: \d+/g, 'Upstream: 8, Downstream: 8');
  expect(shown).toContain(`[Binding][MN]: Domain: D1, Nai: 0024.d78e.21a4
  [Binding][MN]: State: ACTIVE
  [Binding][MN]: Interface: GigabitEthernet0/1/0.3074
  [Binding][MN]: Hoa: 192.0.2.1, att: 4, llid: 0024.d78e.21a4
  [Binding][MN]: HNP: 0
  [Binding][MN][LMA]: Id: lma1
  [Binding][MN][LMA]: lifetime: 3600
  [Binding][MN][GREKEY]: Upstream: 8, Downstream: 8
`);
  expect(shown).toContain('Interface: GigabitEthernet0/1/0.4001\n  [Binding][MN]: Hoa: 192.0.2.2,');
});

it('upgraded, it keeps the edited configuration, and the phones notice nothing', async () => {
  const before = mainPid();
  expect(await lostDuring(async () => {
    install('0.1.1');
    await ready(before);
  })).toEqual(['0% packet loss']);
  expect(readFileSync(join(machine.root, FILE), 'utf8')).toBe(CONFIGURATION);
  expect(modeOf(FILE)).toBe('600 roamstead');
  expect(journal()).toContain('took up what the last agent left bindings=2 stalePaths=0');
});

it('a reload with a mistake leaves it as it is; a good one and a restart begin anew, and the phones notice nothing', async () => {
  const before = mainPid();
  machine.write(FILE, `${CONFIGURATION}maximum: 3\n`);
  expect(machine.attempt('systemctl', 'reload', 'roamstead-agent').status).not.toBe(0);
  expect(mainPid()).toBe(before);
  machine.write(FILE, `${CONFIGURATION}max-bindings: 100\n`);
  for (const verb of ['reload', 'restart']) {
    const pid = mainPid();
    expect(await lostDuring(async () => {
      systemctl(verb);
      await ready(pid);
    }), verb).toEqual(['0% packet loss']);
    expect(await sessions()).toHaveLength(2);
  }
});

it('a stop tells the LMA and removes the forwarding', async () => {
  systemctl('stop');
  expect(state()).toBe('inactive');
  expect(lab.run('home', 'ip', '-o', 'link')).not.toContain('pmip');
  expect(await sessions()).toEqual(VLANS.map(() => expect.objectContaining({ state: 'RELEASED' })));
});

it('removed, its configuration is left; purged, nothing', async () => {
  systemctl('start');
  await ready('0');
  expect(found()).toContain('/etc/systemd/system/multi-user.target.wants/roamstead-agent.service');
  machine.run('dpkg', '-r', 'roamstead');
  expect(lab.run('home', 'ip', '-o', 'link')).not.toContain('pmip');
  expect(machine.attempt('pgrep', '-u', 'roamstead').said).toBe('');
  expect(readFileSync(join(machine.root, FILE), 'utf8')).toContain('max-bindings: 100');
  machine.run('dpkg', '-P', 'roamstead');
  expect(found()).toBe(foreign);
  expect(machine.attempt('id', 'roamstead').said).toContain('no such user');
});
