/** Values against schemas, with words for whoever sent them: which field, what was expected, what was found. */
import * as v from 'valibot';
import { refuse } from './route.ts';

/** @param part what a path that is empty means: body, query … @throws Refused 400 with the first problem */
export function checked(schema: v.GenericSchema, value: unknown, part: string): unknown {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = (issue.path ?? []).map((item) => String(item.key)).join('.');
  return refuse(400, wordsFor(issue, path), path === '' ? part : path);
}

function wordsFor(issue: v.BaseIssue<unknown>, path: string): string {
  const expectsKeys = issue.expected === 'Object';
  if (issue.type === 'strict_object' && path !== '' && !expectsKeys) return issue.received === 'undefined' ? `${lastOf(path)} is missing` : `unknown key ${lastOf(path)}`;
  if (issue.type === 'object' && issue.received === 'undefined' && path !== '' && !expectsKeys) return `${lastOf(path)} is missing`;
  // Valibot's own words repeat the value, which may be a password.
  if (issue.kind === 'validation' && !issue.message.startsWith('Invalid ')) return issue.message;
  if (expectsKeys) return 'expected an object with keys';
  const found = issue.kind === 'validation' ? '' : `, found ${kindOf(issue.input)}`;
  return `expected ${issue.expected ?? 'something else'}${issue.kind === 'validation' && /length/.test(issue.type) ? ' characters or entries' : ''}${found}`;
}

const lastOf = (path: string): string => path.slice(path.lastIndexOf('.') + 1);
const kindOf = (value: unknown): string => (value === undefined ? 'nothing' : value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`);
