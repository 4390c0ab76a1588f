/** Building blocks of the configurations' schemas, and mistakes in words: what was expected, what was found, which known key is near. */
import * as v from 'valibot';
import { canonicalIp, isIpv4, isIpv6, parsePrefix, formatPrefix } from '../protocol/address.ts';
import { canonicalMac } from '../protocol/mac.ts';
import { suggestion } from './nearest.ts';

/** What a schema cannot say, such as a name that must exist elsewhere in the file. */
export interface Problem {
  /** Where in the file. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}
export type Check<S extends v.GenericSchema> = (config: v.InferOutput<S>) => readonly Problem[];

/** Keys whose values never appear in a message. */
const SECRET: ReadonlySet<string> = new Set(['key', 'secret', 'password', 'url']);

/** Where in the configuration. */
export const pathOf = (issue: v.BaseIssue<unknown>): (string | number)[] => (issue.path ?? []).map((item) => item.key as string | number);

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
