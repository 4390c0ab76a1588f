/**
 * Configuration files: YAML with comments, checked at start. An error says file, line, what was expected and what was found;
 * an unknown key says which known one is near.
 */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { canonicalIp, canonicalMac, isIpv4, isIpv6, parsePrefix, formatPrefix } from '../protocol/address.ts';
import { nearest } from './nearest.ts';

/** Whatever looks like a key is left out of its message, wherever it was misplaced. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(message: string) {
    super(message.replace(/[0-9a-f]{16,}/gi, '(hidden)'));
  }
}

/** What a schema cannot say, such as a name that must exist elsewhere in the file. */
export interface Problem {
  /** Where in the file. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}
export type Check<S extends v.GenericSchema> = (config: v.InferOutput<S>) => readonly Problem[];

/** @throws ConfigError with every problem found, a line each */
export function loadConfig<S extends v.GenericSchema>(file: string, schema: S, check?: Check<S>): v.InferOutput<S> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (e) {
    throw new ConfigError(`${file}: cannot be read: ${(e as Error).message}`);
  }
  return parseConfig(file, text, schema, check);
}

/** The same from text; `file` only names it. */
export function parseConfig<S extends v.GenericSchema>(file: string, text: string, schema: S, check: Check<S> = () => []): v.InferOutput<S> {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const problem = document.errors[0];
  if (problem) throw new ConfigError(`${file}:${counter.linePos(problem.pos[0]).line}: ${problem.message.split(/ at line |\n/)[0]}`);
  if (document.contents !== null && !isMap(document.contents)) throw new ConfigError(`${file}:1: expected keys with values, such as "domain: D1"`);
  const result = v.safeParse(schema, plain(file, document));
  if (!result.success) throw new ConfigError(result.issues.map((issue) => describe(schema, file, document, counter, issue)).join('\n'));
  const problems = check(result.output);
  if (problems.length > 0) throw new ConfigError(problems.map((p) => `${file}:${lineOf(document, counter, p.path)}: ${p.path.join('.')}: ${p.message}`).join('\n'));
  return result.output;
}

/** @throws ConfigError for aliases that blow up */
function plain(file: string, document: Document): unknown {
  try {
    return document.toJS() ?? {};
  } catch (e) {
    throw new ConfigError(`${file}:1: ${(e as Error).message}`);
  }
}

/** Keys whose values never appear in a message. */
const SECRET: ReadonlySet<string> = new Set(['key', 'secret', 'password', 'url']);

function describe(schema: v.GenericSchema, file: string, document: Document, counter: LineCounter, issue: v.BaseIssue<unknown>): string {
  const path = pathOf(issue);
  return `${file}:${lineOf(document, counter, path)}: ${path.length > 0 ? path.join('.') : 'the file'}: ${issueWords(schema, issue)}`;
}

const pathOf = (issue: v.BaseIssue<unknown>): (string | number)[] => (issue.path ?? []).map((item) => item.key as string | number);

/** What was expected and what was found, without secrets; where, the issue's path says. Valibot's own words repeat the value. */
export function issueWords(schema: v.GenericSchema, issue: v.BaseIssue<unknown>): string {
  const path = pathOf(issue);
  const expectsKeys = issue.type === 'strict_object' && issue.expected === 'Object';
  if (issue.type === 'strict_object' && path.length > 0 && !expectsKeys) {
    return issue.received === 'undefined' ? 'missing' : `unknown key; ${suggestion(keysAt(schema, path.slice(0, -1)), String(path[path.length - 1]))}`;
  }
  if (expectsKeys) return `expected keys below it (${keysAt(schema, path).join(', ')}), found ${issue.received === 'null' ? 'nothing' : issue.received}`;
  const expected = issue.kind === 'validation' && !issue.message.startsWith('Invalid ') ? issue.message : `expected ${issue.expected}`;
  const found = path.some((key) => SECRET.has(String(key))) ? 'something else, which is not shown because it is a secret' : issue.received;
  // 00112233 is a number to YAML.
  const quotes = issue.expected === 'string' && typeof issue.input === 'number' ? ' (put it in quotes)' : '';
  return `${expected}, found ${found}${quotes}`;
}

function lineOf(document: Document, counter: LineCounter, path: readonly (string | number)[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = depth > 1 ? document.getIn(path.slice(0, depth - 1), true) : document.contents;
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === path[depth - 1]);
      if (pair && isScalar(pair.key) && pair.key.range) return counter.linePos(pair.key.range[0]).line;
    }
    const node = document.getIn(path.slice(0, depth), true) as { range?: readonly number[] } | undefined;
    if (node?.range?.[0] !== undefined) return counter.linePos(node.range[0]).line;
  }
  return 1;
}

function suggestion(known: readonly string[], key: string): string {
  const near = nearest(known, key);
  return near === undefined ? `known here: ${known.join(', ')}` : `did you mean ${near}?`;
}

interface AnySchema {
  readonly entries?: Readonly<Record<string, AnySchema>>;
  readonly wrapped?: AnySchema;
  readonly item?: AnySchema;
  readonly value?: AnySchema;
}

/** The keys that the schema knows at a path. */
function keysAt(schema: unknown, path: readonly (string | number)[]): readonly string[] {
  const here = schema as AnySchema;
  if (here.wrapped) return keysAt(here.wrapped, path);
  const [first, ...rest] = path;
  if (first === undefined) return Object.keys(here.entries ?? {});
  const next = here.entries?.[first] ?? here.item ?? here.value;
  return next ? keysAt(next, rest) : [];
}

const text = v.pipe(v.string(), v.trim(), v.regex(/./, 'expected some text'));
const checked = (what: string, test: (s: string) => boolean, normal: (s: string) => string) =>
  v.pipe(v.string(), v.check(test, `expected ${what}`), v.transform(normal));
const parses = (f: (s: string) => unknown) => (s: string) => {
  try {
    f(s);
    return true;
  } catch {
    return false;
  }
};

/** The building blocks of the schemas. */
export const field = {
  text,
  /** An NAI or any name without spaces. */
  name: v.pipe(v.string(), v.trim(), v.regex(/^\S+$/, 'expected a name without spaces')),
  ipv4: checked('an IPv4 address', isIpv4, canonicalIp),
  ipv6: checked('an IPv6 address', isIpv6, canonicalIp),
  ip: checked('an IP address', (s) => isIpv4(s) || isIpv6(s), canonicalIp),
  mac: checked('a MAC address', parses(canonicalMac), canonicalMac),
  ipv6Prefix: checked('an IPv6 prefix such as 2001:db8::/48', parses(parsePrefix), (s) => formatPrefix(parsePrefix(s))),
  seconds: v.pipe(v.number(), v.finite('expected a finite number'), v.minValue(0)),
  /** A shared key: 32 or more hex digits. */
  key: checked('a key of at least 32 hex digits (make one: openssl rand -hex 20)', (s) => /^([0-9a-f]{2}){16,}$/i.test(s), (s) => s.toLowerCase()),
  count: v.pipe(v.number(), v.integer(), v.minValue(0)),
};
