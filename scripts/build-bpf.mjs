/**
 * Writes linux/datapath/pmip.layout.h from layout.ts and compiles pmip.bpf.c into pmip.bpf.o beside it. The object is
 * committed: routers have no compiler. With --check nothing is written, and the exit code tells whether the committed files are
 * what this machine makes (needs clang 14, as on Debian 12: another version may order instructions differently).
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'linux/datapath');

/** The version of clang, or undefined without it. @returns {string | undefined} */
export function clangVersion() {
  try {
    return /version (\d+)/.exec(execFileSync('clang', ['--version'], { encoding: 'utf8' }))?.[1];
  } catch {
    return undefined;
  }
}

async function layoutHeader(scratch) {
  const outfile = join(scratch, 'layout.mjs');
  await build({ entryPoints: [join(folder, 'layout.ts')], outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' });
  return (await import(pathToFileURL(outfile).href)).layoutHeader();
}

/** What the sources make. @returns {Promise<{ header: string, object: Buffer }>} */
export async function buildBpf() {
  const scratch = mkdtempSync(join(tmpdir(), 'roamstead-bpf-'));
  try {
    const header = await layoutHeader(scratch);
    const object = join(scratch, 'pmip.bpf.o');
    const multiarch = execFileSync('gcc', ['-print-multiarch'], { encoding: 'utf8' }).trim();
    for (const name of readdirSync(folder).filter((n) => /\.[ch]$/.test(n))) copyFileSync(join(folder, name), join(scratch, name));
    writeFileSync(join(scratch, 'pmip.layout.h'), header);
    const args = ['-O2', '-fno-strict-aliasing', '-Wall', '-Werror', '-target', 'bpfel', '-mcpu=v2', '-I', `/usr/include/${multiarch}`];
    execFileSync('clang', [...args, '-c', 'pmip.bpf.c', '-o', object], { cwd: scratch, stdio: ['ignore', 'inherit', 'inherit'] });
    // Neither debugging nor labels within programs.
    execFileSync('llvm-strip', ['-g', '-x', object]);
    return { header, object: readFileSync(object) };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const files = { header: join(folder, 'pmip.layout.h'), object: join(folder, 'pmip.bpf.o') };
  const made = await buildBpf();
  const stale = Object.keys(files).filter((key) => {
    try {
      return !readFileSync(files[key]).equals(Buffer.from(made[key]));
    } catch {
      return true;
    }
  });
  if (process.argv.includes('--check')) {
    if (stale.length > 0) console.error(`${stale.map((key) => files[key]).join(', ')} is not what the sources make. Run: node scripts/build-bpf.mjs, and commit`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    for (const key of stale) writeFileSync(files[key], made[key]);
    console.log(stale.length > 0 ? `wrote ${stale.map((key) => files[key]).join(', ')}` : 'up to date');
  }
}
