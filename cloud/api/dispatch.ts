/** One request to one route: who asks, may they, is it well formed; then the answer, or words about what is wrong. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Millis, UnixMillis } from '../../protocol/units.ts';
import { FleetStoreError } from '../fleet/ports.ts';
import { csrfMatches, keyOf, noCookie, type Auth, type Principal } from './auth.ts';
import { jsonBody } from './body.ts';
import { checked } from './checked.ts';
import { accepts, fromAnotherSite, networkOf, type Client } from './client.ts';
import type { RateLimit } from './rateLimit.ts';
import type { ApiError } from './resources/answers.ts';
import { mayAs, Refused, refuse, type Content, type Route } from './route.ts';

export interface DispatchParts {
  readonly auth: Auth;
  readonly now: () => UnixMillis;
  /** By address and by whoever is signed in. */
  readonly limits: { readonly address: RateLimit; readonly principal: RateLimit };
  /** Names of this server, for pages of other sites. */
  readonly names: readonly string[];
  /** Of tests: throws when an answer is not what the route says. */
  readonly checkAnswer?: (route: Route, status: number, value: unknown) => void;
  readonly onError: (error: Error) => void;
}

export interface Incoming {
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  readonly client: Client;
  hangUp(): void;
}

export type Dispatch = (route: Route, incoming: Incoming) => Promise<Response>;

const NOBODY: Principal = { name: '', role: 'anyone' };

export function createDispatch(parts: DispatchParts): Dispatch {
  const { auth, now, limits, names, checkAnswer, onError } = parts;

  const identify = (route: Route, { request, client }: Incoming): Principal => {
    inLimit(limits.address(networkOf(client.ip), now()));
    const shown = auth.identify(request.headers, client.secure, client.ip);
    if (shown === undefined && request.headers.has('authorization')) refuse(401, 'this token is unknown, or it has ended');
    if (route.role === 'anyone') return shown ?? NOBODY;
    if (shown === undefined) return refuse(401, 'the session is over: sign in again');
    if (shown.role === 'anyone') refuse(401, 'sign in first, or show a token (authorization: Bearer rs_…)');
    inLimit(limits.principal(keyOf(shown), now()));
    return shown;
  };

  const admit = (route: Route, principal: Principal, { request }: Incoming): void => {
    if (!mayAs(principal.role, route.role)) refuse(403, `this needs the role ${route.role}; ${principal.name} is ${principal.role}`);
    if (route.method === 'GET') return;
    if (fromAnotherSite(request.headers, names)) refuse(403, 'a page of another site must not do this');
    if (route.role !== 'anyone' && !csrfMatches(principal, request.headers)) refuse(403, 'the header x-roamstead-csrf is missing or not of this session: load the page anew');
  };

  return async (route, incoming) => {
    const { request, client } = incoming;
    const headers = new Headers();
    try {
      const principal = identify(route, incoming);
      admit(route, principal, incoming);
      const params = paramsOf(route, incoming.params);
      const query = queryOf(route, new URL(request.url).searchParams);
      const sent = route.method === 'GET' ? undefined : await jsonBody(request);
      const body = route.body ? checked(route.body, sent, 'body') : sent === undefined ? undefined : refuse(400, 'expected no body', 'body');
      const { session, token } = principal;
      const value: unknown = await route.handle({
        user: principal.name, role: principal.role, now: now(), params, query, body, ip: client.ip, secure: client.secure,
        ...(session ? { session } : {}), ...(token ? { token } : {}),
        requested: (name) => request.headers.get(name) ?? '',
        alive: () => auth.alive(principal),
        used: () => auth.used(principal, client.ip),
        hangUp: () => incoming.hangUp(),
        header: (name, text) => headers.append(name, text),
      });
      const status = route.status ?? (route.answer === 'nothing' ? 204 : 200);
      checkAnswer?.(route, status, value);
      return await answer(route, status, value, headers, request.headers);
    } catch (e) {
      const refused = e instanceof Refused ? e : failed(e, request);
      checkAnswer?.(route, refused.status, problem(refused));
      if (refused.status === 401 && route.role !== 'anyone' && request.headers.has('cookie') && !request.headers.has('authorization')) headers.append('set-cookie', noCookie(client.secure));
      return refusal(refused, headers);
    }
  };

  function failed(e: unknown, request: Request): Refused {
    const path = new URL(request.url).pathname;
    onError(new Error(`${request.method} ${path} could not be answered: ${(e as Error).message}`, { cause: e }));
    return new Refused(500, e instanceof FleetStoreError ? 'the store does not take this now: its disk is full, or its server is away; the log says which' : 'this went wrong; the log says why');
  }
}

function inLimit(wait: Millis): void {
  if (wait > 0) throw new Refused(429, 'too many requests', { retryAfter: Math.ceil(wait / 1000) });
}

const LONGEST_PARAM = 200;

function paramsOf(route: Route, params: Readonly<Record<string, string>>): unknown {
  for (const [name, value] of Object.entries(params)) if (value === '' || value.length > LONGEST_PARAM || value.includes('\0')) refuse(400, `expected 1 to ${LONGEST_PARAM} characters`, name);
  return route.params ? checked(route.params, params, 'path') : params;
}

/** Unknown names are told: a mistyped filter must not look like one that matches all. */
function queryOf(route: Route, search: URLSearchParams): unknown {
  const given: Record<string, string> = Object.create(null) as Record<string, string>;
  const known = route.query && 'entries' in route.query ? Object.keys(route.query.entries as object) : [];
  for (const [name, value] of search) {
    if (!known.includes(name)) refuse(400, known.length === 0 ? `unknown query ${name.slice(0, 50)}: this takes none` : `unknown query ${name.slice(0, 50)}: there are ${known.join(', ')}`, 'query');
    if (name in given) refuse(400, `${name} is there twice`, name);
    given[name] = value;
  }
  return route.query ? checked(route.query, { ...given }, 'query') : {};
}

/** Octets of JSON from which on packing pays: the homes of a large fleet are megabytes. */
const WORTH_PACKING = 32_768;
const packed = promisify(gzip);

async function answer(route: Route, status: number, value: unknown, headers: Headers, asked: Headers): Promise<Response> {
  headers.set('cache-control', 'no-store');
  if (route.answer === 'nothing') return new Response(null, { status, headers });
  if ('media' in route.answer) {
    const { content, fileName } = value as Content;
    headers.set('content-type', route.answer.media);
    if (fileName !== undefined) headers.set('content-disposition', `attachment; filename="${fileName.replace(/[^\w.-]/g, '_')}"`);
    return new Response(content, { status, headers });
  }
  headers.set('content-type', 'application/json');
  const text = JSON.stringify(value);
  if (text.length < WORTH_PACKING || !accepts(asked, 'gzip')) return new Response(text, { status, headers });
  headers.set('content-encoding', 'gzip');
  return new Response(new Uint8Array(await packed(text, { level: 3 })), { status, headers });
}

const problem = ({ message, path }: Refused): ApiError => ({ error: message, ...(path === undefined ? {} : { path }) });

/** As JSON, whatever is in it. */
export function refusal(refused: Refused, headers = new Headers()): Response {
  headers.set('content-type', 'application/json');
  headers.set('cache-control', 'no-store');
  if (refused.status === 401) headers.set('www-authenticate', 'Bearer realm="roamstead"');
  if (refused.retryAfter !== undefined) headers.set('retry-after', String(refused.retryAfter));
  return new Response(JSON.stringify(problem(refused)), { status: refused.status, headers });
}
