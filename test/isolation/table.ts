/** The matrix as docs/ISOLATION.md has it. */
import type { Group } from './rows.ts';
import { MATRIX } from './rows.ts';

const WORDS: Readonly<Record<string, string>> = { tunnel: 'its own tunnel', passes: 'passes' };
const told = (fate: string): string => WORDS[fate] ?? `\`${fate}\``;

function section({ title, rows }: Group): string {
  const lines = rows.map((row) => {
    const stranger = row.kernelStranger === undefined ? told(row.stranger) : `${told(row.stranger)}; nftables: ${told(row.kernelStranger)}`;
    const one = row.stranger === row.attached && row.kernelStranger === undefined ? 'the same' : stranger;
    return `| ${row.what}${row.bpfOnly ? ' *' : ''} | ${row.arrives} | ${told(row.attached)} | ${one} |`;
  });
  return [`### ${title}`, '', '| what guest A sends | without the wall | attached | not attached |', '| --- | --- | --- | --- |', ...lines, ''].join('\n');
}

export const matrixTable = (): string => MATRIX.map(section).join('\n');
