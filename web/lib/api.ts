/** The HTTP API from the browser: JSON in, JSON out, errors in the API's own words. */
import type { ApiError, Page } from '../../cloud/api/resources/answers.ts';

const ROOT = '/api/v1';

/** What the API said, or that it said nothing. */
export class ApiFailure extends Error {
  /** 0: no answer came. */
  readonly status: number;
  /** The field of the request that is wrong. */
  readonly path: string | undefined;
  constructor(status: number, said: ApiError) {
    super(said.error);
    this.status = status;
    this.path = said.path;
  }
}

/** Whatever was thrown, as a page shows it. */
export const failureOf = (error: unknown): ApiFailure => (error instanceof ApiFailure ? error : new ApiFailure(0, { error: error instanceof Error ? error.message : String(error) }));

export interface ApiHooks {
  /** For everything that changes something. */
  csrf(): string | undefined;
  /** The session is over. */
  unauthorized(): void;
  /** In the reader's language: the cloud does not answer. */
  noAnswer(): string;
}
let hooks: ApiHooks = { csrf: () => undefined, unauthorized: () => undefined, noAnswer: () => 'no answer' };
export function setApiHooks(given: ApiHooks): void {
  hooks = given;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** @param path below /api/v1, such as `/homes?limit=10` */
export async function call<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const answer = await ask(method, path, body);
  return (await answer.json().catch(() => undefined)) as T;
}

/** The answer as it came, for what is no JSON. @throws ApiFailure */
export async function ask(method: Method, path: string, body?: unknown): Promise<Response> {
  const csrf = method === 'GET' ? undefined : hooks.csrf();
  const headers = { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(csrf ? { 'x-roamstead-csrf': csrf } : {}) };
  let answer: Response;
  try {
    answer = await fetch(ROOT + path, { method, headers, credentials: 'same-origin', ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  } catch {
    throw new ApiFailure(0, { error: hooks.noAnswer() });
  }
  if (answer.ok) return answer;
  const said = (await answer.json().catch(() => undefined)) as unknown;
  // A wrong password is the form's business; anything else that is not let in means that the session ended.
  if (answer.status === 401 && path !== '/session') hooks.unauthorized();
  throw new ApiFailure(answer.status, isApiError(said) ? said : { error: `${hooks.noAnswer()} (${answer.status})` });
}

export const get = <T>(path: string): Promise<T> => call<T>('GET', path);

/** A whole list: all its pages one after the other; lists that are always short come as they are. */
export async function getAll<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  const join = path.includes('?') ? '&' : '?';
  for (let after: string | undefined; ; ) {
    const page = await get<Page<T> | readonly T[]>(`${path}${after === undefined ? '' : `${join}after=${encodeURIComponent(after)}`}`);
    if (isList(page)) return [...page];
    items.push(...page.items);
    if (page.next === undefined || page.items.length === 0) return items;
    after = page.next;
  }
}

const isList = <T>(page: Page<T> | readonly T[]): page is readonly T[] => Array.isArray(page);
const isApiError = (said: unknown): said is ApiError => typeof said === 'object' && said !== null && 'error' in said && typeof said.error === 'string';
