/**
 * One entry of the HTTP API as a value: from it follow the router, the check of what comes in, the check of the role and the OpenAPI
 * document. A part's routes are a factory, `homesRoutes(parts) -> Route[]`; the server puts `/api/v1` before their paths.
 */
import * as v from 'valibot';
import type { Role } from './resources/people.ts';

/** `anyone`: also without session or token. A higher role may do all that a lower one may. */
export type Access = Role | 'anyone';
const RANK: Readonly<Record<Access, number>> = { anyone: 0, viewer: 1, operator: 2, owner: 3 };
export const mayAs = (has: Access, needs: Access): boolean => RANK[has] >= RANK[needs];

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** An answer that is no JSON, such as a capture. */
export interface Media {
  readonly media: string;
}
export interface Content {
  readonly content: Uint8Array | string | ReadableStream<Uint8Array>;
  /** The browser saves it under this name. */
  readonly fileName?: string;
}
/** `nothing`: 204. */
export type Answer = v.GenericSchema | Media | 'nothing';
export const media = (type: string): Media => ({ media: type });

type DeepReadonly<T> = T extends readonly (infer I)[] ? readonly DeepReadonly<I>[] : T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;
type Answered<A extends Answer> = A extends 'nothing' ? void : A extends Media ? Content : A extends v.GenericSchema ? DeepReadonly<v.InferInput<A>> : never;

type NamesIn<P extends string> = P extends `${string}:${infer N}/${infer Rest}` ? N | NamesIn<`/${Rest}`> : P extends `${string}:${infer N}` ? N : never;
type ParamsOf<P extends string> = { readonly [K in NamesIn<P>]: string };

/** One request, checked. */
export interface Call<P = unknown, Q = unknown, B = unknown> {
  /** As the audit log names who asks: a user's name, or `token <name>`; `''` when it is nobody (role `anyone`). */
  readonly user: string;
  readonly role: Access;
  readonly now: number;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** The client's address. */
  readonly ip: string;
  /** What the client showed, for the routes about sessions. */
  readonly session?: { readonly id: string; readonly userId: string; readonly csrf: string };
  readonly token?: { readonly id: string };
  /** A header of the request; `''` when it is not there. */
  requested(header: string): string;
  /** Whoever asked is still signed in: for answers that last. */
  alive(): boolean;
  /** Their session is in use, though they ask for nothing anew. */
  used(): void;
  /** Closes the connection without an end of the answer. */
  hangUp(): void;
  /** The way to the client is encrypted. */
  readonly secure: boolean;
  /** Sends a header with the answer. */
  header(name: string, value: string): void;
}

interface Described {
  readonly method: Method;
  /** Below `/api/v1`; `:name` is a parameter. */
  readonly path: string;
  readonly role: Access;
  /** A sentence of the OpenAPI document. */
  readonly summary: string;
  /** The same as a command line, `{name}` for parameters; without it the document says one of curl. */
  readonly command?: string;
  /** What `refuse` is called with in `handle`: status and when. 400, 401, 403, 413 and 429 are there by themselves. */
  readonly errors?: Readonly<Record<number, string>>;
  /** Of success. Default 200, and 204 for `nothing`. */
  readonly status?: 200 | 201 | 202 | 204;
}

export interface Route extends Described {
  readonly params?: v.GenericSchema;
  readonly query?: v.GenericSchema;
  readonly body?: v.GenericSchema;
  readonly answer: Answer;
  handle(call: Call): unknown;
}

/**
 * @example route({ method: 'GET', path: '/homes/:id', role: 'viewer', summary: 'One home.', answer: homeSchema, errors: { 404: 'there is no such home' },
 *   handle: ({ params }) => registry.home(params.id) ?? refuse(404, `there is no home ${params.id}`) })
 */
export function route<
  const P extends string,
  A extends Answer,
  PS extends v.GenericSchema = v.GenericSchema<unknown, ParamsOf<P>>,
  QS extends v.GenericSchema = v.GenericSchema<unknown, Readonly<Record<string, never>>>,
  BS extends v.GenericSchema = v.GenericSchema<unknown, undefined>,
>(
  described: Described & {
    readonly path: P;
    /** Of `:names`; without it each is a text of 1 to 200 characters. */
    readonly params?: PS;
    /** Every value comes as a text: see `inQuery`. */
    readonly query?: QS;
    /** A strict object, so that a mistyped key is told; with `v.exactOptional` its type is that of what the parts take. */
    readonly body?: BS;
    readonly answer: A;
    handle(call: Call<v.InferOutput<PS>, v.InferOutput<QS>, v.InferOutput<BS>>): Answered<A> | Promise<Answered<A>>;
  },
): Route {
  return described;
}

/** Ends a request with these words for the client. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly path: string | undefined;
  readonly retryAfter: number | undefined;
  constructor(status: number, error: string, more: { readonly path?: string; readonly retryAfter?: number } = {}) {
    super(error);
    this.status = status;
    this.path = more.path;
    this.retryAfter = more.retryAfter;
  }
}

/** @param path of the request's field that is to blame */
export function refuse(status: number, error: string, path?: string): never {
  throw new Refused(status, error, path === undefined ? {} : { path });
}

/** Values of a query, which are texts. All may be left out. */
export const inQuery = {
  text: v.exactOptional(v.pipe(v.string(), v.maxLength(500))),
  number: v.exactOptional(v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'expected a number'), v.transform(Number), v.number(), v.integer())),
  flag: v.exactOptional(v.pipe(v.picklist(['true', 'false']), v.transform((s) => s === 'true'), v.boolean())),
  /** Length of a page. */
  limit: (most: number) => v.exactOptional(v.pipe(v.string(), v.regex(/^\d{1,6}$/, 'expected a number'), v.transform(Number), v.number(), v.integer(), v.minValue(1), v.maxValue(most)), String(Math.min(100, most))),
};

/** Schemas that several parts' answers share. */
export const shared = {
  role: v.picklist(['viewer', 'operator', 'owner']),
  /** Unix milliseconds. */
  time: v.number(),
  name: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100)),
  page: <I extends v.GenericSchema>(item: I) => v.object({ items: v.array(item), total: v.number(), next: v.optional(v.string()) }),
};
