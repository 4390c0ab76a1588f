/** Accounting whole: what reaches a server that comes and goes, disks that are full, and an anchor that is killed. */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { accountingHandlers, accountingStreams } from '../../cloud/accounting/show.ts';
import type { Stream } from '../../runtime/control.ts';
import { factsOf, pathOf } from './accountingBook.ts';
import { AccountingWorld, settle } from './accountingWorld.ts';

let w = new AccountingWorld();
afterEach(() => w.kill());

async function begin(change: (w: AccountingWorld) => void = () => undefined): Promise<void> {
  w = new AccountingWorld();
  change(w);
  await w.start();
  w.accounting.settle();
  await settle();
}

function attach(world: AccountingWorld, index: number): void {
  world.paths.set(pathOf(index));
  world.accounting.pathSet(index);
  world.accounting.onSession({ kind: 'session', change: 'start', session: factsOf(index), reason: 'new session' });
}

function detach(world: AccountingWorld, index: number): void {
  world.paths.remove(index);
  world.accounting.pathRemoved(index);
  world.accounting.onSession({ kind: 'session', change: 'end', session: factsOf(index), reason: 'lifetime ended' });
}

const statuses = (): string[] => w.taken.map((r) => `${r.status} ${r.sessionId}`);

describe('accounting', () => {
  it('tells the server, the event stream and who listens, and keeps nothing of what all have', async () => {
    await begin();
    const heard: unknown[] = [];
    const stream: Pick<Stream, 'send' | 'onClose'> = { send: (e) => heard.push(e) > 0, onClose: () => undefined };
    accountingStreams(new Map([['lma1', w.accounting]]))['accounting events']?.({ command: 'accounting events' })(stream as Stream);
    attach(w, 1);
    w.paths.passed(1, 'up', 1, 100, 0);
    detach(w, 1);
    await settle();
    expect(statuses()).toEqual(['on run1-0', 'start run1-1', 'stop run1-1']);
    expect(w.events.map((e) => e.event)).toEqual(['on', 'start', 'stop']);
    expect(heard).toEqual(w.events.slice(1));
    expect([...w.entries.keys()]).toEqual(['last']);
    expect(w.accounting.statistics()).toMatchObject({ sessions: 0, waiting: 0, delivered: 3, lost: 0 });
  });

  it('keeps what happens while no server answers, also over a kill, and sends it in order', async () => {
    await begin();
    w.server = 'down';
    w.retry = 1e9;
    attach(w, 1);
    w.paths.passed(1, 'down', 1, 100, 0);
    await settle();
    w.kill();
    await w.start();
    detach(w, 1);
    w.accounting.settle();
    await settle();
    expect(w.taken.map((r) => r.status)).toEqual(['on']);
    w.kill();
    w.server = 'up';
    await w.start();
    await settle();
    expect(statuses().slice(0, 3)).toEqual(['on run1-0', 'start run1-1', 'stop run1-1']);
    expect(w.taken[2]).toMatchObject({ wall: w.now.wall, usage: { outputOctets: 100n } });
  });

  it('sends a record again whose answer was lost, as the same record', async () => {
    await begin();
    w.server = 'takes, and its answer is lost';
    attach(w, 1);
    await settle();
    w.server = 'up';
    await settle();
    const starts = w.taken.filter((r) => r.status === 'start');
    expect(starts.length).toBeGreaterThan(1);
    expect(new Set(starts.map((r) => r.sessionId)).size).toBe(1);
  });

  it('with a full disk says so once, loses nothing, and goes on by itself', async () => {
    await begin();
    w.disk = 'full';
    attach(w, 1);
    await settle();
    await settle();
    expect(w.said).toEqual(['records of accounting cannot be stored, and wait: no space left']);
    expect(w.accounting.statistics().stalled).toBe(true);
    expect(statuses()).toEqual(['on run1-0']);
    w.disk = 'writes';
    await settle();
    await settle();
    expect(statuses()).toEqual(['on run1-0', 'start run1-1']);
  });

  it('whose files are full still tells the server, and writes each record once when there is room', async () => {
    await begin();
    w.files = 'full';
    attach(w, 1);
    await settle();
    expect(statuses()).toEqual(['on run1-0', 'start run1-1']);
    expect(w.events.map((e) => e.event)).toEqual(['on']);
    w.kill();
    w.files = 'write';
    await w.start();
    w.accounting.onSession({ kind: 'session', change: 'start', session: factsOf(1), reason: 'taken up from the store' });
    await settle();
    expect(w.events.map((e) => e.seq)).toEqual([1, 2]);
    expect([...w.entries.keys()].filter((k) => k.startsWith('record'))).toEqual([]);
  });

  it('that is shut down without forwarding ends its sessions, and waits until the server knows', async () => {
    await begin();
    attach(w, 1);
    w.accounting.stop({ keepForwarding: false });
    await w.accounting.close();
    expect(w.taken.map((r) => [r.status, r.terminateCause])).toEqual([['on', undefined], ['start', undefined], ['stop', 7], ['off', undefined]]);
  });

  it('that is shut down while no server answers does not wait for one', async () => {
    await begin((world) => Object.assign(world, { server: 'down', retry: 1e9 }));
    w.accounting.stop({ keepForwarding: false });
    await w.accounting.close();
    expect(w.accounting.statistics()).toMatchObject({ waiting: 2, silent: true });
  });

  it('without a server keeps the event stream alone', async () => {
    await begin((world) => Object.assign(world, { radius: false }));
    attach(w, 1);
    await settle();
    expect(w.events.map((e) => e.event)).toEqual(['on', 'start']);
    expect([...w.entries.keys()].filter((k) => k.startsWith('record'))).toEqual([]);
  });

  it('without an address log says how to get one', async () => {
    await begin();
    await expect(async () => accountingHandlers(new Map())['show address-log']?.({ command: 'show address-log', address: '192.0.2.1' })).rejects.toThrow(/address-log: folder/);
  });
});

describe('whatever happens', () => {
  const index = fc.integer({ min: 1, max: 4 });
  const act = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('traffic' as const), index, up: fc.integer({ min: 0, max: 5 }), down: fc.integer({ min: 0, max: 5 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('attach' as const), index }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), index }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('move' as const, 'release' as const), index, home: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 1500 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('server' as const), is: fc.constantFrom('up' as const, 'down' as const, 'takes, and its answer is lost' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('disk' as const), is: fc.constantFrom('writes' as const, 'full' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), clock: fc.integer({ min: -5000, max: 5000 }) }) },
  );

  it('the sums that the server has are what passed, for each session and in all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 40 }), async (acts) => {
        const world = new AccountingWorld();
        w = world;
        await world.start();
        world.accounting.settle();
        /** What is in session, at which home, and whether it has its path. */
        const bound = new Map<number, { home: string; path: boolean }>();
        const total = { up: 0n, down: 0n };
        const facts = (i: number, home: string) => factsOf(i, { mag: home });
        const tell = (change: 'start' | 'move' | 'release' | 'end', i: number, home: string, reason: string) => world.accounting.onSession({ kind: 'session', change, session: facts(i, home), reason });
        const setPath = (i: number) => {
          world.paths.set(pathOf(i));
          world.accounting.pathSet(i);
        };
        const removePath = (i: number) => {
          world.paths.remove(i);
          world.accounting.pathRemoved(i);
        };
        for (const a of acts) {
          if (a.kind === 'traffic' && bound.get(a.index)?.path) {
            world.paths.passed(a.index, 'up', a.up, a.up * 100, 0);
            world.paths.passed(a.index, 'down', a.down, a.down * 100, 0);
            total.up += BigInt(a.up * 100);
            total.down += BigInt(a.down * 100);
          } else if (a.kind === 'attach' && !bound.has(a.index)) {
            setPath(a.index);
            tell('start', a.index, 'home1', 'new session');
            bound.set(a.index, { home: 'home1', path: true });
          } else if (a.kind === 'end') {
            const b = bound.get(a.index);
            if (!b) continue;
            removePath(a.index);
            tell('end', a.index, b.home, 'lifetime ended');
            bound.delete(a.index);
          } else if (a.kind === 'move' || a.kind === 'release') {
            const b = bound.get(a.index);
            if (!b) continue;
            if (a.kind === 'release') {
              tell('release', a.index, b.home, 'de-registered');
              removePath(a.index);
            } else {
              setPath(a.index);
              tell('move', a.index, `home${a.home}`, 'handover');
              b.home = `home${a.home}`;
            }
            b.path = a.kind === 'move';
          } else if (a.kind === 'wait') {
            world.now = { at: world.now.at + a.seconds * 1000, wall: world.now.wall + a.seconds * 1000 };
            world.accounting.onSession({ kind: 'session', change: 'move', session: facts(9, 'none'), reason: 'wakes the loop' });
            world.accounting.onSession({ kind: 'session', change: 'end', session: facts(9, 'none'), reason: 'and ends' });
          } else if (a.kind === 'server') world.server = a.is;
          else if (a.kind === 'disk') world.disk = a.is;
          else if (a.kind === 'restart') {
            // What the disk had not taken yet is lost with the process; that is for a kill between two disks, not for this one.
            world.disk = 'writes';
            await settle();
            world.kill();
            world.now = { at: 5, wall: world.now.wall + a.clock };
            await world.start();
            for (const [i, b] of bound) tell(b.path ? 'start' : 'release', i, b.home, 'taken up from the store');
            world.paths.reconcile([...bound].filter(([, b]) => b.path).map(([i]) => pathOf(i)));
            world.accounting.settle();
          }
          if (a.kind !== 'traffic') await settle();
        }
        for (const [i, b] of bound) {
          removePath(i);
          tell('end', i, b.home, 'lifetime ended');
        }
        world.server = 'up';
        world.disk = 'writes';
        for (let i = 0; i < 5; i++) await settle();
        world.kill();
        await world.start();
        for (let i = 0; i < 5; i++) await settle();
        const sums = [...world.sums().values()];
        expect(sums.every((s) => s.stopped)).toBe(true);
        expect(sums.reduce((n, s) => n + s.up, 0n)).toBe(total.up);
        expect(sums.reduce((n, s) => n + s.down, 0n)).toBe(total.down);
        // Sums never go back, and the stream has each record once.
        const seen = new Map<string, bigint>();
        for (const r of world.taken.filter((t) => t.usage)) {
          expect(r.usage?.inputOctets).toBeGreaterThanOrEqual(seen.get(r.sessionId) ?? 0n);
          seen.set(r.sessionId, r.usage?.inputOctets ?? 0n);
        }
        expect(world.events.map((e) => e.seq)).toEqual(world.events.map((_, i) => i + 1));
        world.kill();
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });
});
