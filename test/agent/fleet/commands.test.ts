/** Commands, telemetry and what a gateway tells (agent/fleet/{commands,telemetry,tell,orders}.ts). */
import { describe, expect, it } from 'vitest';
import { createOrders } from '../../../agent/fleet/orders.ts';
import type { CommandHandler } from '../../../agent/fleet/ports.ts';
import { createTeller } from '../../../agent/fleet/tell.ts';
import type { Told } from '../../../agent/fleet/events.ts';
import { transition, type Transition } from '../../../protocol/entity.ts';
import { connectedBench } from './bench.ts';
import { START } from './world.ts';

const SOON = START + 100_000;

describe('a command', () => {
  const counting = () => {
    const ran: unknown[] = [];
    const handler: CommandHandler = (given) => ({ result: ran.push(given) });
    return { ran, handler };
  };

  it('is carried out once and answered, however often the broker brings it, also to the next agent', async () => {
    const { ran, handler } = counting();
    const b = await connectedBench({ gateway: { commands: { ping: handler } } });
    for (let i = 0; i < 3; i++) b.broker.send(b.topic.command('c1'), { name: 'ping', arguments: { n: 1 }, expires: SOON });
    await b.world.pass(1000);
    expect([ran, b.broker.on(/cmdres\/c1$/)]).toEqual([[{ n: 1 }], [{ ok: true, result: 1 }]]);
    const next = await connectedBench({ key: b.key, disk: b.disk, gateway: { commands: { ping: handler } } });
    next.broker.send(b.topic.command('c1'), { name: 'ping', expires: SOON });
    await next.world.pass(1000);
    expect(ran).toHaveLength(1);
  });

  it('that is late, unknown, broken or fails is answered with why', async () => {
    const b = await connectedBench({ gateway: { commands: { fail: () => Promise.reject(new Error('the radio is off')) } } });
    b.broker.send(b.topic.command('late'), { name: 'fail', expires: START - 5000 });
    b.broker.send(b.topic.command('unknown'), { name: 'toString', expires: SOON });
    b.broker.send(b.topic.command('broken'), { expires: 'soon' });
    b.broker.send(b.topic.command('fails'), { name: 'fail', expires: SOON });
    b.broker.send(b.topic.command('removed'), null);
    await b.world.pass(1000);
    const result = (id: string): unknown => b.broker.on(new RegExp(`cmdres/${id}$`));
    expect(result('late')).toEqual([{ ok: false, error: 'it expired 15 s ago, by the clock of this gateway' }]);
    expect(result('unknown')).toMatchObject([{ ok: false, error: expect.stringContaining('unknown command "toString"; known: fail, telemetry') }]);
    expect(result('broken')).toMatchObject([{ ok: false }]);
    expect(result('fails')).toEqual([{ ok: false, error: 'the radio is off' }]);
    expect(result('removed')).toEqual([]);
  });

  it('whose result finds no broker is answered by the next connection', async () => {
    let done = (): void => undefined;
    const b = await connectedBench({ gateway: { commands: { slow: () => new Promise((resolve) => (done = () => resolve({ result: 'at last' }))) } } });
    b.broker.send(b.topic.command('c1'), { name: 'slow', expires: SOON });
    await b.world.pass(100);
    b.broker.there = false;
    b.broker.cut();
    done();
    await b.world.pass(1000);
    expect(b.broker.on(/cmdres/)).toEqual([]);
    b.broker.there = true;
    await b.world.pass(60_000);
    expect(b.broker.on(/cmdres\/c1$/)).toEqual([{ ok: true, result: 'at last' }]);
  });

  it('that ends the agent is remembered and answered before', async () => {
    const order: string[] = [];
    const b = await connectedBench({ gateway: { commands: { 'reboot-agent': () => ({ result: 'done', afterwards: () => order.push(`remembered ${b.disk.state.commands.join()}, answered ${b.broker.on(/cmdres\/c9$/).length}`) }) } } });
    b.broker.send(b.topic.command('c9'), { name: 'reboot-agent', expires: SOON });
    await b.world.pass(1000);
    expect(order).toEqual(['remembered c9, answered 1']);
  });
});

describe('telemetry', () => {
  const watched = async () => {
    let n = 0;
    const b = await connectedBench({ gateway: { telemetry: { counters: () => (n += 1) } } });
    const ask = (given: object, id = String(Math.random())): void => b.broker.send(b.topic.command(id), { name: 'telemetry', arguments: given, expires: b.world.now().wall + 1000 });
    const told = (): number => b.broker.on(/telemetry\/counters$/).length;
    return { b, ask, told };
  };

  it('is sent while somebody looks, and stops by itself after half an hour', async () => {
    const { b, ask, told } = await watched();
    await b.world.pass(60_000);
    expect(told()).toBe(0);
    ask({ stream: 'counters', seconds: 86_400 });
    await b.world.pass(60_000);
    expect(told()).toBe(13);
    await b.world.pass(3_600_000);
    expect(told()).toBe(361);
  });

  it('stops when it is asked to, and with the connection', async () => {
    const { b, ask, told } = await watched();
    ask({ stream: 'counters' });
    await b.world.pass(10_000);
    ask({ stream: 'counters', seconds: 0 });
    await b.world.pass(60_000);
    expect(told()).toBe(3);
    ask({ stream: 'counters' });
    await b.world.pass(100);
    b.broker.cut();
    await b.world.pass(60_000);
    expect(told()).toBe(4);
    ask({ stream: 'everything' }, 'wrong');
    await b.world.pass(100);
    expect(b.broker.on(/cmdres\/wrong$/)).toMatchObject([{ ok: false, error: expect.stringContaining('expected a stream (counters)') }]);
  });
});

describe('what is told', () => {
  const NAI = 'alice@example.com';
  const MAC = '00:24:d7:8e:21:a4';
  const change = (to: string, more: Partial<Transition> = {}): Transition => transition({ at: 1000, wall: START }, { entity: 'mag', subject: NAI, linkLayerId: MAC, from: 'registering', to, reason: `the server says: ${NAI} is unknown`, ...more });
  const teller = () => {
    const told: Told[] = [];
    return { told, ...createTeller((name) => `mn-${name.length}`, (event) => told.push(typeof event === 'function' ? event() : event)) };
  };

  it('names nobody, in reasons neither', () => {
    const t = teller();
    t.onTransition(change('denied'));
    t.onTransition(change('gone'));
    expect(t.told).toMatchObject([{ kind: 'refused', station: 'mn-17', reason: 'the server says: mn-17 is unknown' }, { kind: 'detach', station: 'mn-17' }]);
    expect(JSON.stringify(t.told)).not.toMatch(/alice|00:24/);
  });

  it('has each refusal once, until the phone is served or gone', () => {
    const t = teller();
    for (const to of ['denied', 'registering', 'denied', 'active', 'denied']) t.onTransition(change(to));
    expect([t.told.length, t.sums.refused]).toEqual([2, 2]);
  });

  it('has a handover with its stages as they are when it leaves, once', () => {
    const later: (() => Told)[] = [];
    const t = createTeller((name) => `mn-${name.length}`, (event) => later.push(event as () => Told));
    const trace = { kind: 'attach' as const, transition: change('active'), stages: { associated: 990, pbaReceived: 1000 } as Record<string, number>, sender: 'home1@isp.example', exchange: '5' };
    t.onTrace(trace);
    t.onTrace(trace);
    trace.stages['firstPacket'] = 1004;
    expect(later.map((event) => event())).toMatchObject([{ kind: 'attach', at: START - 10, station: 'mn-17', trace: expect.stringMatching(/^[0-9a-f]{32}$/), stages: { associated: 0, pbaReceived: 10, firstPacket: 14 } }]);
    expect(t.sums).toEqual({ attached: 1, refused: 0, handovers: 0 });
  });
});

describe('orders', () => {
  const orders = (restarted: string[] = []) =>
    createOrders({
      identity: 'home1@isp.example',
      show: { 'show mag binding': () => ['mn-1'], 'show ip dhcp binding': () => ['a MAC'] },
      shown: () => 'mn-2',
      neighbours: () => [{ bssid: '00:24:d7:8e:21:a4', ssid: 'community', channel: 1, frequency: 2412, signal: -50, lastSeen: START }],
      refresh: () => 3,
      identify: () => restarted.push('identified'),
      restart: () => restarted.push('restarted'),
    });
  const run = async (name: string, given = {}, log: string[] = []): Promise<unknown> => {
    const { result, afterwards } = (await orders(log)[name]?.(given)) ?? {};
    afterwards?.();
    return result;
  };

  it('answer, without names', async () => {
    const log: string[] = [];
    expect(await run('ping')).toBe('pong');
    expect(await run('refresh')).toEqual({ sessions: 3 });
    expect(await run('show', { name: 'mag binding' })).toEqual(['mn-1']);
    expect(await run('survey')).toMatchObject([{ bssid: 'mn-2', ssid: 'community' }]);
    expect(await run('identify', {}, log)).toEqual({ identity: 'home1@isp.example' });
    await run('reboot-agent', {}, log);
    expect(log).toEqual(['identified', 'restarted']);
  });

  it('show nothing but what is on the list', async () => {
    for (const name of ['ip dhcp binding', 'constructor', undefined, 7]) await expect(run('show', { name })).rejects.toThrow('expected the name of one of: mag binding');
  });
});
