/** docs/ISOLATION.md says what the matrix proves. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DROPS } from '../../linux/datapath/layout.ts';
import { MATRIX } from './rows.ts';
import { matrixTable } from './table.ts';

const document = readFileSync('docs/ISOLATION.md', 'utf8');

test('the document has the matrix as it is tested, and explains each reason in it', () => {
  expect(document.slice(document.indexOf('### To the home'), document.indexOf('## What is not refused'))).toBe(`${matrixTable()}\n`);
  const reasons = new Set(MATRIX.flatMap((g) => g.rows).flatMap((row) => [row.attached, row.stranger]));
  for (const reason of DROPS.filter((r) => reasons.has(r))) expect(document).toContain(`| \`${reason}\` |`);
});
