/** The mock as an HTTP server: routes of a table, server-sent events with resume, and the built dashboard. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import type { LiveEvents } from '../../cloud/api/resources/network.ts';
import type { Role } from '../../cloud/api/resources/people.ts';

export interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly user: string;
  readonly now: number;
}
export interface Saved {
  readonly file: string;
  readonly type: string;
  readonly content: Uint8Array;
}
export class Refusal extends Error {
  readonly status: number;
  readonly path: string | undefined;
  constructor(status: number, error: string, path?: string) {
    super(error);
    this.status = status;
    this.path = path;
  }
}
/** `undefined` is answered with 204. */
export interface MockRoute {
  readonly method: string;
  /** Below `/api/v1` */
  readonly path: string;
  readonly open?: boolean;
  handle(asked: Asked): unknown;
}
export const saved = (file: string, type: string, content: Uint8Array): Saved => ({ file, type, content });
const isSaved = (value: unknown): value is Saved => typeof value === 'object' && value !== null && 'content' in value && value.content instanceof Uint8Array;

const RING = 500;
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json', '.woff2': 'font/woff2', '.png': 'image/png', '.webmanifest': 'application/manifest+json' };
export const CSP = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/** Live events as the cloud sends them. */
export function createFeed() {
  const watching = new Set<ServerResponse>();
  const ring: { readonly id: number; readonly text: string }[] = [];
  let id = 0;
  return {
    publish: <K extends keyof LiveEvents>(kind: K, value: LiveEvents[K]): void => {
      id += 1;
      const text = `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify(value)}\n\n`;
      ring.push({ id, text });
      if (ring.length > RING) ring.shift();
      for (const response of watching) response.write(text);
    },
    watch(request: IncomingMessage, response: ServerResponse) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      const after = Number(request.headers['last-event-id'] ?? Number.NaN);
      if (!Number.isNaN(after)) {
        if (after < (ring[0]?.id ?? 0) - 1 || after > id) response.write(`event: reset\ndata: {}\n\n`);
        else for (const { id: n, text } of ring) if (n > after) response.write(text);
      }
      response.write(': hello\n\n');
      watching.add(response);
      response.on('close', () => watching.delete(response));
    },
    close() {
      for (const response of watching) response.end();
    },
  };
}
export type Feed = ReturnType<typeof createFeed>;

export interface ServerParts {
  readonly routes: readonly MockRoute[];
  readonly feed: Feed;
  /** Who asks, by cookie; nobody = 401 where a route is not open. */
  readonly user: () => { readonly name: string; readonly role: Role } | undefined;
  readonly now: () => number;
  /** The built dashboard. */
  readonly files: string;
}

function match(pattern: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(value);
    else if (part !== value) return undefined;
  }
  return params;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}

async function api(parts: ServerParts, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const path = url.pathname.slice('/api/v1'.length);
  const user = parts.user();
  if (path === '/events') return user ? parts.feed.watch(request, response) : json(response, 401, { error: 'sign in' });
  for (const route of parts.routes) {
    const params = route.method === request.method ? match(route.path, path) : undefined;
    if (!params) continue;
    if (!route.open && !user) return json(response, 401, { error: 'Nobody is signed in.' });
    const answer = route.handle({ params, query: url.searchParams, body: await bodyOf(request), user: user?.name ?? '', now: parts.now() });
    if (answer === undefined) return void response.writeHead(204).end();
    if (!isSaved(answer)) return json(response, 200, answer);
    response.writeHead(200, { 'content-type': answer.type, 'content-disposition': `attachment; filename="${answer.file}"` });
    return void response.end(answer.content);
  }
  json(response, 404, { error: `There is no ${request.method ?? ''} ${path}.` });
}

/** A path that names no file is a page of the dashboard. */
function file(parts: ServerParts, response: ServerResponse, path: string): void {
  const wanted = join(parts.files, normalize(path));
  const found = wanted.startsWith(parts.files) && statSync(wanted, { throwIfNoEntry: false })?.isFile() ? wanted : join(parts.files, 'index.html');
  if (!existsSync(found)) return void response.writeHead(404).end('The dashboard is not built: node scripts/build.mjs');
  response.writeHead(200, { 'content-type': TYPES[extname(found)] ?? 'application/octet-stream', 'content-security-policy': CSP });
  createReadStream(found).pipe(response);
}

export const mockServer = (parts: ServerParts): Server =>
  createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://mock');
    if (!url.pathname.startsWith('/api/v1/')) return file(parts, response, url.pathname);
    api(parts, request, response, url).catch((error: unknown) => {
      if (error instanceof Refusal) json(response, error.status, { error: error.message, ...(error.path === undefined ? {} : { path: error.path }) });
      else json(response, 500, { error: String(error) });
    });
  });
