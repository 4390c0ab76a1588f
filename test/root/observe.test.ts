/** What an operator sees of a real anchor and gateway: captures that Wireshark reads, metrics, and one handover from both ends. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { complaints, fields } from '../../lab/capture.ts';
import { run } from '../../lab/namespaces.ts';
import { start, until, type LabProcess } from '../../lab/processes.ts';
import type { Readiness } from '../../cloud/observe/health.ts';
import type { ShownTrace } from '../../runtime/traces.ts';
import { INTERNET, shellLab, type ShellLab } from './shellLab.ts';

let lab: ShellLab;
beforeEach(async () => {
  lab = await shellLab();
  // The phone's first packet attaches it, and that is to be watched.
  lab.ip('phone', 'link set eth0 down');
});
afterEach(() => lab.close());

const socket = (which: 'agent' | 'lma'): string => join(lab.folder, `${which}.sock`);
const get = (path: string): string => lab.run('lma', process.execPath, '-e', `fetch('http://127.0.0.1:9464${path}').then((r) => r.text()).then((t) => process.stdout.write(t))`);

async function capture(file: string, ...words: string[]): Promise<LabProcess> {
  const p = start({ name: `capture-${words.join('-')}`, namespace: undefined, argv: [process.execPath, lab.command, 'capture', ...words, 'to', file, '--socket', socket('agent'), '--socket', socket('lma')], folder: lab.folder });
  await until('the capture to have its file header', 10_000, () => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= 24);
  return p;
}

it.each([
  ['IPv6', (text: string) => text, 'mipv6 && ipv6 && !udp'],
  ['IPv4-UDP', (text: string) => text.replace('ipv6-address: 2001:db8:cafe:1024::101', 'ipv4-address: 10.8.24.101').replace('address: { ipv6: "2001:db8:cafe:1025::15" }', 'address: { ipv4: 10.8.24.15 }'), 'mipv6 && udp.port == 5436'],
])('a capture over %s has each message at both ends, and Wireshark finds nothing wrong with any', async (_, changed, filter) => {
  await lab.startLma();
  const agent = await lab.startAgent('mag-local-profile', `control-socket: ${lab.folder}/agent.sock`, 'agent', changed);
  const file = join(lab.folder, 'all.pcap');
  const three = join(lab.folder, 'three.pcap');
  const all = await capture(file);
  const some = await capture(three, 'type', 'pba', 'count', '2');
  lab.ip('phone', 'link set eth0 up');
  expect(lab.lease()).toBe('192.0.2.1');
  await until('two PBAs', 10_000, () => !some.running());
  await all.stop('SIGINT');
  expect(complaints(file)).toEqual([]);
  const seen = fields(file, filter, ['mip6.mhtype', 'ip.src', 'ipv6.src'] as const);
  expect(seen).toHaveLength(fields(file, 'frame', ['frame.number'] as const).length);
  for (const type of ['5', '6']) expect(seen.filter((m) => m['mip6.mhtype'] === type)).toHaveLength(2);
  expect(fields(three, filter, ['mip6.mhtype'] as const)).toEqual([{ 'mip6.mhtype': '6' }, { 'mip6.mhtype': '6' }]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(some.log()).toContain(`2 messages to ${three}`);
  expect(agent.running()).toBe(true);
});

it('the anchor says that it is ready, counts what passes, and shows an attachment as both ends saw it', async () => {
  await lab.startLma('observe: {}');
  expect(JSON.parse(get('/readyz')) as Readiness).toMatchObject({ ready: true, checks: [{ name: 'signalling' }, { name: 'store' }, { name: 'data path', reason: 'attached' }] });
  await lab.startAgent('mag-local-profile');
  lab.ip('phone', 'link set eth0 up');
  expect(lab.lease()).toBe('192.0.2.1');
  lab.run('phone', 'ping', '-c', '2', '-i', '0.2', '-W', '2', INTERNET);
  const shown = (which: 'agent' | 'lma', ...words: string[]): ShownTrace => (JSON.parse(lab.show(which, ...words, 'traces', 'json')) as [ShownTrace])[0];
  await until('the first packet to be noticed', 10_000, () => 'firstPacket' in shown('lma', 'lma').stages);
  const anchor = shown('lma', 'lma');
  const gateway = shown('agent', 'ipv6', 'mobile', 'pmipv6', 'mag');
  expect(Object.keys(anchor.stages)).toEqual(['pbuSent', 'pbuReceived', 'pathsSwitched', 'stored', 'pbaSent', 'firstPacket']);
  expect(Object.keys(gateway.stages)).toEqual(['associated', 'profile', 'pbuSent', 'pbaReceived', 'pathsSwitched', 'firstPacket']);
  expect(anchor.id).toBe(gateway.id);
  const metrics = get('/metrics');
  expect(metrics).toContain('pmip_bindings{service="lma1",apn="example.com",state="ACTIVE"} 1');
  expect(metrics).toMatch(/pmip_handover_duration_seconds_count\{kind="attach",stage="firstPacket"\} 1/);
  expect(metrics).toMatch(/pmip_datapath_drops_total\{reason="[^"]+"\} \d/);
  expect(metrics).not.toContain('mn0@');
  expect(get('/traces')).not.toContain('mn0@');
  expect(lab.show('lma', 'lma-service', 'session', 'address', '192.0.2.1')).toMatch(/\nmn0@example\.com /);
  expect(lab.show('lma', 'lma-service', 'session', 'state', 'RELEASED')).toBe('none\n');
  expect(lab.show('lma', 'lma-service', 'statistics')).toMatch(/PMIP_IPv4_POOL +ipv4: 1 used, 252 free/);

  lab.ip('lma', 'link set lma1 down');
  expect(JSON.parse(get('/readyz')) as Readiness).toMatchObject({ ready: false, checks: [{}, {}, { name: 'data path', ok: false, reason: 'lma1 is down' }] });
  expect(run([process.execPath, lab.command, 'show', 'lma', 'traces', '--socket', socket('lma')])).toMatch(/mn0@example\.com {2}attach at M1@D1 {2}PBU sent 0\.0 {2}PBU received /);
});
