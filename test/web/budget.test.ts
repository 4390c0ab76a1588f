/** How much a browser loads until the first page stands there. Built in memory, compressed as the build does it. */
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { beforeAll, describe, expect, it } from 'vitest';

const WEB = join(import.meta.dirname, '..', '..', 'web');
/** Octets of all that is loaded for the page Now in one language. */
const FIRST_LOAD = 75_000;
/** Octets of one more page or language. */
const ONE_MORE = 20_000;

type Built = Rolldown.RolldownOutput['output'];
let output: Built;

const packed = (content: string | Uint8Array): number => brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }).length;
const chunkOf = (ending: string) => output.find((o) => o.type === 'chunk' && o.facadeModuleId?.endsWith(ending));

/** File names of a chunk and all that it imports at once, with their styles. */
function withImports(name: string, seen = new Set<string>()): Set<string> {
  const file = output.find((o) => o.fileName === name);
  if (seen.has(name) || !file) return seen;
  seen.add(name);
  if (file.type !== 'chunk') return seen;
  for (const next of [...file.imports, ...(file.viteMetadata?.importedCss ?? [])]) withImports(next, seen);
  return seen;
}
const sizeOf = (names: Iterable<string>): number => [...names].reduce((sum, name) => {
  const file = output.find((o) => o.fileName === name);
  return sum + (file === undefined ? 0 : packed(file.type === 'chunk' ? file.code : file.source));
}, 0);
const load = (...endings: string[]): Set<string> => {
  const seen = new Set<string>();
  for (const ending of endings) {
    const chunk = chunkOf(ending);
    if (!chunk) throw new Error(`nothing was built of ${ending}`);
    withImports(chunk.fileName, seen);
  }
  return seen;
};

const START = ['index.html', 'i18n/en/index.ts', 'pages/now/page.tsx'];

beforeAll(async () => {
  const built = await build({ configFile: join(WEB, 'vite.config.ts'), logLevel: 'error', build: { write: false } });
  const [one] = Array.isArray(built) ? built : [built as Rolldown.RolldownOutput];
  if (!one) throw new Error('nothing was built');
  output = one.output;
}, 30_000);

describe('the dashboard as it is built', () => {
  it(`loads less than ${FIRST_LOAD} octets until the first page stands there, charts included`, () => {
    const first = load(...START);
    const charts = output.find((o) => o.type === 'chunk' && o.moduleIds.some((id) => /uPlot\.esm/.test(id)));
    expect(sizeOf([...first, charts?.fileName ?? ''])).toBeLessThan(FIRST_LOAD);
  });

  it('draws the first page without waiting for the charts', () => {
    const modules = [...load(...START)].flatMap((name) => output.flatMap((o) => (o.fileName === name && o.type === 'chunk' ? o.moduleIds : [])));
    expect(modules.filter((id) => /uPlot\.esm/.test(id))).toEqual([]);
  });

  it(`loads less than ${ONE_MORE} octets more for any other page or language`, () => {
    const known = load(...START);
    const others = output.flatMap((o) => (o.type === 'chunk' && /pages\/|i18n\//.test(o.facadeModuleId ?? '') ? [o] : []));
    expect(others.length).toBeGreaterThan(12);
    for (const page of others) expect(sizeOf([...withImports(page.fileName)].filter((name) => !known.has(name))), page.facadeModuleId ?? '').toBeLessThan(ONE_MORE);
  });

  it('has no style and no script in a file that the content security policy would refuse', () => {
    const html = output.find((o) => o.fileName === 'index.html');
    expect(html?.type === 'asset' ? String(html.source) : '').not.toMatch(/<style|style=|<script(?![^>]*\ssrc=)|data:/);
  });
});
