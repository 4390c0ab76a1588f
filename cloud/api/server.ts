/** The API and the dashboard's files behind one `fetch`: from here on no sockets. `listen.ts` puts it on a port. */
import { Hono } from 'hono';
import type { UnixMillis } from '../../protocol/units.ts';
import type { Auth } from './auth.ts';
import { clientOf, knownHost, type Connection } from './client.ts';
import { createDispatch, refusal } from './dispatch.ts';
import { API_ROOT, openApiOf, type OpenApi } from './openapi.ts';
import { createRateLimit, type Limit } from './rateLimit.ts';
import { Refused, type Route } from './route.ts';
import type { Site } from './static.ts';

export interface ServerParts {
  readonly routes: readonly Route[];
  readonly auth: Auth;
  readonly site: Site;
  readonly now: () => UnixMillis;
  readonly version: string;
  /** Of this server; addresses in figures and localhost are known anyway. */
  readonly names: readonly string[];
  readonly behindProxy: boolean;
  readonly limits?: { readonly address: Limit; readonly principal: Limit };
  readonly checkAnswer?: (route: Route, status: number, value: unknown) => void;
  readonly onError: (error: Error) => void;
}

/** What the listener says of a request's connection; in tests whatever they want. */
export interface Bindings {
  readonly incoming?: { readonly socket: Connection };
}

export interface ApiServer {
  fetch(request: Request, env?: Bindings): Response | Promise<Response>;
  readonly openApi: () => OpenApi;
}

/** The dashboard asks a dozen things for a page; many people can be behind one address. */
const LIMITS = { address: { burst: 300, perSecond: 50 }, principal: { burst: 150, perSecond: 25 } } as const;

const SECURITY: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

export function createServer(parts: ServerParts): ApiServer {
  const { routes, auth, site, now, version, names, behindProxy, limits = LIMITS, onError } = parts;
  const dispatch = createDispatch({
    auth, now, names, onError,
    limits: { address: createRateLimit(limits.address), principal: createRateLimit(limits.principal) },
    ...(parts.checkAnswer ? { checkAnswer: parts.checkAnswer } : {}),
  });
  let document: OpenApi | undefined;
  const openApi = () => (document ??= openApiOf(routes, version));
  let written: string | undefined;
  const app = new Hono<{ Bindings: Bindings }>();
  const client = (headers: Headers, env: Bindings | undefined) => clientOf(env?.incoming?.socket ?? {}, headers, behindProxy);

  app.use(async (c, next) => {
    if (knownHost(c.req.header('host') ?? new URL(c.req.url).host, names)) await next();
    else c.res = refusal(new Refused(421, 'this server is not known by that name: add it to "names" of the section "http" in the configuration'));
    const { headers } = c.res;
    for (const [name, value] of Object.entries(SECURITY)) headers.set(name, value);
    if (client(c.req.raw.headers, c.env).secure) headers.set('strict-transport-security', 'max-age=31536000');
  });
  app.get('/api/openapi.json', () => new Response((written ??= JSON.stringify(openApi())), { headers: { 'content-type': 'application/json', 'cache-control': 'no-cache' } }));
  // What is written out goes before parameters: /homes/pending is no home.
  for (const route of routes.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))) {
    app.on(route.method, API_ROOT + route.path, async (c) => {
      const answer = await dispatch(route, { request: c.req.raw, params: c.req.param(), client: client(c.req.raw.headers, c.env), hangUp: () => void c.env.incoming?.socket.destroy?.() });
      // Nobody will read the events that a HEAD asked for.
      if (c.req.method === 'HEAD') await answer.body?.cancel();
      return answer;
    });
  }
  const others = methodsByPath(routes);
  app.all('/api/*', (c) => {
    const allowed = others(c.req.path);
    if (allowed.length === 0) return refusal(new Refused(404, 'there is nothing here: /api/openapi.json says what there is'));
    return refusal(new Refused(405, `this answers ${allowed.join(', ')}`), new Headers({ allow: allowed.join(', ') }));
  });
  app.all('*', (c) => site.answer(c.req.path, c.req.raw));
  app.onError((e) => {
    onError(new Error(`a request could not be answered: ${e.message}`, { cause: e }));
    return refusal(new Refused(500, 'this went wrong; the log says why'));
  });
  return { fetch: (request, env) => app.fetch(request, env ?? {}), openApi };
}

const orderOf = ({ path }: Route): string => path.replaceAll(':', '~');

function methodsByPath(routes: readonly Route[]): (path: string) => string[] {
  const patterns = routes.map((r) => ({ method: r.method, pattern: new RegExp(`^${API_ROOT}${r.path.replace(/:\w+/g, '[^/]+')}$`) }));
  return (path) => [...new Set(patterns.filter((p) => p.pattern.test(path)).map((p) => p.method))];
}
