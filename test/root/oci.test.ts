/** The image as a container with three capabilities: the guide's gateway with two access VLANs, and a second container that takes over from the first. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { repository } from '../../lab/paths.ts';
import { start, until, type LabProcess } from '../../lab/processes.ts';
import type { Arch } from '../../packaging/deb.ts';
import { ociArchive } from '../../packaging/oci.ts';
import { agentImage, ociRun } from '../../packaging/ociImage.ts';
import { buildAnew } from './built.ts';
import { bundle, unpack, type Unpacked } from './container.ts';
import { CAPABILITY_BITS, rightsOf } from './leastRights.ts';
import { INTERNET } from './shellLab.ts';
import { vlanLab, VLANS, type VlanLab } from './vlanLab.ts';

let lab: VlanLab;
let folder: string;
let image: Unpacked;
/** In which the bpffs is, which stands for the machine's own. */
let mounts: LabProcess;
const containers: LabProcess[] = [];

beforeAll(async () => {
  buildAnew();
  lab = await vlanLab();
  await lab.startLma();
  folder = mkdtempSync(join(lab.folder, 'oci-'));
  const made = agentImage(repository, process.arch as Arch, readFileSync(process.execPath));
  image = unpack(ociArchive([made], ociRun('0.1.0'), { time: 0, reference: '0.1.0', pack: (data) => gzipSync(data, { level: 0 }) }), made.architecture, folder);
  for (const name of ['etc', 'run', 'run/agent', 'pins']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'etc', 'agent.yaml'), `${readFileSync(join(repository, 'examples', 'mag-vlans.yaml'), 'utf8')}clock: assume-synchronised\n`);
  // crun knows no mixture of both kinds of cgroups, which this machine may have.
  const prepare = [`mount -t bpf none ${folder}/pins`, `mkdir ${folder}/pins/roamstead`, 'mount -t cgroup2 none /sys/fs/cgroup', 'echo mounted', 'exec sleep infinity'];
  mounts = start({ name: 'mounts', namespace: undefined, argv: ['unshare', '--mount', 'sh', '-c', prepare.join(' && ')], folder });
  await until('a bpffs', 5000, () => mounts.log().includes('mounted'));
  bundle(folder, image, { network: `/run/netns/${lab.namespace('home')}`, configuration: join(folder, 'etc'), state: join(folder, 'run'), pins: join(folder, 'pins', 'roamstead') });
});
afterAll(async () => {
  await Promise.all(containers.map((c) => c.stop('SIGINT')));
  await mounts?.stop('SIGKILL');
  await lab?.close();
});

async function startContainer(name: string): Promise<LabProcess> {
  const argv = ['nsenter', `--mount=/proc/${mounts.pid}/ns/mnt`, 'crun', '--cgroup-manager=disabled', `--root=${folder}/crun`, 'run', '--bundle', folder, `${name}-${process.pid}`];
  const container = start({ name, namespace: undefined, argv, folder });
  containers.push(container);
  await until(`${name} to be ready`, 20_000, () => {
    if (!container.running()) throw new Error(`${name} ended: ${container.log()}`);
    return container.log().includes(' is ready');
  });
  return container;
}

/** Its first process, as this machine counts: the child of crun. */
const agentPid = ({ pid }: LabProcess): number => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
const ping = (count: number): string => lab.run('phone', 'ping', '-q', '-c', String(count), '-i', '0.1', '-W', '1', INTERNET);

it('has three capabilities and no shell', async () => {
  const container = await startContainer('first');
  expect(rightsOf({ pid: agentPid(container) })).toMatchObject({ Uid: '0', CapPrm: CAPABILITY_BITS, CapEff: CAPABILITY_BITS, CapBnd: CAPABILITY_BITS, NoNewPrivs: '1' });
  expect(container.log()).toContain('data path: bpf');
  expect(container.log()).not.toMatch(/warn|error/);
});

it('serves a phone in each VLAN by its profile', async () => {
  expect(VLANS.map((vlan) => lab.leaseIn(vlan))).toEqual(['192.0.2.1', '192.0.2.2']);
  expect(ping(5)).toContain('5 received');
  const sessions = (await lab.ask('lma', 'show lma-service session')) as { mnnai: string; apn: string }[];
  expect(sessions.map(({ mnnai, apn }) => [mnnai, apn])).toEqual([['0024.d78e.21a4', 'example_A.com'], ['0024.d78e.21b5', 'example_B.com']]);
});

it('replaced by another container, its phones notice nothing', async () => {
  const [first] = containers as [LabProcess];
  const packets = lab.running('phone', 'ping', '-q', '-c', '50', '-i', '0.04', '-W', '1', INTERNET);
  const replaced = async (): Promise<void> => {
    process.kill(agentPid(first), image.config.StopSignal);
    await first.exited;
    const second = await startContainer('second');
    expect(second.log()).toContain('took up what the last agent left bindings=2 stalePaths=0');
  };
  const [said] = await Promise.all([packets, replaced()]);
  expect(said).toContain(' 0% packet loss');
});
