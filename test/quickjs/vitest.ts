/** In place of vitest where it cannot run: describe, it and those matchers that the tests of the pure folders use. */
import { asymmetric, equal, matchesObject, shown } from './equality.ts';

export interface Outcome {
  readonly file: string;
  readonly name: string;
  /** Undefined: it passed. */
  readonly failure?: string;
}

type Body = (...values: never[]) => unknown;
interface Test {
  readonly file: string;
  readonly name: string;
  readonly run: () => unknown;
}

const tests: Test[] = [];
const path: string[] = [];
let file = '';
/** Reads a text file of the repository; undefined: there is none. */
let readText: (path: string) => string | undefined = () => undefined;
let current = '';

/** Says which file the tests that follow are of. */
export function beginFile(name: string): void {
  file = name;
}

/** `%s` and `%i` in a title of a table of tests; values that it does not mention are left out. */
const titled = (title: string, values: readonly unknown[]): string => {
  let next = 0;
  return title.replace(/%[sidoj]/g, () => String(values[next++]));
};

const rows = (table: readonly unknown[]): (readonly unknown[])[] => table.map((row) => (Array.isArray(row) ? (row as unknown[]) : [row]));

export const it = Object.assign((name: string, run: () => unknown): void => void tests.push({ file, name: [...path, name].join(' > '), run }), {
  each: (table: readonly unknown[]) => (title: string, run: Body) => {
    for (const row of rows(table)) it(titled(title, row), () => (run as (...values: readonly unknown[]) => unknown)(...row));
  },
});

export const describe = Object.assign(
  (name: string, body: () => void): void => {
    path.push(name);
    body();
    path.pop();
  },
  {
    each: (table: readonly unknown[]) => (title: string, body: Body) => {
      for (const row of rows(table)) describe(titled(title, row), () => void (body as (...values: readonly unknown[]) => unknown)(...row));
    },
  },
);

/** Whether it holds, and what it is that does; words are made only for who reads them. */
type Verdict = readonly [holds: boolean, words: () => string];

function threw(work: unknown, wanted: unknown): Verdict {
  let thrown: unknown;
  try {
    (work as () => unknown)();
    return [false, () => 'throws'];
  } catch (e) {
    thrown = e;
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (wanted === undefined) return [true, () => 'throws'];
  if (typeof wanted === 'string') return [message.includes(wanted), () => `throws ${wanted}, but says: ${message}`];
  if (wanted instanceof RegExp) return [wanted.test(message), () => `throws ${String(wanted)}, but says: ${message}`];
  if (typeof wanted === 'function') return [thrown instanceof wanted, () => `throws a ${wanted.name}, but: ${message}`];
  return [wanted instanceof Error && wanted.message === message, () => `throws ${shown(wanted)}, but says: ${message}`];
}

const lengthOf = (value: unknown): unknown => (value as { readonly length?: unknown } | undefined)?.length;
const items = (value: unknown): unknown[] => [...(value as Iterable<unknown>)];

const matchers = {
  toBe: (is: unknown, wanted: unknown): Verdict => [Object.is(is, wanted), () => `is ${shown(wanted)}`],
  toEqual: (is: unknown, wanted: unknown): Verdict => [equal(is, wanted), () => `equals ${shown(wanted)}`],
  toMatchObject: (is: unknown, wanted: unknown): Verdict => [matchesObject(is, wanted), () => `matches ${shown(wanted)}`],
  toHaveLength: (is: unknown, wanted: unknown): Verdict => [lengthOf(is) === wanted, () => `has length ${shown(wanted)}`],
  toBeUndefined: (is: unknown): Verdict => [is === undefined, () => 'is undefined'],
  toBeDefined: (is: unknown): Verdict => [is !== undefined, () => 'is defined'],
  toContain: (is: unknown, wanted: unknown): Verdict => [typeof is === 'string' ? is.includes(wanted as string) : items(is).includes(wanted), () => `contains ${shown(wanted)}`],
  toContainEqual: (is: unknown, wanted: unknown): Verdict => [items(is).some((i) => equal(i, wanted)), () => `contains ${shown(wanted)}`],
  toMatch: (is: unknown, wanted: unknown): Verdict => [wanted instanceof RegExp ? wanted.test(is as string) : (is as string).includes(wanted as string), () => `matches ${String(wanted)}`],
  toHaveProperty: (is: unknown, wanted: unknown): Verdict => [(wanted as string) in (is as object), () => `has a property ${String(wanted)}`],
  toBeGreaterThan: (is: unknown, wanted: unknown): Verdict => [(is as number) > (wanted as number), () => `is above ${shown(wanted)}`],
  toBeGreaterThanOrEqual: (is: unknown, wanted: unknown): Verdict => [(is as number) >= (wanted as number), () => `is at least ${shown(wanted)}`],
  toBeLessThan: (is: unknown, wanted: unknown): Verdict => [(is as number) < (wanted as number), () => `is below ${shown(wanted)}`],
  toBeLessThanOrEqual: (is: unknown, wanted: unknown): Verdict => [(is as number) <= (wanted as number), () => `is at most ${shown(wanted)}`],
  toBeInstanceOf: (is: unknown, wanted: unknown): Verdict => [is instanceof (wanted as new () => unknown), () => 'is an instance'],
  toThrow: threw,
  toMatchFileSnapshot: (is: unknown, name: unknown): Verdict => {
    const at = joined(current, name as string);
    return [readText(at) === is, () => `is what ${at} says`];
  },
};

/** The path of a file named from a test file, without its dots. */
function joined(from: string, name: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of name.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

type Matchers = Readonly<Record<keyof typeof matchers, (wanted?: unknown) => void>>;

function judged(is: unknown, note: string | undefined, negated: boolean): Matchers {
  const entries = Object.entries(matchers).map(([name, judge]) => [
    name,
    (wanted?: unknown): void => {
      const [holds, words] = judge(is, wanted);
      if (holds === negated) throw new Error(`${note === undefined ? '' : `${note}: `}${shown(is)} ${negated ? 'not: ' : ''}${words()}`);
    },
  ]);
  return Object.fromEntries(entries) as Matchers;
}

export const expect = Object.assign((is: unknown, note?: string) => ({ ...judged(is, note, false), not: judged(is, note, true) }), {
  objectContaining: (wanted: object) => asymmetric((is) => matchesObject(is, wanted)),
  arrayContaining: (wanted: readonly unknown[]) => asymmetric((is) => Array.isArray(is) && wanted.every((w) => is.some((i) => equal(i, w)))),
  any: (type: unknown) => asymmetric((is) => is instanceof (type as new () => unknown) || typeof is === (type as { readonly name: string }).name.toLowerCase()),
});

/** Runs all of them, one after the other. */
export async function runAll(read: (path: string) => string | undefined): Promise<Outcome[]> {
  readText = read;
  const outcomes: Outcome[] = [];
  for (const test of tests) {
    current = test.file;
    try {
      await test.run();
      outcomes.push({ file: test.file, name: test.name });
    } catch (e) {
      outcomes.push({ file: test.file, name: test.name, failure: e instanceof Error ? `${e.message}\n${e.stack ?? ''}` : String(e) });
    }
  }
  return outcomes;
}
