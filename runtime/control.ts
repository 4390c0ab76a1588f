/**
 * The local control socket: one JSON object a line each way over a UNIX stream socket that only its owner may open. A request
 * is {"command": …, …}; the reply {"ok": true, "result": …} or {"ok": false, "error": …}, in the order of the requests.
 * `{"command":"subscribe"}` turns the connection into a stream of events, one a line; so do the process's own streams. The socket
 * also is the process's claim to its name: a second process that finds it alive does not start.
 */
import { lstatSync, mkdirSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { afterwards } from './afterwards.ts';
import { lines } from './lines.ts';

export interface Request {
  readonly command: string;
  readonly [argument: string]: unknown;
}
export type Handler = (request: Request) => unknown;
export type Handlers = Readonly<Record<string, Handler>>;

/** A connection that has become a stream of events. */
export interface Stream {
  /** False: its reader is too slow, and the event is lost. */
  send(event: unknown): boolean;
  /** Resolves when the reader has caught up, or is gone. */
  drained(): Promise<void>;
  /** A last event, and the end of the connection. */
  end(event: unknown): void;
  /** The other side went, or `end` was called. */
  onClose(call: () => void): void;
}

/** Returns what begins the stream once the request is acknowledged. @throws Error in words to refuse it */
export type StreamHandler = (request: Request) => (stream: Stream) => void;
type StreamHandlers = Readonly<Record<string, StreamHandler>>;

export interface ControlServer {
  /** Answers these by command name from now on; until then a request is told to come again. */
  serve(handlers: Handlers, streams?: StreamHandlers): void;
  /** Sends one event to every subscriber when this turn is over. A subscriber that does not read loses its connection, not our memory. */
  publish(event: unknown): void;
  /** Ends every connection and removes the socket. */
  close(): void;
}

const LONGEST_REQUEST = 65536;
const MOST_BUFFERED = 1 << 20;
const MOST_CONNECTIONS = 64;

/** Takes the socket at `path` (mode 0600). @throws Error in words when another process has it, or something else lies there */
export async function openControl(path: string, onError: (error: Error) => void): Promise<ControlServer> {
  await clearStale(path);
  let served: { readonly handlers: Handlers; readonly streams: StreamHandlers } | undefined;
  const sockets = new Set<Socket>();
  const subscribers = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      subscribers.delete(socket);
    });
    let turn = Promise.resolve();
    lines(socket, LONGEST_REQUEST, (line) => {
      turn = turn.then(() => reply(socket, line));
    });
  });
  server.maxConnections = MOST_CONNECTIONS;

  async function reply(socket: Socket, line: string): Promise<void> {
    if (socket.writableLength > MOST_BUFFERED) return void socket.destroy();
    const { text, begin } = await answer(served, line);
    socket.write(`${text}\n`);
    if (begin === 'events') subscribers.add(socket);
    else begin?.(streamOf(socket));
  }

  const events = afterwards((event: unknown) => {
    const line = `${JSON.stringify(event)}\n`;
    for (const socket of subscribers) if (socket.writableLength > MOST_BUFFERED) socket.destroy();
    else socket.write(line);
  });

  await listen(server, path);
  server.on('error', onError);
  return {
    serve: (handlers, streams = {}) => {
      served = { handlers, streams };
    },
    publish(event) {
      if (subscribers.size > 0) events.add(event);
    },
    close() {
      events.flush();
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** sun_path of unix(7); what is longer would be cut without a word. */
const LONGEST_PATH = 107;

/** A socket whose process is gone is removed; nothing else ever is. */
async function clearStale(path: string): Promise<void> {
  if (Buffer.byteLength(path) > LONGEST_PATH) throw new Error(`the control socket ${path} cannot be made: a path of at most ${LONGEST_PATH} octets is possible`);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  } catch (e) {
    throw new Error(`the control socket ${path} cannot be made: ${(e as Error).message}`, { cause: e });
  }
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (!there) return;
  if (!there.isSocket()) throw new Error(`${path} is to be the control socket, but a file lies there: remove it, or configure another control-socket`);
  const alive = await new Promise<boolean>((resolve) => {
    const socket = createConnection(path, () => resolve(true));
    socket.on('connect', () => socket.destroy());
    socket.on('error', (e: NodeJS.ErrnoException) => resolve(e.code !== 'ECONNREFUSED' && e.code !== 'ENOENT'));
  });
  if (alive) throw new Error(`another process answers at ${path}: stop it, or configure another control-socket for this one`);
  rmSync(path, { force: true });
}

/** The file is made as its owner's alone: there is no moment at which others may open it. */
function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (e: Error): void => reject(new Error(`the control socket ${path} cannot be made: ${e.message}`));
    server.once('error', refuse);
    const mask = process.umask(0o177);
    try {
      server.listen(path, () => {
        server.off('error', refuse);
        resolve();
      });
    } finally {
      process.umask(mask);
    }
  });
}

const streamOf = (socket: Socket): Stream => ({
  send(event) {
    if (socket.destroyed || socket.writableLength > MOST_BUFFERED) return false;
    socket.write(`${JSON.stringify(event)}\n`);
    return true;
  },
  drained: () =>
    new Promise((resolve) => {
      if (socket.destroyed || !socket.writableNeedDrain) return resolve();
      socket.once('drain', resolve).once('close', resolve);
    }),
  end: (event) => void socket.end(`${JSON.stringify(event)}\n`),
  onClose: (call) => void socket.once('close', call),
});

interface Answer {
  readonly text: string;
  /** What the connection becomes with it. */
  readonly begin?: 'events' | ((stream: Stream) => void);
}

/** The reply to one request. Never throws. */
async function answer(served: { readonly handlers: Handlers; readonly streams: StreamHandlers } | undefined, line: string): Promise<Answer> {
  const refuse = (error: string): Answer => ({ text: JSON.stringify({ ok: false, error }) });
  const acknowledged = JSON.stringify({ ok: true });
  try {
    const request = JSON.parse(line) as Request | null;
    if (typeof request !== 'object' || typeof request?.command !== 'string') return refuse('a request is one JSON object with a "command"');
    const { command } = request;
    if (command === 'subscribe') return { text: acknowledged, begin: 'events' };
    if (!served) return refuse('the process is starting: ask again in a moment');
    const { handlers, streams } = served;
    const stream = Object.hasOwn(streams, command) ? streams[command] : undefined;
    if (stream) return { text: acknowledged, begin: stream(request) };
    const handler = Object.hasOwn(handlers, command) ? handlers[command] : undefined;
    if (!handler) return refuse(`unknown command "${command}"; known: ${[...Object.keys(handlers), ...Object.keys(streams)].join(', ')}`);
    return { text: JSON.stringify({ ok: true, result: await handler(request) }) };
  } catch (e) {
    return refuse(e instanceof SyntaxError ? 'a request is one JSON object on one line' : (e as Error).message);
  }
}

/** Nobody answers at a control socket. */
export class NotRunning extends Error {
  override readonly name = 'NotRunning';
}

/** One request, one result. @param signal ends the connection of somebody who waits no more. @throws NotRunning; Error with the server's words, or why nobody answered */
export function ask(path: string, request: Request, signal?: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path, ...(signal && { signal }) });
    socket.on('error', (e: NodeJS.ErrnoException) => reject(isAbsent(e) ? new NotRunning(explain(path, e)) : new Error(explain(path, e))));
    socket.on('close', () => reject(new Error(`${path}: closed without an answer`)));
    lines(socket, Infinity, (line) => {
      const reply = parsed(line);
      if (reply?.ok === true) resolve(reply.result);
      else reject(new Error(typeof reply?.error === 'string' ? reply.error : `${path}: whoever answers there is no Roamstead process`));
      socket.end();
    });
    socket.write(`${JSON.stringify(request)}\n`);
  });
}

export interface Subscription {
  readonly begun: Promise<void>;
  stop(): void;
}

/**
 * Events until `stop` is called or the process at the other end goes, which `onEnd` is told once; so is the reason why a stream
 * was refused. `request` asks for another stream than that of all events. No event after `begun` is missed; it resolves when the
 * other end has agreed, or is gone.
 */
export function subscribe(path: string, onEvent: (event: unknown) => void, onEnd: (reason: string) => void, request: Request = { command: 'subscribe' }): Subscription {
  const socket = createConnection(path);
  let acknowledged = false;
  let reason = 'closed';
  let stopped = false;
  let begin: () => void;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  socket.on('error', (e: NodeJS.ErrnoException) => {
    reason = explain(path, e);
  });
  socket.on('close', () => {
    begin();
    if (!stopped) onEnd(reason);
  });
  lines(socket, Infinity, (line) => {
    const event = parsed(line);
    if (event && acknowledged) onEvent(event);
    else if (typeof event?.['error'] === 'string') reason = event['error'];
    if (event?.['ok'] === true) {
      acknowledged = true;
      begin();
    } else if (!acknowledged) socket.destroy();
  });
  socket.write(`${JSON.stringify(request)}\n`);
  return {
    begun,
    stop: () => {
      stopped = true;
      socket.destroy();
    },
  };
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

const isAbsent = (e: NodeJS.ErrnoException): boolean => e.code === 'ENOENT' || e.code === 'ECONNREFUSED';

function explain(path: string, e: NodeJS.ErrnoException): string {
  if (isAbsent(e)) return `nothing listens at ${path}: is the process running, and with this name?`;
  if (e.code === 'EACCES') return `${path}: permission denied; run as the user that runs the process`;
  return `${path}: ${e.message}`;
}
