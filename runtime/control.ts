/**
 * The local control socket: one JSON object a line each way over a UNIX stream socket that only its owner may open. A request
 * is {"command": …, …}; the reply {"ok": true, "result": …} or {"ok": false, "error": …}. `{"command":"subscribe"}` turns the
 * connection into a stream of events, one a line.
 */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';

export interface Request {
  readonly command: string;
  readonly [argument: string]: unknown;
}
export type Handler = (request: Request) => unknown;

export interface ControlServer {
  /** Sends one event to every subscriber. A subscriber that does not read loses its connection, not our memory. */
  publish(event: unknown): void;
  close(): void;
}

const LONGEST_LINE = 65536;
const MOST_BUFFERED = 1 << 20;

/** Serves `handlers` by command name at `path` (mode 0600). */
export function serveControl(path: string, handlers: Readonly<Record<string, Handler>>): Promise<ControlServer> {
  const subscribers = new Set<Socket>();
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('close', () => subscribers.delete(socket));
    lines(socket, (line) => {
      void answer(handlers, line, () => subscribers.add(socket)).then((reply) => socket.write(`${JSON.stringify(reply)}\n`));
    });
  });
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  rmSync(path, { force: true });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve({
        publish(event) {
          const line = `${JSON.stringify(event)}\n`;
          for (const socket of subscribers) if (socket.writableLength > MOST_BUFFERED) socket.destroy();
          else socket.write(line);
        },
        close() {
          for (const socket of subscribers) socket.destroy();
          server.close();
          rmSync(path, { force: true });
        },
      });
    });
  });
}

async function answer(handlers: Readonly<Record<string, Handler>>, line: string, subscribe: () => void): Promise<object> {
  try {
    const request = JSON.parse(line) as Request;
    if (request.command === 'subscribe') {
      subscribe();
      return { ok: true };
    }
    const handler = Object.hasOwn(handlers, request.command) ? handlers[request.command] : undefined;
    if (!handler) return { ok: false, error: `unknown command "${request.command}"; known: ${Object.keys(handlers).join(', ')}` };
    return { ok: true, result: await handler(request) };
  } catch (e) {
    return { ok: false, error: e instanceof SyntaxError ? 'a request is one JSON object on one line' : (e as Error).message };
  }
}

/** One request, one result. @throws Error with the server's words, or why nobody answered */
export function ask(path: string, request: Request): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.on('error', (e: NodeJS.ErrnoException) => reject(new Error(explain(path, e))));
    socket.on('close', () => reject(new Error(`${path}: closed without an answer`)));
    lines(socket, (line) => {
      const reply = JSON.parse(line) as { ok: boolean; result?: unknown; error?: string };
      if (reply.ok) resolve(reply.result);
      else reject(new Error(reply.error ?? 'refused'));
      socket.end();
    });
    socket.write(`${JSON.stringify(request)}\n`);
  });
}

/** Events until `stop` is called or the process at the other end goes. */
export function subscribe(path: string, onEvent: (event: unknown) => void, onEnd: (reason: string) => void): { stop(): void } {
  const socket = createConnection(path);
  let acknowledged = false;
  socket.on('error', (e: NodeJS.ErrnoException) => onEnd(explain(path, e)));
  socket.on('close', () => onEnd('closed'));
  lines(socket, (line) => {
    if (acknowledged) onEvent(JSON.parse(line));
    acknowledged = true;
  });
  socket.write('{"command":"subscribe"}\n');
  return { stop: () => socket.destroy() };
}

function explain(path: string, e: NodeJS.ErrnoException): string {
  if (e.code === 'ENOENT' || e.code === 'ECONNREFUSED') return `nothing listens at ${path}: is the process running, and with this name?`;
  if (e.code === 'EACCES') return `${path}: permission denied; run as the user that runs the process`;
  return `${path}: ${e.message}`;
}

function lines(socket: Socket, onLine: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > LONGEST_LINE && !socket.destroyed) socket.destroy();
    for (const line of parts) onLine(line);
  });
}
