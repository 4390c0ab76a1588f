/** Configuration files in YAML with comments. An error says file, line, what was expected and what was found. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { issueWords, pathOf, type Check } from './config.ts';
import { ConfigError } from './configError.ts';

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

function describe(schema: v.GenericSchema, file: string, document: Document, counter: LineCounter, issue: v.BaseIssue<unknown>): string {
  const path = pathOf(issue);
  return `${file}:${lineOf(document, counter, path)}: ${path.length > 0 ? path.join('.') : 'the file'}: ${issueWords(schema, issue)}`;
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
