/**
 * The addons of a package: one file for each machine, loaded under glibc and musl alike. The dynamic section names no library;
 * every function wanted is one of Node-API, of libuv as Node shows it, or of both libraries. The files are loaded: by Node here, by
 * a real arm64 and armv7 Node under emulation, and by musl's loader in a host that stands in for Node (there is no musl Node).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeRelease } from '../../lab/nodeRelease.ts';
import { repository } from '../../lab/paths.ts';

const MACHINES = {
  x64: { says: 'Advanced Micro Devices X86-64', libraries: '/lib/x86_64-linux-gnu', emulator: [] },
  arm64: { says: 'AArch64', libraries: '/usr/aarch64-linux-gnu/lib', emulator: ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu'] },
  arm: { says: 'ARM', libraries: '/usr/arm-linux-gnueabihf/lib', emulator: ['qemu-arm-static', '-L', '/usr/arm-linux-gnueabihf'] },
} as const;
type Machine = keyof typeof MACHINES;
const all = Object.keys(MACHINES) as Machine[];
const addon = (machine: Machine): string => join(repository, `build/roamstead-${machine}.node`);

const readelf = (file: string, ...what: string[]): string => execFileSync('readelf', ['-W', ...what, file], { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
/** Names in the table of dynamic symbols, those that the file wants or those that it has; without versions. */
function symbols(file: string, which: 'wanted' | 'offered'): Set<string> {
  const rows = readelf(file, '--dyn-syms').split('\n').map((l) => l.trim().split(/\s+/)).filter((r) => /^\d+:$/.test(r[0] ?? ''));
  return new Set(rows.filter(([, , , , bind, , index]) => bind !== 'LOCAL' && (index === 'UND') === (which === 'wanted')).flatMap((r) => r[7]?.split('@')[0] ?? []));
}

const MUSL = '/lib/ld-musl-x86_64.so.1';
const scratch = mkdtempSync(join(tmpdir(), 'roamstead-addons-'));
beforeAll(() => execFileSync(process.execPath, ['scripts/build-addon.mjs', '--all'], { cwd: repository, stdio: 'pipe' }), 60_000);
afterAll(() => rmSync(scratch, { recursive: true }));

let shown: Set<string> | undefined;
const node = (): Set<string> => (shown ??= symbols(process.execPath, 'offered'));

describe.each(all)('the addon for %s', (machine) => {
  it('is of that machine, and names no library', () => {
    expect(readelf(addon(machine), '-h')).toMatch(new RegExp(`Machine: +${MACHINES[machine].says}`));
    const dynamic = readelf(addon(machine), '-d');
    expect(dynamic).toContain('(SYMTAB)');
    expect(dynamic).not.toContain('NEEDED');
    expect(dynamic).not.toContain('VERNEED');
  });

  it('wants what Node, glibc and musl all have', () => {
    const glibc = symbols(join(MACHINES[machine].libraries, 'libc.so.6'), 'offered');
    const musl = symbols(MUSL, 'offered');
    const wanted = [...symbols(addon(machine), 'wanted')].filter((name) => name !== '');
    expect(wanted).toContain('uv_poll_init');
    expect(wanted).toContain('socket');
    expect(wanted.filter((name) => !node().has(name) && !(glibc.has(name) && musl.has(name)))).toEqual([]);
  });
});

/** Calls into libc, libuv and OpenSSL, with numbers that the processor lays out. */
const CALLS = `
  const n = require(process.argv[1]);
  const digest = new Uint8Array(20), fd = n.socket(1, 2, 0), type = new Uint8Array(4);
  const hmac = n.hmacSha1(Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?'), digest);
  const off = Math.abs(n.clockMonotonicMs() - Number(process.hrtime.bigint()) / 1e6);
  const poll = n.pollStart(fd, () => undefined);
  console.log(JSON.stringify({ arch: process.arch, lo: n.ifNameToIndex('lo'), type: [n.getsockopt(fd, 1, 3, type), type[0]], clock: off < 60000, state: typeof n.adjtimex().state, hmac: hmac === 0 ? Buffer.from(digest).toString('hex') : hmac, poll, closed: n.close(fd), missing: n.open('/nonexistent', 0) }));`;

it.each([['x64', () => process.execPath], ['arm64', () => nodeRelease('arm64')], ['arm', () => nodeRelease('arm')]] as const)('Node for %s loads its addon and calls it', (machine, binary) => {
  const [command = '', ...args] = [...MACHINES[machine].emulator, binary(), '-e', CALLS, addon(machine)];
  expect(JSON.parse(execFileSync(command, args, { encoding: 'utf8' }))).toEqual({
    arch: machine, lo: 1, type: [4, 2], clock: true, state: 'number',
    // RFC 2202 §3, test case 2
    hmac: 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79', poll: 1, closed: 0, missing: -2,
  });
}, 120_000);

/** A program that only musl's loader can start: it offers what Node offers, loads the addon, and tells which functions that registers. */
function host(wanted: readonly string[]): string {
  const stubs = wanted.filter((name) => /^(?:napi|uv)_/.test(name) && name !== 'napi_create_function').map((name) => `long ${name}(void) { return 0; }`);
  return `
#include <dlfcn.h>
#include <stdio.h>
${stubs.join('\n')}
long napi_create_function(void *env, const char *name) { printf("%s ", name); return 0; }
static int run(int argc, char **argv) {
  void *addon = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
  void *(*start)(void *, void *) = addon ? (void *(*)(void *, void *))dlsym(addon, "napi_register_module_v1") : NULL;
  if (!start) return printf("%s", dlerror()), fflush(NULL), 1;
  start("environment", "exports");
  return fflush(NULL), 0;
}
int __libc_start_main(int (*)(int, char **), int, char **, void (*)(void), void (*)(void), void (*)(void));
void begin(long *stack) { __libc_start_main(run, (int)*stack, (char **)(stack + 1), 0, 0, 0); }
__asm__(".globl _start\\n_start: xor %rbp,%rbp\\n mov %rsp,%rdi\\n and $-16,%rsp\\n call begin\\n");`;
}

it("musl's loader loads the one for x64, and it registers its calls", () => {
  const source = join(scratch, 'host.c');
  const program = join(scratch, 'host');
  writeFileSync(source, host([...symbols(addon('x64'), 'wanted')]));
  execFileSync('cc', ['-O1', '-w', '-U_FORTIFY_SOURCE', '-fno-stack-protector', '-fPIE', '-pie', '-nostdlib', '-rdynamic', `-Wl,--dynamic-linker=${MUSL}`, '-o', program, source, MUSL]);
  const registered = execFileSync(program, [addon('x64')], { encoding: 'utf8' }).trim().split(' ');
  expect(registered).toEqual(expect.arrayContaining(['socket', 'recvmmsg', 'pollStart', 'bpf', 'adjtimex', 'setns', 'hmacSha1']));
});
