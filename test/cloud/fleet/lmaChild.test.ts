/** The LMA beside the fleet service: started, started anew, left alone, stopped. */
import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { createLmaChild } from '../../../cloud/fleet/lmaChild.ts';

class Child extends EventEmitter {
  readonly pid = 7;
  readonly signals: (NodeJS.Signals | number | undefined)[] = [];
  kill(signal?: NodeJS.Signals | number): boolean {
    this.signals.push(signal);
    return true;
  }
}

function world(answers: () => boolean = () => false) {
  const children: Child[] = [];
  const waits: number[] = [];
  const log: string[] = [];
  let due: (() => void) | undefined;
  let now = 0;
  const child = createLmaChild({
    start: () => {
      const next = new Child();
      children.push(next);
      return next;
    },
    alive: async () => answers(),
    now: () => now,
    after(ms, call) {
      waits.push(ms);
      due = call;
      return () => {
        due = undefined;
      };
    },
    log: (level, message) => void log.push(`${level} ${message}`),
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    child, children, waits, log, turn,
    pending: () => due !== undefined,
    async end(why: readonly [number | null, NodeJS.Signals | null], after: number) {
      now += after;
      children.at(-1)?.emit('exit', ...why);
      due?.();
      await turn();
    },
    async next() {
      due?.();
      await turn();
    },
  };
}

it('one that ends is started anew, later each time, and soon again once it ran for a minute', async () => {
  const w = world();
  await w.turn();
  for (let i = 0; i < 7; i++) await w.end([1, null], 10);
  expect(w.waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  await w.end([null, 'SIGSEGV'], 60_000);
  expect([w.waits.at(-1), w.children.length, w.log.at(-2)]).toEqual([1000, 9, 'error the LMA ended (SIGSEGV); it is started anew in 1 s']);
});

it('one that cannot be started is tried again', async () => {
  const w = world();
  await w.turn();
  w.children[0]?.emit('error', new Error('spawn ENOMEM'));
  w.children[0]?.emit('exit', 1, null);
  await w.next();
  expect([w.children.length, w.waits, w.log[1]]).toEqual([2, [1000], 'error the LMA ended (spawn ENOMEM); it is started anew in 1 s']);
});

it('one of an earlier life that answers is left alone, said once, and followed by one of ours when it ends', async () => {
  let answers = true;
  const w = world(() => answers);
  await w.turn();
  await w.next();
  expect([w.children.length, w.log]).toEqual([0, ['info an LMA that was started before answers: it goes on, and is started anew when it ends']]);
  answers = false;
  await w.next();
  expect(w.children.length).toBe(1);
});

it('one of an earlier life is not ours to stop, and that is said', async () => {
  const w = world(() => true);
  await w.turn();
  await w.child.stop('SIGTERM');
  expect([w.children.length, w.pending(), w.log.at(-1)]).toEqual([0, false, 'warn the LMA was started by an earlier fleet service and goes on: stop it by itself']);
});

it('the signal is passed on, and the end waited for; nothing is started after it', async () => {
  const w = world();
  await w.turn();
  let stopped = false;
  const stopping = w.child.stop('SIGTERM').then(() => {
    stopped = true;
  });
  await w.turn();
  expect([w.children[0]?.signals, stopped]).toEqual([['SIGTERM'], false]);
  w.children[0]?.emit('exit', 0, null);
  await stopping;
  expect([stopped, w.children.length, w.pending()]).toEqual([true, 1, false]);
});

it('one that waits to be started anew is not, once it is to stop', async () => {
  const w = world();
  await w.turn();
  w.children[0]?.emit('exit', 1, null);
  await w.child.stop('SIGINT');
  expect([w.pending(), w.children.length]).toEqual([false, 1]);
});
