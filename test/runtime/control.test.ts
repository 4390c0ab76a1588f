import { existsSync, linkSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ask, openControl } from '../../runtime/control.ts';
import { controlScene, fail } from './controlScene.ts';

const s = controlScene();

describe('requests', () => {
  it('are answered, refusals in the words of whoever refuses', async () => {
    expect(await ask(s.path, { command: 'echo', value: { a: [1, 'ü'] } })).toEqual({ a: [1, 'ü'] });
    expect(await ask(s.path, { command: 'nothing' })).toBeUndefined();
    await expect(ask(s.path, { command: 'fail' })).rejects.toThrow('no such binding');
    await expect(ask(s.path, { command: 'nonsense' })).rejects.toThrow('unknown command "nonsense"; known: echo, fail, later');
    await expect(ask(s.path, { command: 'toString' })).rejects.toThrow('unknown command');
  });

  it('a reply may be as long as it has to', async () => {
    expect(await ask(s.path, { command: 'long' })).toHaveLength(5_000_000);
  });

  it('several on one connection are answered in their order, however long each takes', async () => {
    const requests = ['later', 'echo', 'later', 'echo'].map((command, value) => JSON.stringify({ command, value }));
    const { lines } = await s.raw(`${requests.join('\n')}\n`, 4);
    expect(lines.map((l) => (JSON.parse(l) as { result: number }).result)).toEqual([0, 1, 2, 3]);
  });

  it('one may come in pieces', async () => {
    const socket = createConnection(s.path);
    const reply = new Promise<string>((resolve) => socket.once('data', (d) => resolve(String(d))));
    for (const piece of ['{"comm', 'and":"ec', 'ho","value":7}', '\n']) await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
    expect(JSON.parse(await reply)).toEqual({ ok: true, result: 7 });
    socket.destroy();
  });

  it.each(['nonsense', '{"command":5}', 'null', '[]', '7', '{}'])('%s is refused and the connection goes on', async (line) => {
    const { lines } = await s.raw(`${line}\n{"command":"echo","value":1}\n`, 2);
    expect(JSON.parse(lines[0] as string)).toMatchObject({ ok: false, error: expect.stringContaining('a request is one JSON object') as string });
    expect(JSON.parse(lines[1] as string)).toEqual({ ok: true, result: 1 });
  });

  it('a result that is no JSON is a refusal and no crash', async () => {
    await expect(ask(s.path, { command: 'bigint' })).rejects.toThrow('BigInt');
  });

  it.each([
    ['without an end', 'x'.repeat(70_000)],
    ['with an end', `${'x'.repeat(200_000)}\n`],
  ])('a line that is too long %s ends the connection', async (_, text) => {
    expect(await s.raw(text, 1)).toEqual({ lines: [], ended: true });
    expect(await ask(s.path, { command: 'echo', value: 1 })).toBe(1);
  });

  it('who asks without reading the answers loses the connection, not our memory', async () => {
    const socket = createConnection(s.path);
    socket.pause();
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    socket.on('error', () => undefined);
    socket.write('{"command":"long"}\n'.repeat(50));
    socket.once('end', () => socket.destroy());
    // Reading starts only once the server has given up on it.
    await ask(s.path, { command: 'echo', value: 1 });
    socket.resume();
    await closed;
    expect(socket.bytesRead).toBeLessThan(20_000_000);
  });

  it('before the process has started they are told to come again', async () => {
    const other = join(s.folder, 'starting.sock');
    const starting = await openControl(other, fail);
    await expect(ask(other, { command: 'echo' })).rejects.toThrow('the process is starting');
    starting.serve({ echo: () => 'now' });
    expect(await ask(other, { command: 'echo' })).toBe('now');
    starting.close();
  });
});

describe('the socket file', () => {
  it('is for its owner only, and removed at the end with every connection', async () => {
    expect(statSync(s.path).mode & 0o777).toBe(0o600);
    const socket = createConnection(s.path);
    await new Promise<void>((resolve) => socket.on('connect', () => resolve()));
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    await s.raw('{"command":"echo"}\n', 1);
    s.server.close();
    socket.resume();
    await closed;
    expect(existsSync(s.path)).toBe(false);
  });

  it('of a live process keeps a second one from starting, and that one harms nothing', async () => {
    await expect(openControl(s.path, fail)).rejects.toThrow(`another process answers at ${s.path}: stop it, or configure another control-socket`);
    expect(await ask(s.path, { command: 'echo', value: 1 })).toBe(1);
  });

  it('of a process that died is replaced', async () => {
    const stale = join(s.folder, 'stale.sock');
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
    const file = join(s.folder, 'notes.txt');
    writeFileSync(file, 'precious');
    await expect(openControl(file, fail)).rejects.toThrow('but a file lies there');
    expect(statSync(file).size).toBe(8);
  });

  it.each([
    ['too long a path', 'x'.repeat(120)],
    ['a file for a folder', 'file/agent.sock'],
  ])('that cannot be made for %s is an error in words', async (_, name) => {
    writeFileSync(join(s.folder, 'file'), '');
    await expect(openControl(join(s.folder, name), fail)).rejects.toThrow(/the control socket .* cannot be made/);
  });
});

describe('asking', () => {
  it('nobody says where nobody listens', async () => {
    await expect(ask(join(s.folder, 'nobody.sock'), { command: 'echo' })).rejects.toThrow('is the process running, and with this name?');
  });

  it('ends its connection when whoever asked waits no more', async () => {
    const path = join(s.folder, 'hangs.sock');
    const open = new Set<Socket>();
    const hanging = createServer((socket) => {
      open.add(socket);
      socket.resume().on('close', () => open.delete(socket));
    });
    await new Promise<void>((resolve) => void hanging.listen(path, resolve));
    const patience = new AbortController();
    const answer = ask(path, { command: 'echo' }, patience.signal);
    await expect.poll(() => open.size).toBe(1);
    patience.abort();
    await expect(answer).rejects.toThrow('aborted');
    await expect.poll(() => open.size).toBe(0);
    await new Promise((resolve) => void hanging.close(resolve));
  });

  it.each([
    ['garbage', 'hello\n', 'is no Roamstead process'],
    ['{"ok":false}', '{"ok":false}\n', 'is no Roamstead process'],
    ['nothing at all', '', 'closed without an answer'],
  ])('somebody who answers %s is an error', async (_, text, words) => {
    const other = join(s.folder, 'other.sock');
    const stranger = createServer((s: Socket) => {
      s.on('error', () => undefined);
      s.once('data', () => s.end(text));
    });
    await new Promise<void>((resolve) => stranger.listen(other, resolve));
    await expect(ask(other, { command: 'echo' })).rejects.toThrow(words);
    await new Promise<void>((resolve) => stranger.close(() => resolve()));
  });
});
