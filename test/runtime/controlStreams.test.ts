/** Whoever asked once and hears on: subscribers to everything that a process publishes, and streams of their own. */
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { mailbox } from '../linux/namespaceLab.ts';
import { subscribe, type Stream } from '../../runtime/control.ts';
import { controlScene } from './controlScene.ts';

const s = controlScene();

describe('subscribers', () => {
  const subscribed = (onEvent: (e: unknown) => void, onEnd: (reason: string) => void = () => undefined) => subscribe(s.path, onEvent, onEnd);

  it('hear each event once, from the acknowledgement on', async () => {
    const events: unknown[] = [];
    let done: () => void;
    const heard = new Promise<void>((resolve) => (done = resolve));
    const subscription = subscribed((e) => {
      events.push(e);
      if ((e as { last?: boolean }).last) done();
    });
    await subscription.begun;
    s.server.publish({ n: 1 });
    s.server.publish({ n: 2, last: true });
    await heard;
    subscription.stop();
    expect(events).toEqual([{ n: 1 }, { n: 2, last: true }]);
  });

  it('one that does not read is ended, the others hear on', async () => {
    const lazy = createConnection(s.path);
    lazy.on('error', () => undefined);
    const ended = new Promise<void>((resolve) => lazy.on('close', () => resolve()));
    lazy.write('{"command":"subscribe"}\n');
    await new Promise<void>((resolve) => lazy.once('data', () => resolve()));
    lazy.pause();
    const heard = mailbox<unknown>();
    const subscription = subscribed(heard.put);
    await s.raw('{"command":"subscribe"}\n', 1);
    const text = 'x'.repeat(100_000);
    for (let n = 1; n <= 100; n++) {
      s.server.publish({ n, text });
      expect(await heard.next()).toMatchObject({ n });
    }
    lazy.resume();
    await ended;
    subscription.stop();
  });

  it('are told once when the process goes', async () => {
    const reasons: string[] = [];
    const gone = new Promise<void>((resolve) => {
      subscribed(() => undefined, (reason) => {
        reasons.push(reason);
        resolve();
      });
    });
    await s.raw('{"command":"subscribe"}\n', 1);
    s.server.close();
    await gone;
    expect(reasons).toEqual(['closed']);
  });

  it('are told why there is nobody', async () => {
    const reason = await new Promise<string>((resolve) => subscribe(join(s.folder, 'nobody.sock'), () => undefined, resolve));
    expect(reason).toContain('nothing listens at');
  });
});

describe('streams of the process', () => {
  const streams = {
    ticks: (r: { readonly [argument: string]: unknown }) => {
      if (r['refused']) throw new Error('no ticks today');
      return (stream: Stream) => {
        open.push(stream);
        stream.onClose(() => closed.put('closed'));
        stream.send({ n: 1 });
      };
    },
  };
  let open: Stream[];
  let closed: ReturnType<typeof mailbox<string>>;
  beforeEach(() => {
    [open, closed] = [[], mailbox<string>()];
    s.server.serve({ echo: (r) => r['value'] }, streams);
  });
  const follow = () => {
    const heard = mailbox<unknown>();
    const ended = mailbox<string>();
    const subscription = subscribe(s.path, heard.put, ended.put, { command: 'ticks' });
    return { ...subscription, heard, ended };
  };

  it('begin with the acknowledgement, and end with a last event', async () => {
    const { heard, ended } = follow();
    expect(await heard.next()).toEqual({ n: 1 });
    expect(open[0]?.send({ n: 2 })).toBe(true);
    open[0]?.end({ n: 'last' });
    expect([await heard.next(), await heard.next()]).toEqual([{ n: 2 }, { n: 'last' }]);
    expect(await ended.next()).toBe('closed');
    expect(await closed.next()).toBe('closed');
  });

  it('hear no events of others, and others none of theirs', async () => {
    const one = follow();
    await one.heard.next();
    s.server.publish({ everybody: true });
    open[0]?.send({ n: 2 });
    expect(await one.heard.next()).toEqual({ n: 2 });
    one.stop();
  });

  it('one that is refused says why', async () => {
    const reason = await new Promise<string>((resolve) => subscribe(s.path, () => undefined, resolve, { command: 'ticks', refused: true }));
    expect(reason).toBe('no ticks today');
    expect(open).toEqual([]);
  });

  it('one that nobody serves says what there is', async () => {
    const reason = await new Promise<string>((resolve) => subscribe(s.path, () => undefined, resolve, { command: 'tocks' }));
    expect(reason).toBe('unknown command "tocks"; known: echo, ticks');
  });

  it('tell when their reader does not read, and keep to a limit of memory', async () => {
    const socket = createConnection(s.path);
    const first = new Promise<void>((resolve) => socket.once('data', () => resolve()));
    socket.write('{"command":"ticks"}\n');
    await first;
    socket.pause();
    const stream = open[0] as Stream;
    const text = 'x'.repeat(100_000);
    let taken = 0;
    while (taken < 1000 && stream.send({ text })) taken += 1;
    expect(taken).toBeLessThan(100);
    socket.destroy();
    await new Promise<void>((resolve) => stream.onClose(resolve));
    expect(stream.send({ text })).toBe(false);
  });
});
