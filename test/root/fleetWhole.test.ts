/**
 * The whole way with the processes that people run: `roamstead cloud` with its LMA, a gateway, a phone. Claimed through the API, seen
 * from both ends over MQTT and the control socket, revoked.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Handover } from '../../cloud/api/resources/handovers.ts';
import type { Overview } from '../../cloud/api/resources/network.ts';
import type { Subscriber } from '../../cloud/api/resources/subscribers.ts';
import { run } from '../../lab/namespaces.ts';
import { start, until, type LabProcess } from '../../lab/processes.ts';
import { INTERNET, shellLab, type ShellLab } from './shellLab.ts';

let lab: ShellLab;
let cloud: LabProcess;
let agent: LabProcess;
let csrf = '';
let home = '';
let address = '';

const path = (name: string): string => join(lab.folder, name);
/** In the namespace of the LMA, where the API listens on the loopback. */
function ask(method: string, route: string, body?: unknown): any {
  const sent = body === undefined ? [] : ['-H', 'content-type: application/json', '-d', JSON.stringify(body)];
  const said = lab.run('lma', 'curl', '-s', '-X', method, '-b', path('jar'), '-c', path('jar'), '-H', `x-roamstead-csrf: ${csrf}`, ...sent, `http://127.0.0.1:8080/api/v1${route}`);
  const answer = JSON.parse(said) as { readonly error?: string };
  if (answer.error !== undefined) throw new Error(`${method} ${route}: ${said}`);
  return answer;
}
const get = (route: string): any => ask('GET', route);
const status = (): { readonly fleet: { readonly code: string } } => JSON.parse(lab.run('home', process.execPath, lab.command, 'agent', 'status', '--json', '--socket', path('agent.sock'))) as ReturnType<typeof status>;
const reaches = (): boolean => lab.run('phone', 'sh', '-c', `ping -q -c 1 -W 1 ${INTERNET} || true`).includes(' 1 received');

beforeAll(async () => {
  lab = await shellLab();
  mkdirSync(path('gateway'));
  const lma = readFileSync('examples/lma.yaml', 'utf8').replace(/\nmobile-access-gateways:(\n .*)*/, '');
  writeFileSync(path('lma.yaml'), `${lma}\ncontrol-socket: ${path('lma.sock')}\nstate-directory: ${path('lma-state')}\n`);
  writeFileSync(path('cloud.yaml'), `lma: lma.yaml\nbroker: { kind: embedded, listen: "10.8.24.101:8883", names: [10.8.24.101] }\nstate-directory: ${path('cloud')}\n`);
  cloud = start({ name: 'cloud', namespace: lab.namespace('lma'), argv: [process.execPath, lab.command, 'cloud', '--config', path('cloud.yaml')], folder: lab.folder });
  await until('the cloud', 30_000, () => !cloud.running() || cloud.log().includes('/setup#'));
  for (const [file, words] of [['claim.pem', 'claim-credential'], ['ca.pem', 'authority']] as const) writeFileSync(path(file), run([process.execPath, lab.command, 'cloud', words, '--config', path('cloud.yaml')]), { mode: 0o600 });
  const gateway = `domain: D1
mag: M1
uplink: wan0
address: { ipv6: "2001:db8:cafe:1025::15" }
fleet:
  broker: mqtts://10.8.24.101:8883
  authority: ${path('ca.pem')}
  claim-credential: ${path('claim.pem')}
  state-directory: ${path('gateway')}
interfaces:
  - { name: guests, device: br-3074, first-packet: true, default-profile: guests }
`;
  agent = await lab.startAgent('mag-local-profile', `control-socket: ${path('agent.sock')}`, 'agent', () => gateway);
});
afterAll(async () => {
  await agent?.stop('SIGKILL');
  await cloud?.stop('SIGTERM');
  await lab?.close();
});

it('the first owner claims a gateway by its code, and the LMA knows it', async () => {
  const token = /setup#(\S+)/.exec(cloud.log())?.[1] ?? '';
  ({ csrf } = ask('POST', '/setup', { token, name: 'ada', password: 'four words of a kind' }));
  await until('a claim', 20_000, () => get('/claims').length === 1);
  const [group] = get('/groups');
  ({ id: home } = ask('POST', '/claims', { code: status().fleet.code, name: 'Smith', group: group?.id ?? ask('POST', '/groups', { name: 'North' }).id }));
  await until('it to be online', 20_000, () => get(`/homes/${home}`).status === 'online');
  expect(lab.show('lma', 'ipv6', 'mobile', 'pmipv6', 'lma', 'gateways')).toMatch(/M1@D1\s+admitted/);
});

it('its profile is rolled out, and a phone is served', async () => {
  const document = { 'default-profiles': { guests: { apn: 'example.com', service: 'ipv4', lma: 'lma1' } } };
  const { id } = ask('POST', '/rollouts', { scope: { kind: 'fleet' }, concern: 'profiles', document, canary: 1, ramp: 1, watch: 0, tolerance: { success: 0.5, time: 10 } });
  await until('the rollout', 40_000, () => get(`/rollouts/${id}`).status === 'done');
  address = lab.lease();
  await until('a packet', 10_000, reaches);
});

it('the phone is seen from both ends, in one story with its messages, and nowhere by name', async () => {
  await until('both ends', 20_000, () => (get('/overview') as Overview).ticker.some((h) => h.duration !== undefined));
  await until('the LMA to be asked', 10_000, () => (get('/overview') as Overview).missing.length === 0);
  const { subscribers, ticker, missing }: Overview = get('/overview');
  expect([subscribers, missing]).toEqual([1, []]);
  const story: Handover = get(`/handovers/${ticker.find((h) => h.duration !== undefined)?.id ?? ''}`);
  expect(story).toMatchObject({ kind: 'attach', to: { home, name: 'Smith' }, success: true, capture: true });
  const names = story.stages.map((s) => s.name);
  expect(names.filter((n) => ['pbuSent', 'pbuReceived', 'lmaPathsSwitched', 'pbaSent', 'pbaReceived', 'pathsSwitched'].includes(n))).toEqual(['pbuSent', 'pbuReceived', 'lmaPathsSwitched', 'pbaSent', 'pbaReceived', 'pathsSwitched']);
  expect(story.messages.map((m) => m.name.split(' ')[0])).toEqual(['PBU', 'PBA']);
  const [subscriber]: readonly Subscriber[] = get('/subscribers').items;
  expect(subscriber).toMatchObject({ home, homeName: 'Smith', addresses: [address], id: story.subscriber });
  expect(get(`/homes/${home}`).bindings).toMatchObject([{ subscriber: story.subscriber, state: 'ACTIVE' }]);
  const nai = (JSON.parse(lab.show('lma', 'lma-service', 'session', '--json')) as { mnnai: string }[])[0]?.mnnai ?? 'nobody';
  expect(JSON.stringify([story, get('/overview'), get('/lmas'), get('/subscribers')])).not.toContain(nai.split('@')[0]);
});

it('a home that is revoked serves nobody any more, at once', async () => {
  ask('POST', `/homes/${home}/revoke`, { reason: 'moved away' });
  await until('no session', 20_000, () => lab.show('lma', 'lma-service', 'session') === 'none\n');
  await until('no subscriber', 10_000, () => get('/overview').subscribers === 0);
  await until('it to be a stranger', 20_000, () => !lab.show('lma', 'ipv6', 'mobile', 'pmipv6', 'lma', 'gateways').includes('M1@D1'));
  expect(reaches()).toBe(false);
});
