/** The OpenAPI 3.1 document, from the routes. */
import type * as v from 'valibot';
import { CSRF_HEADER } from './auth.ts';
import { jsonSchemaOf, type JsonSchema as Schema } from './jsonSchema.ts';
import type { Route } from './route.ts';

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean; readonly schema: Schema }[];
  readonly requestBody?: { readonly required: true; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
  /** The lowest role that may. */
  readonly 'x-role': string;
  readonly 'x-command': string;
}
type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export interface OpenApi {
  readonly openapi: '3.1.0';
  readonly info: Schema;
  readonly servers: readonly Schema[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Schema;
}

/** Before the routes' paths. */
export const API_ROOT = '/api/v1';

const ERROR: Schema = { type: 'object', properties: { error: { type: 'string' }, path: { type: 'string' } }, required: ['error'] };

/** @throws Error that names the route, when one of its schemas has no JSON Schema and `strict` */
export function openApiOf(routes: readonly Route[], version: string, strict = false): OpenApi {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = API_ROOT + route.path.replace(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] = operationOf(route, strict);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Roamstead', version, description: 'The fleet of home gateways: what the dashboard does, and nothing else. Times are Unix milliseconds; subscribers are pseudonyms.' },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Error: ERROR },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'rs_…, made by an owner under Access.' },
        session: { type: 'apiKey', in: 'cookie', name: 'roamstead', description: `__Host-roamstead where the way is encrypted. What changes something needs ${CSRF_HEADER} besides.` },
      },
    },
  };
}

function operationOf(route: Route, strict: boolean): Operation {
  const schema = (of: v.GenericSchema, typeMode: 'input' | 'output'): Schema => {
    try {
      return jsonSchemaOf(of, typeMode, strict);
    } catch (e) {
      throw new Error(`${route.method} ${route.path}: ${(e as Error).message}`, { cause: e });
    }
  };
  const names = [...route.path.matchAll(/:(\w+)/g)].map((m) => m[1] as string);
  const anyone = route.role === 'anyone';
  return {
    operationId: `${route.method.toLowerCase()}${route.path.replace(/[/:-]+(\w)/g, (_, c: string) => c.toUpperCase())}`,
    tags: [route.path.split('/')[1] ?? ''],
    summary: route.summary,
    description: anyone ? 'For anyone.' : `Needs the role ${route.role}.`,
    security: anyone ? [] : [{ token: [] }, { session: [] }],
    parameters: [...parametersOf(names, 'path', route.params && schema(route.params, 'output')), ...parametersOf([], 'query', route.query && schema(route.query, 'output'))],
    ...(route.body ? { requestBody: { required: true, content: json(schema(route.body, 'input')) } } : {}),
    responses: { ...success(route, schema), ...errorsOf(route) },
    'x-role': route.role,
    'x-command': route.command ?? curlOf(route),
  };
}

/** `CLOUD` and `TOKEN` are the caller's (docs/API.md). */
function curlOf({ method, path, body }: Route): string {
  const verb = method === 'GET' || (method === 'POST' && body) ? '' : ` -X ${method}`;
  return `curl${verb} -H "authorization: Bearer $TOKEN"${body ? " --json '{…}'" : ''} "$CLOUD${API_ROOT}${path.replace(/:(\w+)/g, '{$1}')}"`;
}

const json = (schema: Schema): Content => ({ 'application/json': { schema } });

function parametersOf(names: readonly string[], where: 'path' | 'query', schema?: Schema): Operation['parameters'] {
  const properties = { ...Object.fromEntries(names.map((name) => [name, { type: 'string' }])), ...(schema?.['properties'] as Readonly<Record<string, Schema>> | undefined) };
  return Object.entries(properties).map(([name, of]) => ({ name, in: where, required: where === 'path', schema: of }));
}

function success({ answer, status }: Route, schema: (of: v.GenericSchema, mode: 'input') => Schema): Operation['responses'] {
  if (answer === 'nothing') return { [status ?? 204]: { description: 'Done.' } };
  const content = 'media' in answer ? { [answer.media]: { schema: { type: 'string' } } } : json(schema(answer, 'input'));
  return { [status ?? 200]: { description: 'Success.', content } };
}

const SESSION_ENDED = 'Nobody is signed in, or the token is unknown.';
function errorsOf(route: Route): Operation['responses'] {
  const said: Record<number, string> = {
    400: 'What was sent is not as expected: `path` names the field.',
    401: route.role === 'anyone' ? 'The token that is shown is unknown.' : SESSION_ENDED,
    ...(route.role === 'anyone' ? {} : { 403: `The role is below ${route.role}${route.method === 'GET' ? '' : `, or ${CSRF_HEADER} is missing`}.` }),
    ...(route.role === 'anyone' && route.method !== 'GET' ? { 403: 'A page of another site asked.' } : {}),
    ...(route.body ? { 413: 'The body is too large.', 415: 'The body is no JSON.' } : {}),
    429: 'Too often: see Retry-After.',
    500: 'Something went wrong; the log says why.',
  };
  for (const [status, when] of Object.entries(route.errors ?? {})) said[Number(status)] = said[Number(status)] === undefined ? when : `${said[Number(status)]} Also: ${when}`;
  return Object.fromEntries(Object.entries(said).map(([status, description]) => [status, { description, content: json({ $ref: '#/components/schemas/Error' }) }]));
}
