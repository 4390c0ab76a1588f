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

interface Session {
  readonly mnnai: string;
  readonly state: string;
  readonly hoa?: string;
}
const sessions = async (): Promise<Session[]> => (await lab.ask('lma', 'show lma-service session')) as Session[];
interface Heartbeat {
  readonly 'restart-counter': number;
  readonly peers: readonly { readonly 'peer-id': string; readonly state: string; readonly 'round-trip'?: number; readonly 'restart-counter': number; readonly bindings: number }[];
}
const peers = async (which: 'agent' | 'lma'): Promise<Heartbeat | undefined> => ((await lab.ask(which, `show ${which === 'lma' ? 'lma' : 'mag'} heartbeat`)) as Heartbeat[])[0];
const clear = (which: 'agent' | 'lma', ...words: string[]): string => run([process.execPath, lab.command, 'clear', 'ipv6', 'mobile', 'pmipv6', which === 'lma' ? 'lma' : 'mag', 'binding', ...words, '--socket', join(lab.folder, `${which}.sock`)]);
/** @param patience seconds to wait for the last answer */
const answers = (from: 'phone' | 'inet', to: string, patience = 1): string => /(\d+) received/.exec(lab.run(from, 'sh', '-c', `ping -n -c 2 -i 0.1 -W ${patience} ${to} || true`))?.[1] ?? '';
/** Nobody is to answer. */
const UNANSWERED = 0.2;

describe('heartbeats', () => {
  it('both ends know each other: reachable, how fast, and which life it is', async () => {
    expect(answers('phone', INTERNET)).toBe('2');
    for (const which of ['agent', 'lma'] as const) await until(`${which}: an answer`, 10_000, async () => (await peers(which))?.peers[0]?.state === 'reachable');
    const shown = (which: 'agent' | 'lma'): Heartbeat | undefined => (JSON.parse(lab.show(which, 'ipv6', 'mobile', 'pmipv6', which === 'lma' ? 'lma' : 'mag', 'heartbeat', '--json')) as Heartbeat[])[0];
    const [gateway, anchor] = [shown('agent'), shown('lma')];
    expect(gateway?.peers[0]).toMatchObject({ 'peer-id': 'lma1', bindings: 1, 'restart-counter': anchor?.['restart-counter'] });
    expect(anchor?.peers[0]).toMatchObject({ 'peer-id': 'M1@D1', bindings: 1, 'restart-counter': gateway?.['restart-counter'] });
    expect(gateway?.peers[0]?.['round-trip']).toBeGreaterThan(0);
  });

  it('an LMA that is killed and has forgotten everything gets the session back, with its address, and the phone does nothing', async () => {
    const before = (await peers('lma'))?.['restart-counter'];
    await lma.stop('SIGKILL');
    lma = await startLma();
    await until('the session at the new LMA', 10_000, async () => (await sessions()).some((s) => s.state === 'ACTIVE'));
    expect(await sessions()).toMatchObject([{ mnnai: NAI, state: 'ACTIVE', hoa: address }]);
    expect((await peers('lma'))?.['restart-counter']).not.toBe(before);
    expect(agent.log()).toContain('lost its state');
    expect(answers('inet', address)).toBe('2');
  });

  it('an agent that is killed keeps its restart counter, and its session', async () => {
    const before = (await peers('agent'))?.['restart-counter'];
    await agent.stop('SIGKILL');
    agent = await startAgent();
    expect((await peers('agent'))?.['restart-counter']).toBe(before);
    await until('a heartbeat of the new agent', 10_000, async () => (await peers('agent'))?.peers[0]?.state === 'reachable');
    expect(await sessions()).toMatchObject([{ state: 'ACTIVE', hoa: address }]);
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
    await until('no session at the LMA', 5000, async () => (await sessions()).every((s) => s.state !== 'ACTIVE'));
    expect(await lab.ask('agent', 'show mag binding')).toEqual([]);
    const before = echoesHeard();
    expect(before).toBeGreaterThan(0);
    answers('inet', address, UNANSWERED);
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
    expect(await sessions()).toMatchObject([{ state: 'ACTIVE' }]);
    await agent.stop('SIGINT');
    expect(await agent.exited).toBe(0);
    expect((await sessions()).filter((s) => s.state === 'ACTIVE')).toEqual([]);
    expect(agent.log()).toContain('the LMAs were told that their sessions here are over');
    expect(answers('inet', address, UNANSWERED)).toBe('0');
  });
});
