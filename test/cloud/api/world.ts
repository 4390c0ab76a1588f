/** The API without sockets: requests go to `fetch`, the clock is moved by hand, and every answer is compared with the OpenAPI document. */
import { openAccess, type Access } from '../../../cloud/api/access.ts';
import { createPasswords } from '../../../cloud/api/passwords.ts';
import { openApiOf, API_ROOT, type OpenApi } from '../../../cloud/api/openapi.ts';
import type { Role } from '../../../cloud/api/resources/people.ts';
import type { Route } from '../../../cloud/api/route.ts';
import { csrfOf } from '../../../cloud/api/secrets.ts';
import { createServer, type ServerParts } from '../../../cloud/api/server.ts';
import { createLiveStream, type LiveStream } from '../../../cloud/api/sse.ts';
import { ownRoutes } from '../../../cloud/api/start.ts';
import { openSite } from '../../../cloud/api/static.ts';
import { createAudit, type Audit } from '../../../cloud/fleet/audit.ts';
import { createMemoryStore, type MemoryStore } from '../memoryStore.ts';
import { faultsOf } from './jsonSchema.ts';

export const PASSWORD = 'four words of a kind';
/** Work that a test can afford. */
export const QUICK = { n: 2, r: 1, p: 1 };
/** No limits. */
export const FREE = { address: { burst: 1e6, perSecond: 1e6 }, principal: { burst: 1e6, perSecond: 1e6 } };
const START = Date.UTC(2026, 10, 23, 12);

export interface Asked {
  /** A user of that role is signed in, or a token's secret, or nobody. */
  readonly as?: Role | { readonly token: string } | { readonly cookie: string };
  readonly body?: unknown;
  /** Sent as it is instead of `body`. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  /** `''` leaves one out that would be sent. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly ip?: string;
}

export interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed, where the answer is JSON. */
  readonly json: unknown;
}

export interface World {
  readonly store: MemoryStore;
  readonly audit: Audit;
  readonly access: Access;
  readonly live: LiveStream;
  readonly routes: readonly Route[];
  readonly openApi: OpenApi;
  /** What went to the log. */
  readonly errors: Error[];
  now: number;
  /** @param path behind /api/v1; one that begins with `//` is behind the root: `//index.html` */
  ask(method: string, path: string, asked?: Asked): Promise<Got>;
  response(method: string, path: string, asked?: Asked): Promise<Response>;
  /** The secret of the session of the user of that role. */
  readonly sessions: Readonly<Record<Role, string>>;
}

/**
 * Users `viewer`, `operator` and `owner`, signed in.
 * @param routes of the part that is tried; the API's own are there anyway
 */
export async function apiWorld(routes: readonly Route[] | ((world: { readonly store: MemoryStore; readonly audit: Audit; readonly now: () => number; readonly live: LiveStream }) => readonly Route[]) = [], more: Partial<ServerParts> & { readonly empty?: boolean; readonly newOwner?: boolean; readonly folder?: string; readonly store?: MemoryStore } = {}): Promise<World> {
  const clock = { now: START };
  const now = () => clock.now;
  const errors: Error[] = [];
  const onError = (e: Error): void => void errors.push(e);
  const store = more.store ?? createMemoryStore();
  const audit = createAudit({ store, now, onError });
  const access = await openAccess({ store, audit, now, onError, passwords: createPasswords(QUICK), newOwner: more.newOwner ?? false });
  const live = createLiveStream();
  const all = [...ownRoutes(access, live, '1.2.3'), ...(typeof routes === 'function' ? routes({ store, audit, now, live }) : routes)];
  const openApi = openApiOf(all, '1.2.3', true);
  const checkAnswer = (route: Route, status: number, value: unknown): void => {
    const faults = answerFaults(openApi, route, status, value);
    if (faults.length > 0) throw new Error(`${route.method} ${route.path} answers ${status} otherwise than its schema says: ${faults.join('; ')}`);
  };
  const server = createServer({ routes: all, auth: access.auth, site: openSite(more.folder ?? '/nonexistent'), now, version: '1.2.3', names: [], behindProxy: false, checkAnswer, onError, ...more });
  const sessions = { viewer: '', operator: '', owner: '' };
  if (!more.empty) {
    for (const role of ['owner', 'operator', 'viewer'] as const) {
      const user = access.users.byName(role) ?? (await access.users.add({ name: role, role, password: PASSWORD }, 'test'));
      sessions[role] = (await access.sessions.begin(user.id, { ip: '192.0.2.1', agent: 'test' })).secret;
    }
  }
  const response = async (method: string, path: string, asked: Asked = {}): Promise<Response> =>
    server.fetch(requestFor(method, path, asked, sessions), { incoming: { socket: { remoteAddress: asked.ip ?? '192.0.2.1' } } });
  return {
    store, audit, access, live, routes: all, openApi, errors, sessions, response,
    get now() {
      return clock.now;
    },
    set now(at) {
      clock.now = at;
    },
    async ask(method, path, asked) {
      const answer = await response(method, path, asked);
      const text = await answer.text();
      const json = answer.headers.get('content-type')?.startsWith('application/json') && text !== '' ? (JSON.parse(text) as unknown) : undefined;
      return { status: answer.status, headers: answer.headers, text, json };
    },
  };
}

function requestFor(method: string, path: string, { as, body, raw, headers = {} }: Asked, sessions: Readonly<Record<Role, string>>): Request {
  const sent = new Headers({ host: 'localhost:8080' });
  const secret = typeof as === 'string' ? sessions[as] : as && 'cookie' in as ? as.cookie : undefined;
  if (secret !== undefined) {
    sent.set('cookie', `theme=dark; roamstead=${secret}`);
    if (method !== 'GET') sent.set('x-roamstead-csrf', csrfOf(secret));
  }
  if (typeof as === 'object' && 'token' in as) sent.set('authorization', `Bearer ${as.token}`);
  if (body !== undefined || raw !== undefined) sent.set('content-type', 'application/json');
  for (const [name, value] of Object.entries(headers)) {
    if (value === '') sent.delete(name);
    else sent.set(name, value);
  }
  const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const url = `http://localhost:8080${path.startsWith('//') ? path.slice(1) : API_ROOT + path}`;
  return new Request(url, { method, headers: sent, ...(content === undefined ? {} : { body: content }) });
}

/** What an answer has that the document does not say, or the other way round. */
export function answerFaults(openApi: OpenApi, { method, path }: Route, status: number, value: unknown): string[] {
  const said = openApi.paths[API_ROOT + path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]?.responses[status];
  if (!said) return [`${status} is not in the document`];
  const schema = said.content?.['application/json']?.schema;
  if (!schema) return said.content || value === undefined ? [] : ['there should be no content'];
  const schemas = openApi.components['schemas'] as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  return faultsOf(schema, JSON.parse(JSON.stringify(value ?? null)) as unknown, schemas);
}

/** Of the session that an answer opens. */
export const cookieOf = (headers: Headers): string => /^roamstead=([^;]+)/.exec(headers.get('set-cookie') ?? '')?.[1] ?? '';
/** What the audit log says of who did what. */
export const deeds = async (world: World): Promise<string[]> => (await world.audit.list()).map((e) => `${e.by}: ${e.action} ${e.target}`);
