/**
 * A home that the cloud manages, with the real agent, LMA and broker: claimed with the code that it shows, given its LMA and its
 * profile, changed while a phone is there, rolled back, killed and started without a broker, paused by its owner.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, connect as dial, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBus } from '../../cloud/broker/bus.ts';
import { startEmbedded } from '../../cloud/broker/embedded.ts';
import type { EmbeddedBroker, FleetBus } from '../../cloud/broker/ports.ts';
import { openAuthority, type OpenAuthority } from '../../cloud/pki/authority.ts';
import { start, until, type LabProcess } from '../../lab/processes.ts';
import type { ClaimRequest, GatewayEvent, Reported } from '../../runtime/fleet/messages.ts';
import { typedCode } from '../../runtime/fleet/claimCode.ts';
import { topics, type Concern } from '../../runtime/fleet/topics.ts';
import { desired } from '../agent/fleet/desiredBench.ts';
import { INTERNET, shellLab, type ShellLab } from './shellLab.ts';

let lab: ShellLab;
let authority: OpenAuthority;
let broker: EmbeddedBroker;
let cloud: FleetBus;
let way: Server;
let socat: LabProcess;
let agent: LabProcess;
let id = '';
const heard: [string, unknown][] = [];
const last = (topic: string): any => heard.findLast(([name]) => name === topic)?.[1];

const KEY = '00112233445566778899aabbccddeeff00112233';
const LMA = { id: 'lma1', 'ipv6-address': '2001:db8:cafe:1024::101', key: KEY };
const file = (): string => `domain: D1
mag: M1
uplink: wan0
address: { ipv6: "2001:db8:cafe:1025::15" }
fleet:
  broker: mqtts://localhost:8883
  authority: ${lab.folder}/ca.pem
  claim-credential: ${lab.folder}/claim.pem
  state-directory: ${lab.folder}/fleet
interfaces:
  - { name: guests, device: br-3074, first-packet: true, default-profile: guests }
`;
const startAgent = (): Promise<LabProcess> => lab.startAgent('mag-local-profile', `control-socket: ${lab.folder}/agent.sock`, 'agent', file);
const owner = (...words: string[]): string => lab.run('home', process.execPath, lab.command, 'agent', ...words, '--socket', join(lab.folder, 'agent.sock'));
const status = (): any => JSON.parse(owner('status', '--json'));
const sessions = (): any[] => JSON.parse(lab.show('lma', 'lma-service', 'session', 'json'));
const reaches = (): boolean => lab.run('phone', 'sh', '-c', `ping -q -c 1 -W 1 ${INTERNET} || true`).includes(' 1 received');

const revisions = new Map<Concern, number>();
async function provision(concern: Concern, document: unknown, more: object = {}): Promise<Reported> {
  const rev = (revisions.get(concern) ?? 0) + 1;
  revisions.set(concern, rev);
  await cloud.publish(topics.desired(id, concern), desired(rev, document, more), { retain: true });
  const report = (): Reported | undefined => last(topics.reported(id, concern));
  await until(`a report of ${concern} ${rev}`, 40_000, () => report()?.rev === rev);
  return report() as Reported;
}

beforeAll(async () => {
  lab = await shellLab();
  await lab.startLma();
  authority = await openAuthority({ folder: join(lab.folder, 'pki'), names: ['localhost'], now: Date.now });
  mkdirSync(join(lab.folder, 'retained'));
  const onError = (e: Error): void => void heard.push(['error', e.message]);
  broker = await startEmbedded({ listen: { host: '127.0.0.1', port: 0 }, authority, folder: join(lab.folder, 'retained'), now: Date.now, onRefused: (r) => heard.push(['refused', r]), onError });
  cloud = createBus({ connect: () => broker.connect(), onError });
  await cloud.subscribe('roamstead/v1/#', (topic, payload) => heard.push([topic, payload]));
  const claim = await authority.claim();
  writeFileSync(join(lab.folder, 'claim.pem'), claim.key + claim.pem, { mode: 0o600 });
  writeFileSync(join(lab.folder, 'ca.pem'), authority.certificate);
  // The way from the home's namespace to this one.
  const path = join(lab.folder, 'broker.sock');
  way = createServer((from) => {
    const to = dial(broker.port, '127.0.0.1');
    from.pipe(to).pipe(from);
    for (const end of [from, to]) end.on('error', () => [from, to].forEach((each) => each.destroy()));
  }).listen(path);
  socat = start({ name: 'socat', namespace: lab.namespace('home'), argv: ['socat', 'TCP-LISTEN:8883,fork,reuseaddr', `UNIX-CONNECT:${path}`], folder: lab.folder });
  agent = await startAgent();
});
afterAll(async () => {
  await agent.stop('SIGKILL');
  await socat.stop('SIGKILL');
  way.close();
  await cloud.close();
  await broker.close();
  await authority.close();
  await lab.close();
});

describe('a new gateway', () => {
  it('shows its code, to the owner and in its log, and why it serves nobody', async () => {
    await until('its request', 20_000, () => heard.some(([topic]) => topic.includes('claim/request')));
    const [, request] = heard.find(([topic]) => topic.includes('claim/request')) as [string, ClaimRequest];
    id = request.gateway;
    const text = owner('status');
    expect(text).toContain('M1@D1: waiting: no LMA is known');
    expect(text).toMatch(/Code: {5}[0-9A-Z]{4}-[0-9A-Z]{4}\n/);
    expect(text).toContain('█');
    expect(typedCode(status().fleet.code)).toBe(request.code);
    expect(agent.log()).toContain(status().fleet.code);
  });

  it('becomes a home of the fleet when it is claimed', async () => {
    const proven = await authority.prove(last(topics.claimRequest(id))?.request ?? '');
    const certificate = await authority.issue(proven);
    await cloud.publish(topics.claimResponse(id), { status: 'claimed', gateway: id, home: 'Smith', group: 'north', certificate: certificate.pem, authority: authority.certificate });
    await until('its birth', 20_000, () => last(topics.state(id))?.state === 'ready' && status().fleet.state === 'connected');
    expect(status().fleet).toMatchObject({ state: 'connected', home: 'Smith', group: 'north' });
  });

  it('has its LMA and its profile from the fleet, and serves a phone', async () => {
    expect(await provision('lmas', { 'local-mobility-anchors': [LMA] })).toMatchObject({ status: 'applied', problems: [] });
    expect(await provision('profiles', { 'default-profiles': { guests: { apn: 'example.com', service: 'ipv4', lma: 'lma1' } } })).toMatchObject({ status: 'applied' });
    expect(lab.lease()).toMatch(/^192\.0\.2\./);
    await until('a packet', 5000, reaches);
    expect(status()).toMatchObject({ state: 'serving', sharing: { guests: 1 }, lmas: [{ id: 'lma1', reachable: true }] });
    const attached = (): GatewayEvent | undefined => heard.flatMap(([topic, batch]) => (topic === topics.event(id) ? (batch as { events: GatewayEvent[] }).events : [])).find((e) => e.kind === 'attach');
    await until('its event', 5000, () => attached() !== undefined);
    expect(attached()).toMatchObject({ trace: expect.stringMatching(/^[0-9a-f]{32}$/), station: expect.stringMatching(/^mn-/), stages: { pbaReceived: expect.any(Number) } });
    expect(JSON.stringify(heard.filter(([topic]) => topic.includes(id) && !topic.includes('/desired/')))).not.toMatch(/21:?a4|0024\.d78e/);
  });
});

describe('while a phone is there', () => {
  const binding = (): { readonly hoa: string; readonly key: string } => ({ hoa: sessions()[0].hoa, key: sessions()[0]['up-stream-grekey'] });

  /** Of 300 large packets in a moment, how many come back: more than the 256 KiB that a rate lets pass at once. */
  const flood = async (): Promise<number> => Number(/(\d+) received/.exec(await lab.running('phone', 'sh', '-c', `ping -q -c 300 -i 0.001 -s 1380 -W 1 ${INTERNET} || true`))?.[1]);

  it('timers and limits are others, and its session is the same', async () => {
    const before = binding();
    expect(await provision('timers', { timers: { 'binding-lifetime': 600 }, 'discover-mn-detach': { interval: 600 } })).toMatchObject({ status: 'applied' });
    expect(await provision('limits', { 'max-bindings': 100_0, 'host-first': { 'down-rate': '8 Mbit/s' } })).toMatchObject({ status: 'partial', problems: [{ path: 'max-bindings', substitution: '512 until it is started anew' }] });
    expect(await flood()).toBeGreaterThan(290);
    owner('cap', 'up-rate', '16kbit/s');
    expect(await flood()).toBeLessThan(250);
    expect(owner('cap', 'down-rate', '2Mbit/s')).toBe('your own limits: 2 Mbit/s down\n');
    await until('another report', 5000, () => (last(topics.reported(id, 'limits'))?.problems.length ?? 0) === 2);
    expect([binding(), reaches()]).toEqual([before, true]);
  });

  it('a list of LMAs that would cut the gateway off is rolled back, and its session is the same', async () => {
    const before = binding();
    const wrong = { ...LMA, key: 'ff'.repeat(20) };
    expect(await provision('lmas', { 'local-mobility-anchors': [wrong] }, { proveWithin: 3000 })).toMatchObject({ status: 'rolledback', problems: [{ path: '', reason: 'no LMA answered within 3 s' }], running: { rev: 1 } });
    expect(await provision('lmas', { 'local-mobility-anchors': [{ id: 'nowhere' }] })).toMatchObject({ status: 'rejected', problems: [{ path: 'local-mobility-anchors.0' }], running: { rev: 1 } });
    expect([binding(), reaches()]).toEqual([before, true]);
  });

  it('the agent is killed and starts without a broker: it works with what was good', async () => {
    const before = binding();
    await agent.stop('SIGKILL');
    await socat.stop('SIGKILL');
    agent = await startAgent();
    await until('it to serve', 10_000, () => status().sharing.guests === 1);
    expect(status().fleet).toMatchObject({ home: 'Smith', documents: [{ concern: 'profiles', running: 1 }, { concern: 'timers', running: 1 }, { concern: 'lmas', running: 1 }, { concern: 'limits', running: 1 }] });
    expect([binding(), reaches()]).toEqual([before, true]);
  });

  it('the owner pauses: the guest is told to go, nobody is let in, and the owner never sees who', async () => {
    expect(owner('pause')).toBe('paused: 1 guest was told to go\n');
    await until('the LMA to know', 5000, () => sessions().every((s) => s.state !== 'ACTIVE'));
    expect(owner('status')).toContain('M1@D1: paused: you paused sharing');
    expect(owner('status')).not.toMatch(/21:a4|0024|mn-/);
    lab.run('phone', 'sh', '-c', `ping -q -c 1 -W 1 ${INTERNET} || true`);
    expect(status().sharing.guests).toBe(0);
    expect(owner('resume')).toBe('guests are let in again\n');
    expect(lab.lease()).toMatch(/^192\.0\.2\./);
    expect(status()).toMatchObject({ state: 'serving', sharing: { guests: 1, cap: { 'down-rate': 2_000_000 } } });
  });
});

it('with the broker back it says what runs, and everything that came over it was in order', async () => {
  socat = start({ name: 'socat', namespace: lab.namespace('home'), argv: ['socat', 'TCP-LISTEN:8883,fork,reuseaddr', `UNIX-CONNECT:${join(lab.folder, 'broker.sock')}`], folder: lab.folder });
  heard.length = 0;
  await until('a heartbeat', 60_000, () => last(topics.heartbeat(id)) !== undefined);
  expect(last(topics.heartbeat(id))).toMatchObject({ bindings: 1, running: { lmas: { rev: 1 } }, sharing: { paused: false, downRate: 2_000_000 }, lmas: [{ id: 'lma1', reachable: true }] });
  await until('the reports', 5000, () => last(topics.reported(id, 'lmas')) !== undefined);
  expect(heard.filter(([topic]) => topic === 'error' || topic === 'refused')).toEqual([]);
});
