/**
 * A stack trace of a router in the words of the sources: reads it from standard input, with the maps of the same build (dist/agent-maps).
 *
 *   ssh router logread -e roamstead | node scripts/trace.mjs
 */
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist', 'agent-maps');
const maps = new Map();

function mapOf(chunk) {
  const file = join(folder, `${chunk}.map`);
  if (!maps.has(chunk)) maps.set(chunk, existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : undefined);
  return maps.get(chunk);
}

/** @param {string} text */
export const inSources = (text) =>
  text.replace(/[^\s(]*?([\w-]+\.mjs):(\d+):(\d+)/g, (place, chunk, line, column) => {
    const { originalSource, originalLine, originalColumn } = mapOf(chunk)?.findEntry(Number(line) - 1, Number(column) - 1) ?? {};
    return originalSource === undefined ? place : `${originalSource.replace(/^(?:\.\.\/)+/, '')}:${originalLine + 1}:${originalColumn + 1}`;
  });

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(inSources(readFileSync(0, 'utf8')));
