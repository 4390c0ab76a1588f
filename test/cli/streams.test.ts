/** `capture` and long lists, in this process, against a control socket: what is written where, and what is said. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { captureCommand } from '../../cli/capture.ts';
import { commands } from '../../cli/commands.ts';
import { printers } from '../../cli/printers/index.ts';
import { runWords } from '../../cli/run.ts';
import type { SessionEvent } from '../../cloud/sessions.ts';
import type { Endpoint } from '../../protocol/entity.ts';
import { encodeMessage } from '../../protocol/mobility/header.ts';
import { createCapture, type CaptureServer } from '../../runtime/capture.ts';
import { openControl, type ControlServer, type Stream } from '../../runtime/control.ts';
import { buildPbu } from '../lma/pbu.ts';

let folder: string;
let control: ControlServer;
let capture: CaptureServer;
let out: string[];
let said: string[];
/** Pages of the next list; undefined: the process dies in the middle. */
let pages: (SessionEvent | undefined)[];
const path = (name: string): string => join(folder, name);
const socket = (): string => path('x.sock');

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roamstead-streams-'));
  [out, said] = [[], []];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => !!out.push(typeof text === 'string' ? text : Buffer.from(text).toString('latin1')));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => !!said.push(String(text)));
  capture = createCapture({ port: 5436, wall: () => 1_800_000_000_123 });
  control = await openControl(socket(), (e) => expect.unreachable(e.message));
  const list = (stream: Stream): void => {
    for (const page of pages) {
      if (page === undefined) control.close();
      else if (page.kind === 'end') stream.end(page);
      else stream.send(page);
    }
  };
  control.serve({}, { ...capture.streams, 'show lma-service sessions': (request) => (request['address'] === 'here' ? (() => { throw new Error('here: expected an address'); })() : list) });
});
afterEach(() => {
  vi.restoreAllMocks();
  capture.close();
  control.close();
  rmSync(folder, { recursive: true });
});

const from: Endpoint = { transport: 'udp', local: '192.0.2.1', remote: '198.51.100.7', remotePort: 40000 };
const octets = encodeMessage(buildPbu({}, { at: 0, wall: 0 }, 7), { kind: 'udp' });

/** Messages pass until the command has seen enough. */
async function whilePassing<T>(command: Promise<T>): Promise<T> {
  const passing = setInterval(() => capture.wire('in', from, octets), 1);
  try {
    return await command;
  } finally {
    clearInterval(passing);
  }
}

describe('capture', () => {
  it('writes so many messages into a new file that only its owner reads', async () => {
    expect(await whilePassing(captureCommand(['type', 'pbu', 'c', '2', 'to', path('a.pcap'), '--socket', socket()]))).toBe(0);
    const file = readFileSync(path('a.pcap'));
    expect([file.readUInt32LE(0), file.length]).toEqual([0xa1b2c3d4, 24 + 2 * (16 + 28 + octets.length)]);
    expect(statSync(path('a.pcap')).mode & 0o777).toBe(0o600);
    expect(said).toEqual([`roamstead: 2 messages to ${path('a.pcap')}\n`]);
    await expect(captureCommand(['to', path('a.pcap'), '--socket', socket()])).rejects.toThrow('exists: choose another name');
  });

  it('without a file goes to standard output', async () => {
    expect(await whilePassing(captureCommand(['count', '1', '--socket', socket()]))).toBe(0);
    expect(out.join('').length).toBe(24 + 16 + 28 + octets.length);
  });

  it('ends with the process that it listens to', async () => {
    const running = captureCommand(['to', path('b.pcap'), '--socket', socket(), '--socket', path('none.sock')]);
    const seen = setInterval(() => capture.wire('in', from, octets), 1);
    await vi.waitFor(() => expect(statSync(path('b.pcap')).size).toBeGreaterThan(24));
    clearInterval(seen);
    capture.close();
    expect(await running).toBe(0);
  });

  it('says why nobody answers, or why it was refused', async () => {
    expect(await captureCommand(['to', path('c.pcap'), '--socket', path('none.sock')])).toBe(1);
    expect(await captureCommand(['type', 'pbx', 'to', path('d.pcap'), '--socket', socket()])).toBe(1);
    expect(said.join('')).toMatch(/nothing listens at [^]*no message is called pbx; there are: pbu,/);
  });

  it.each([
    [['count', 'many', 'to', 'x'], 'count many: expected a number of messages'],
    [['port', '1'], 'port: expected one of host, nai, type, count, for, to'],
    [['to'], 'to needs a value'],
    [['for', 'ever', 'to', 'x'], '--for ever: expected a time'],
  ])('%j is refused', async (words, told) => {
    await expect(captureCommand(words)).rejects.toThrow(told);
  });
});

describe('a list in pages', () => {
  const session = (n: number) => ({ mnnai: `mn${n}`, state: 'ACTIVE', apn: 'a', hnps: [], coa: '192.0.2.9', encap: 'gre4', lifetime: 60, liferem: 9, 'up-stream-grekey': n, 'down-stream-grekey': n });
  const page = (...all: number[]): SessionEvent => ({ kind: 'page', sessions: all.map(session) });
  const show = (...words: string[]): Promise<number> => runWords({ commands, printers }, 'show', ['lma-service', 'session', ...words, '--socket', socket()]);

  it('is one table, with one heading', async () => {
    pages = [page(1, 2), page(3), { kind: 'end', sessions: 3 }];
    expect(await show()).toBe(0);
    expect(out.join('').split('\n').map((l) => l.split(' ')[0])).toEqual(['mnnai', 'mn1', 'mn2', 'mn3', '']);
  });

  it('is one list of JSON', async () => {
    pages = [page(1), page(2, 3), { kind: 'end', sessions: 3 }];
    for (const word of ['json', '--json']) {
      out = [];
      await show(word);
      expect((JSON.parse(out.join('')) as { mnnai: string }[]).map((s) => s.mnnai)).toEqual(['mn1', 'mn2', 'mn3']);
    }
    pages = [{ kind: 'end', sessions: 0 }];
    out = [];
    await show('json');
    expect(out.join('')).toBe('[]\n');
  });

  it('goes through the filter as a whole', async () => {
    pages = [page(1, 2), page(3), { kind: 'end', sessions: 3 }];
    await show('| count mn');
    expect(out.join('')).toBe('Number of lines which match regexp = 4\n');
  });

  it('of nobody is "none"; one that ends early, or is refused, says so', async () => {
    pages = [{ kind: 'end', sessions: 0 }];
    await show();
    expect(out.join('')).toBe('none\n');
    await expect(show('address', 'here')).rejects.toThrow('here: expected an address');
    pages = [page(1), undefined];
    await expect(show()).rejects.toThrow('the process ended before all was shown');
  });

  it('that could not be made says why', async () => {
    pages = [page(1), { kind: 'end', sessions: 0, fault: 'out of order' }];
    await expect(show()).rejects.toThrow('the list ends early: out of order');
  });
});
