/** Two processes, one phone: who ends a session, who notices that the other one is gone, and what the phone's traffic does meanwhile. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../lab/namespaces.ts';
import { until, type LabProcess } from '../../lab/processes.ts';
import { INTERNET, shellLab, type ShellLab } from './shellLab.ts';

const NAI = 'mn0@example.com';

let lab: ShellLab;
let lma: LabProcess;
let agent: LabProcess;
let address: string;

/** Bindings that live as long as the process: what a restart loses is everything. Heartbeats are a minute apart, too far to help here. */
const startLma = (): Promise<LabProcess> => lab.startLma('store: { memory: true }');
const startAgent = (): Promise<LabProcess> => lab.startAgent('mag-local-profile');

beforeAll(async () => {
  lab = await shellLab();
  lma = await startLma();
  agent = await startAgent();
  address = lab.lease();
});
afterAll(() => lab?.close());

const json = (which: 'agent' | 'lma', ...words: string[]): unknown => JSON.parse(lab.show(which, ...words, '--json'));
interface Session {
  readonly mnnai: string;
  readonly state: string;
  readonly hoa?: string;
}
const sessions = (): Session[] => json('lma', 'lma-service', 'session') as Session[];
interface Heartbeat {
  readonly 'restart-counter': number;
  readonly peers: readonly { readonly 'peer-id': string; readonly state: string; readonly 'round-trip'?: number; readonly 'restart-counter': number; readonly bindings: number }[];
}
const peers = (which: 'agent' | 'lma'): Heartbeat | undefined => (json(which, 'ipv6', 'mobile', 'pmipv6', which === 'lma' ? 'lma' : 'mag', 'heartbeat') as Heartbeat[])[0];
const clear = (which: 'agent' | 'lma', ...words: string[]): string => run([process.execPath, lab.command, 'clear', 'ipv6', 'mobile', 'pmipv6', which === 'lma' ? 'lma' : 'mag', 'binding', ...words, '--socket', join(lab.folder, `${which}.sock`)]);
const answers = (from: 'phone' | 'inet', to: string): string => /(\d+) received/.exec(lab.run(from, 'sh', '-c', `ping -n -c 2 -i 0.2 -W 1 ${to} || true`))?.[1] ?? '';

describe('heartbeats', () => {
  it('both ends know each other: reachable, how fast, and which life it is', async () => {
    expect(answers('phone', INTERNET)).toBe('2');
    for (const which of ['agent', 'lma'] as const) await until(`${which}: an answer`, 10_000, () => peers(which)?.peers[0]?.state === 'reachable');
    expect(peers('agent')?.peers[0]).toMatchObject({ 'peer-id': 'lma1', bindings: 1, 'restart-counter': peers('lma')?.['restart-counter'] });
    expect(peers('lma')?.peers[0]).toMatchObject({ 'peer-id': 'M1@D1', bindings: 1, 'restart-counter': peers('agent')?.['restart-counter'] });
    expect(peers('agent')?.peers[0]?.['round-trip']).toBeGreaterThan(0);
  });

  it('an LMA that is killed and has forgotten everything gets the session back, with its address, and the phone does nothing', async () => {
    const before = peers('lma')?.['restart-counter'];
    await lma.stop('SIGKILL');
    lma = await startLma();
    await until('the session at the new LMA', 10_000, () => sessions().some((s) => s.state === 'ACTIVE'));
    expect(sessions()).toMatchObject([{ mnnai: NAI, state: 'ACTIVE', hoa: address }]);
    expect(peers('lma')?.['restart-counter']).not.toBe(before);
    expect(agent.log()).toContain('lost its state');
    expect(answers('inet', address)).toBe('2');
  });

  it('an agent that is killed keeps its restart counter, and its session', async () => {
    const before = peers('agent')?.['restart-counter'];
    await agent.stop('SIGKILL');
    agent = await startAgent();
    expect(peers('agent')?.['restart-counter']).toBe(before);
    await until('a heartbeat of the new agent', 10_000, () => peers('agent')?.peers[0]?.state === 'reachable');
    expect(sessions()).toMatchObject([{ state: 'ACTIVE', hoa: address }]);
    expect(answers('inet', address)).toBe('2');
  });
});

/** Echo requests that reached the phone, as its kernel counts them. */
const echoesHeard = (): number => Number(/^IcmpInEchos\s+(\d+)/m.exec(lab.run('phone', 'nstat', '-asz', 'IcmpInEchos'))?.[1] ?? Number.NaN);

describe('clear', () => {
  it.each([
    ['lma', ['nai', NAI]],
    ['lma', ['mag', 'M1@D1']],
    ['lma', ['all']],
    ['agent', ['nai', NAI]],
    ['agent', ['all']],
  ] as const)('at the %s, binding %j: the session is over at both ends, and so is its traffic', async (which, words) => {
    expect(answers('inet', address)).toBe('2');
    // Any frame of the phone would bring it back, as it should: for a while it sends none.
    lab.run('phone', 'tc', 'qdisc', 'replace', 'dev', 'eth0', 'root', 'pfifo', 'limit', '0');
    expect(clear(which, ...words)).toBe('1 binding cleared\n');
    await until('no session at the LMA', 5000, () => sessions().every((s) => s.state !== 'ACTIVE'));
    expect(json('agent', 'ipv6', 'mobile', 'pmipv6', 'mag', 'binding')).toEqual([]);
    const before = echoesHeard();
    expect(before).toBeGreaterThan(0);
    answers('inet', address);
    expect(echoesHeard()).toBe(before);
    lab.run('phone', 'tc', 'qdisc', 'del', 'dev', 'eth0', 'root');
    // Its next packet brings the phone back, maybe with another address.
    lab.ip('phone', 'address flush dev eth0 scope global');
    address = lab.lease();
    expect(answers('phone', INTERNET)).toBe('2');
  });

  it('whom nobody knows is no binding', () => {
    expect(clear('lma', 'nai', 'nobody@example.com')).toBe('0 bindings cleared\n');
  });
});

describe('an agent that is stopped in order', () => {
  it('frees its bindings, and leaves nothing that forwards', async () => {
    expect(sessions()).toMatchObject([{ state: 'ACTIVE' }]);
    await agent.stop('SIGINT');
    expect(await agent.exited).toBe(0);
    expect(sessions().filter((s) => s.state === 'ACTIVE')).toEqual([]);
    expect(agent.log()).toContain('the LMAs were told that their sessions here are over');
    expect(answers('inet', address)).toBe('0');
  });
});
