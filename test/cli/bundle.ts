/** The command as users have it, bundled into a folder of the test's own; run as an ordinary user even where the test is root. */
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OutputFile } from 'esbuild';
import { repository } from '../../lab/paths.ts';
import { sourcesChanged } from '../../scripts/build.mjs';
import { bundleAgent } from '../../scripts/build-agent.mjs';
import { bundleCommand } from '../../scripts/build-command.mjs';

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Bundle {
  /** Everybody may write here. */
  readonly folder: string;
  readonly file: string;
  run(...args: string[]): Promise<Run>;
  /** Starts it and resolves when it has printed `until` on stderr. */
  start(until: string, ...args: string[]): Promise<ChildProcess & { readonly log: () => string; readonly printed: () => string }>;
}

const NOBODY = 65534;
const asNobody = ordinary();

/** Not where Node itself is out of an ordinary user's reach, as below /root. */
function ordinary(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const user = { uid: NOBODY, gid: NOBODY };
  return spawnSync(process.execPath, ['--version'], { ...user, cwd: '/' }).status === 0 ? user : {};
}

/** Into any folder; the addon and the BPF object are looked for in the folders above it. @returns the command's file */
export async function bundleInto(folder: string): Promise<string> {
  if (!copied('roamstead', folder)) write(await bundleCommand(folder));
  return join(folder, 'roamstead.mjs');
}

/** What lies on a home router. @returns the file of its command */
export async function bundleAgentInto(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  if (!copied('agent', folder)) write(await bundleAgent(folder));
  return join(folder, 'agent.mjs');
}

/** Set-up has bundled both into dist/ already; of use while nothing that they are made of is newer. @returns whether it was */
function copied(name: 'roamstead' | 'agent', folder: string): boolean {
  const from = join(repository, 'dist', name);
  const made = statSync(join(from, `${name}.mjs`), { throwIfNoEntry: false });
  if (!made || made.mtimeMs < sourcesChanged()) return false;
  cpSync(from, folder, { recursive: true, filter: (file) => !file.endsWith('.o') });
  return true;
}

function write({ outputFiles }: { readonly outputFiles: readonly Pick<OutputFile, 'path' | 'contents'>[] }): void {
  for (const { path, contents } of outputFiles) writeFileSync(path, contents);
}

export async function bundle(): Promise<Bundle> {
  const folder = mkdtempSync(join(tmpdir(), 'roamstead-cli-'));
  chmodSync(folder, 0o777);
  const file = await bundleInto(folder);
  return {
    folder,
    file,
    run: (...args) =>
      new Promise((resolve) => {
        const child = execFile(process.execPath, [file, ...args], { ...asNobody, cwd: folder }, (_, out, err) => resolve({ code: child.exitCode, out, err }));
      }),
    start: (until, ...args) =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [file, ...args], { ...asNobody, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
        let log = '';
        let printed = '';
        child.stdout?.on('data', (chunk) => {
          printed += String(chunk);
        });
        child.stderr?.on('data', (chunk) => {
          log += String(chunk);
          if (log.includes(until)) resolve(Object.assign(child, { log: () => log, printed: () => printed }));
        });
        child.on('exit', (code) => reject(new Error(`ended with ${code}: ${log}`)));
      }),
  };
}
