/** What was imported as YAML, with a comment for each line that has no counterpart, and the same as a summary. */
import { Document } from 'yaml';
import { printable } from '../../runtime/log.ts';
import type { Finding } from './parser.ts';

export interface Tree {
  readonly [key: string]: unknown;
}

/** What must be said about a key of ours, whatever line it came from. */
export interface Remark {
  readonly about: string;
  readonly message: string;
}

/** Secrets are not repeated where comments and terminals show them. */
const shownLine = (text: string): string => printable(text.replace(/\b(key|password|secret)\s+\S.*/i, '$1 (hidden)'));

export function yamlOf(sources: readonly string[], tree: Tree, remarks: readonly Remark[], findings: readonly Finding[]): string {
  const document = new Document(tree);
  const comment = [
    ` Imported from ${sources.map(printable).join(', ')}.`,
    ...remarks.map((r) => ` ${r.about}: ${printable(r.message)}`),
    ...(findings.length > 0 ? [' Lines without a counterpart:', ...findings.map((f) => `   ${f.line.number}: ${shownLine(f.line.text)}: ${f.kind === 'ignored' ? '' : `${f.kind.toUpperCase()}: `}${printable(f.message)}`)] : []),
  ];
  document.commentBefore = comment.join('\n');
  return `${document.toString({ lineWidth: 0 }).trimEnd()}\n`;
}

/** What somebody must look at, first; then how many lines need nobody. */
export function summary(name: string, remarks: readonly Remark[], findings: readonly Finding[]): string[] {
  const serious = findings.filter((f) => f.kind !== 'ignored');
  return [
    ...serious.map((f) => `${printable(f.line.file)}:${f.line.number}: ${shownLine(f.line.text)}: ${printable(f.message)}`),
    ...remarks.map((r) => `${name}: ${r.about}: ${printable(r.message)}`),
    `${name}: ${findings.length - serious.length} lines have no counterpart and need none (comments in the file say why), ${serious.length} want to be looked at`,
  ];
}
