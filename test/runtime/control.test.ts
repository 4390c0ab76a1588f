import { existsSync, linkSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailbox } from '../linux/namespaceLab.ts';
import { ask, openControl, subscribe, type ControlServer, type Stream } from '../../runtime/control.ts';

let folder: string;
let path: string;
let server: ControlServer;
const fail = (e: Error): never => {
  throw e;
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roamstead-control-'));
  path = join(folder, 'deep', 'agent.sock');
  server = await openControl(path, fail);
  server.serve({
    echo: (r) => r['value'],
    fail: () => {
      throw new Error('no such binding');
    },
    later: async (r) => {
      for (let i = 0; i < 5; i++) await Promise.resolve();
      return r['value'];
    },
    long: () => 'x'.repeat(5_000_000),
    bigint: () => ({ octets: 1n }),
    nothing: () => undefined,
  });
});

afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** A client that sends raw text and collects lines until there are `count`, or the other side ends it. */
function raw(text: string, count: number): Promise<{ readonly lines: string[]; readonly ended: boolean }> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    let got = '';
    const lines = (): string[] => got.split('\n').slice(0, -1);
    socket.on('data', (chunk) => {
      got += String(chunk);
      if (lines().length < count) return;
      resolve({ lines: lines(), ended: false });
      socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ lines: lines(), ended: true }));
    socket.write(text);
  });
}

describe('requests', () => {
  it('are answered, refusals in the words of whoever refuses', async () => {
    expect(await ask(path, { command: 'echo', value: { a: [1, 'ü'] } })).toEqual({ a: [1, 'ü'] });
    expect(await ask(path, { command: 'nothing' })).toBeUndefined();
    await expect(ask(path, { command: 'fail' })).rejects.toThrow('no such binding');
    await expect(ask(path, { command: 'nonsense' })).rejects.toThrow('unknown command "nonsense"; known: echo, fail, later');
    await expect(ask(path, { command: 'toString' })).rejects.toThrow('unknown command');
  });

  it('a reply may be as long as it has to', async () => {
    expect(await ask(path, { command: 'long' })).toHaveLength(5_000_000);
  });

  it('several on one connection are answered in their order, however long each takes', async () => {
    const requests = ['later', 'echo', 'later', 'echo'].map((command, value) => JSON.stringify({ command, value }));
    const { lines } = await raw(`${requests.join('\n')}\n`, 4);
    expect(lines.map((l) => (JSON.parse(l) as { result: number }).result)).toEqual([0, 1, 2, 3]);
  });

  it('one may come in pieces', async () => {
    const socket = createConnection(path);
    const reply = new Promise<string>((resolve) => socket.once('data', (d) => resolve(String(d))));
    for (const piece of ['{"comm', 'and":"ec', 'ho","value":7}', '\n']) await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
    expect(JSON.parse(await reply)).toEqual({ ok: true, result: 7 });
    socket.destroy();
  });

  it.each(['nonsense', '{"command":5}', 'null', '[]', '7', '{}'])('%s is refused and the connection goes on', async (line) => {
    const { lines } = await raw(`${line}\n{"command":"echo","value":1}\n`, 2);
    expect(JSON.parse(lines[0] as string)).toMatchObject({ ok: false, error: expect.stringContaining('a request is one JSON object') as string });
    expect(JSON.parse(lines[1] as string)).toEqual({ ok: true, result: 1 });
  });

  it('a result that is no JSON is a refusal and no crash', async () => {
    await expect(ask(path, { command: 'bigint' })).rejects.toThrow('BigInt');
  });

  it.each([
    ['without an end', 'x'.repeat(70_000)],
    ['with an end', `${'x'.repeat(200_000)}\n`],
  ])('a line that is too long %s ends the connection', async (_, text) => {
    expect(await raw(text, 1)).toEqual({ lines: [], ended: true });
    expect(await ask(path, { command: 'echo', value: 1 })).toBe(1);
  });

  it('who asks without reading the answers loses the connection, not our memory', async () => {
    const socket = createConnection(path);
    socket.pause();
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    socket.on('error', () => undefined);
    socket.write('{"command":"long"}\n'.repeat(50));
    socket.once('end', () => socket.destroy());
    // Reading starts only once the server has given up on it.
    await ask(path, { command: 'echo', value: 1 });
    socket.resume();
    await closed;
    expect(socket.bytesRead).toBeLessThan(20_000_000);
  });

  it('before the process has started they are told to come again', async () => {
    const other = join(folder, 'starting.sock');
    const starting = await openControl(other, fail);
    await expect(ask(other, { command: 'echo' })).rejects.toThrow('the process is starting');
    starting.serve({ echo: () => 'now' });
    expect(await ask(other, { command: 'echo' })).toBe('now');
    starting.close();
  });
});

describe('subscribers', () => {
  const subscribed = (onEvent: (e: unknown) => void, onEnd: (reason: string) => void = () => undefined) => subscribe(path, onEvent, onEnd);

  it('hear each event once, from the acknowledgement on', async () => {
    const events: unknown[] = [];
    let done: () => void;
    const heard = new Promise<void>((resolve) => (done = resolve));
    const s = subscribed((e) => {
      events.push(e);
      if ((e as { last?: boolean }).last) done();
    });
    await s.begun;
    server.publish({ n: 1 });
    server.publish({ n: 2, last: true });
    await heard;
    s.stop();
    expect(events).toEqual([{ n: 1 }, { n: 2, last: true }]);
  });

  it('one that does not read is ended, the others hear on', async () => {
    const lazy = createConnection(path);
    lazy.on('error', () => undefined);
    const ended = new Promise<void>((resolve) => lazy.on('close', () => resolve()));
    lazy.write('{"command":"subscribe"}\n');
    await new Promise<void>((resolve) => lazy.once('data', () => resolve()));
    lazy.pause();
    const heard = mailbox<unknown>();
    const s = subscribed(heard.put);
    await raw('{"command":"subscribe"}\n', 1);
    const text = 'x'.repeat(100_000);
    for (let n = 1; n <= 100; n++) {
      server.publish({ n, text });
      expect(await heard.next()).toMatchObject({ n });
    }
    lazy.resume();
    await ended;
    s.stop();
  });

  it('are told once when the process goes', async () => {
    const reasons: string[] = [];
    const gone = new Promise<void>((resolve) => {
      subscribed(() => undefined, (reason) => {
        reasons.push(reason);
        resolve();
      });
    });
    await raw('{"command":"subscribe"}\n', 1);
    server.close();
    await gone;
    expect(reasons).toEqual(['closed']);
  });

  it('are told why there is nobody', async () => {
    const reason = await new Promise<string>((resolve) => subscribe(join(folder, 'nobody.sock'), () => undefined, resolve));
    expect(reason).toContain('nothing listens at');
  });
});

describe('the socket file', () => {
  it('is for its owner only, and removed at the end with every connection', async () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const socket = createConnection(path);
    await new Promise<void>((resolve) => socket.on('connect', () => resolve()));
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    await raw('{"command":"echo"}\n', 1);
    server.close();
    socket.resume();
    await closed;
    expect(existsSync(path)).toBe(false);
  });

  it('of a live process keeps a second one from starting, and that one harms nothing', async () => {
    await expect(openControl(path, fail)).rejects.toThrow(`another process answers at ${path}: stop it, or configure another control-socket`);
    expect(await ask(path, { command: 'echo', value: 1 })).toBe(1);
  });

  it('of a process that died is replaced', async () => {
    const stale = join(folder, 'stale.sock');
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(stale, resolve));
    // Node removes the file when it closes: put it back as a killed process leaves it.
    linkSync(stale, `${stale}.kept`);
    await new Promise<void>((resolve) => dead.close(() => resolve()));
    linkSync(`${stale}.kept`, stale);
    const fresh = await openControl(stale, fail);
    fresh.serve({ echo: () => 'fresh' });
    expect(await ask(stale, { command: 'echo' })).toBe('fresh');
    fresh.close();
  });

  it('is never made in place of a file of somebody else', async () => {
    const file = join(folder, 'notes.txt');
    writeFileSync(file, 'precious');
    await expect(openControl(file, fail)).rejects.toThrow('but a file lies there');
    expect(statSync(file).size).toBe(8);
  });

  it.each([
    ['too long a path', 'x'.repeat(120)],
    ['a file for a folder', 'file/agent.sock'],
  ])('that cannot be made for %s is an error in words', async (_, name) => {
    writeFileSync(join(folder, 'file'), '');
    await expect(openControl(join(folder, name), fail)).rejects.toThrow(/the control socket .* cannot be made/);
  });
});

describe('asking', () => {
  it('nobody says where nobody listens', async () => {
    await expect(ask(join(folder, 'nobody.sock'), { command: 'echo' })).rejects.toThrow('is the process running, and with this name?');
  });

  it.each([
    ['garbage', 'hello\n', 'is no Roamstead process'],
    ['{"ok":false}', '{"ok":false}\n', 'is no Roamstead process'],
    ['nothing at all', '', 'closed without an answer'],
  ])('somebody who answers %s is an error', async (_, text, words) => {
    const other = join(folder, 'other.sock');
    const stranger = createServer((s: Socket) => {
      s.on('error', () => undefined);
      s.once('data', () => s.end(text));
    });
    await new Promise<void>((resolve) => stranger.listen(other, resolve));
    await expect(ask(other, { command: 'echo' })).rejects.toThrow(words);
    await new Promise<void>((resolve) => stranger.close(() => resolve()));
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
    server.serve({ echo: (r) => r['value'] }, streams);
  });
  const follow = () => {
    const heard = mailbox<unknown>();
    const ended = mailbox<string>();
    const s = subscribe(path, heard.put, ended.put, { command: 'ticks' });
    return { ...s, heard, ended };
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
    server.publish({ everybody: true });
    open[0]?.send({ n: 2 });
    expect(await one.heard.next()).toEqual({ n: 2 });
    one.stop();
  });

  it('one that is refused says why', async () => {
    const reason = await new Promise<string>((resolve) => subscribe(path, () => undefined, resolve, { command: 'ticks', refused: true }));
    expect(reason).toBe('no ticks today');
    expect(open).toEqual([]);
  });

  it('one that nobody serves says what there is', async () => {
    const reason = await new Promise<string>((resolve) => subscribe(path, () => undefined, resolve, { command: 'tocks' }));
    expect(reason).toBe('unknown command "tocks"; known: echo, ticks');
  });

  it('tell when their reader does not read, and keep to a limit of memory', async () => {
    const socket = createConnection(path);
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
