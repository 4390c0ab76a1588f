/** Lines that look like a router's, and lines that do not, in any order. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { convert } from '../../../cli/import/convert.ts';
import { ios, newMag } from '../../../cli/import/ios.ts';
import { linesOf, parse, type Finding } from '../../../cli/import/parser.ts';
import { newLma, staros } from '../../../cli/import/staros.ts';

const words = [...ios.rows, ...staros.rows].map((r) => r.words);
const word = fc.oneof(fc.constantFrom('7', '10.0.0.1', '2001:db8::1', '255.255.255.0', 'x', '__proto__', 'constructor', '-1', '1e9'), fc.string({ maxLength: 12 }));
const line = fc.oneof(
  fc.tuple(fc.nat(3), fc.constantFrom(...words), fc.array(word, { minLength: 6, maxLength: 6 })).map(([indent, pattern, fill]) => ' '.repeat(indent) + pattern.replaceAll(/<[^>]+>/g, () => fill.pop() ?? 'y')),
  fc.array(word, { maxLength: 5 }).map((w) => w.join(' ')),
  fc.constantFrom('!', 'exit', 'end'),
);

export function neverThrows(numRuns: number): void {
  const file = fc.array(line, { maxLength: 25 }).map((l) => l.join('\n'));
  fc.assert(
    fc.property(fc.array(file, { maxLength: 3 }), (texts) => {
      for (const i of convert(texts.map((text, n) => ({ file: `${n}.cfg`, text })))) expect(i.problems.every((p) => p !== '')).toBe(true);
    }),
    { numRuns },
  );
}

export function losesNothing(numRuns: number): void {
  const dialects: readonly ((text: string) => Finding[])[] = [(text) => parse(ios, linesOf('x', text), newMag()), (text) => parse(staros, linesOf('x', text), newLma())];
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), fc.nat(20), fc.constantFrom(...dialects), (lines, at, findings) => {
      expect(findings(lines.toSpliced(at, 0, 'frobnicate 7').join('\n')).some((f) => f.kind === 'unknown' && f.line.text === 'frobnicate 7')).toBe(true);
    }),
    { numRuns },
  );
}
