import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LUCI_APP, modeOf, ROAMSTEAD, runtimePackage } from '../../packaging/openwrt.ts';
import { collectPackage, packageTime } from '../../packaging/payload.ts';
import { glibcProgram, runtimeOf } from '../../packaging/runtimeFile.ts';

describe('what the packages hold', () => {
  let root: string;
  const put = (path: string): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), path, { mode: 0o777 });
  };
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'roamstead-payload-'));
    for (const path of ['agent/openwrt/files/etc/config/roamstead', 'agent/openwrt/files/usr/lib/roamstead/a.sh', 'dist/agent-openwrt/agent.mjs', 'dist/agent-openwrt/agent.mjs.map', 'dist/agent-openwrt/pmip.bpf.o', 'build/roamstead-arm64.node', 'build/roamstead-x64.node.123', 'build/bench-packets']) put(path);
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('lies where the router looks for it, with modes by name', () => {
    const pkg = collectPackage(root, ROAMSTEAD, '24.10', '0.1.0');
    expect(pkg?.files.map((file) => (file.kind === 'file' ? [file.name, file.mode.toString(8)] : []))).toEqual([
      ['etc/config/roamstead', '600'],
      ['usr/lib/roamstead/a.sh', '755'],
      ['usr/lib/roamstead/agent.mjs', '644'],
      ['usr/lib/roamstead/pmip.bpf.o', '644'],
      ['usr/lib/roamstead/build/roamstead-arm64.node', '644'],
    ]);
    expect(pkg).toMatchObject({ version: '0.1.0-r1', architecture: 'all', depends: ['node', 'kmod-sched-core', 'kmod-sched-bpf', 'kmod-veth'], conffiles: ['etc/config/roamstead'] });
  });

  it("has scripts with their head and without their other remarks, and the owner's file as it is", () => {
    const files = collectPackage(join(import.meta.dirname, '../..'), { ...ROAMSTEAD, sources: ROAMSTEAD.sources.slice(0, 1) }, '24.10', '0.1.0')?.files ?? [];
    const source = (name: string): string => readFileSync(join(import.meta.dirname, '../../agent/openwrt/files', name), 'utf8');
    const text = (name: string): string => files.flatMap((f) => (f.kind === 'file' && f.name === name ? [new TextDecoder().decode(f.data)] : [])).join();
    expect(text('etc/config/roamstead')).toBe(source('etc/config/roamstead'));
    for (const name of ['etc/init.d/roamstead', 'usr/bin/roamstead', 'usr/lib/roamstead/guest-network.sh', 'usr/lib/roamstead/before-removal.sh']) {
      const [before, after] = [source(name), text(name)];
      expect(after.split('\n').slice(0, 2)).toEqual(before.split('\n').slice(0, 2));
      expect(after.split('\n').filter((line) => !line.trim().startsWith('#'))).toEqual(before.split('\n').filter((line) => !line.trim().startsWith('#')));
      // A shell sees the same: nothing of a text that goes on over lines was taken for a remark.
      for (const script of [before, after]) expect(spawnSync('sh', ['-n'], { input: script })).toMatchObject({ status: 0 });
    }
    expect(text('usr/lib/roamstead/guest-network.sh').match(/^\s*#/gm)).toHaveLength(4);
  });

  it('is nothing where there are no files of it', () => {
    expect(collectPackage(root, LUCI_APP, '24.10', '0.1.0')).toBeUndefined();
  });

  it('follows no links', () => {
    const link = join(root, 'dist/agent-openwrt/secret.mjs');
    symlinkSync('/etc/passwd', link);
    expect(() => collectPackage(root, ROAMSTEAD, '24.10', '0.1.0')).toThrow('secret.mjs is neither a file nor a folder');
    rmSync(link);
  });

  it('every dependency says why', () => {
    for (const { depends } of [ROAMSTEAD, LUCI_APP]) for (const { because } of depends) expect(because.length).toBeGreaterThan(20);
  });

  it('modes do not depend on the checkout', () => {
    const modes = ['etc/config/x', 'etc/init.d/x', 'usr/bin/x', 'usr/libexec/rpcd/x', 'usr/lib/roamstead/x.sh', 'usr/lib/roamstead/x.mjs', 'www/x.js'].map((name) => modeOf(name).toString(8));
    expect(modes).toEqual(['600', '755', '755', '755', '755', '644', '644']);
  });

  it("hooks end true, or would leave the package half installed: they are shell without exit", () => {
    for (const { hooks } of [ROAMSTEAD, LUCI_APP]) for (const hook of Object.values(hooks)) expect(hook).not.toMatch(/\bexit\b/);
  });

  it('files are dated by SOURCE_DATE_EPOCH, or on a fixed day', () => {
    expect([packageTime({}), packageTime({ SOURCE_DATE_EPOCH: '' }), packageTime({ SOURCE_DATE_EPOCH: '12' })]).toEqual([1_767_225_600, 1_767_225_600, 12]);
    expect(() => packageTime({ SOURCE_DATE_EPOCH: '-1' })).toThrow('expected seconds since 1970');
  });
});

/** The smallest ELF file that says what a musl Node says. */
function elf({ wide = true, machine = 183, loader = '/lib/ld-musl-aarch64.so.1', needed = ['libstdc++.so.6', 'libc.musl-aarch64.so.1'], text = 'node-v20.20.2.tar.gz' } = {}): Buffer {
  const octets = Buffer.alloc(1024);
  const word = (value: number, at: number): void => void (wide ? octets.writeBigUInt64LE(BigInt(value), at) : octets.writeUInt32LE(value, at));
  const size = wide ? 56 : 32;
  octets.write('\x7fELF', 0, 'latin1');
  octets.set([wide ? 2 : 1, 1], 4);
  octets.writeUInt16LE(machine, 18);
  word(64, wide ? 32 : 28);
  octets.writeUInt16LE(size, wide ? 54 : 42);
  octets.writeUInt16LE(3, wide ? 56 : 44);
  const BASE = 0x1000;
  [[1, 0, octets.length], [3, 300, loader.length + 1], [2, 400, 200]].forEach(([type = 0, offset = 0, length = 0], i) => {
    const at = 64 + i * size;
    octets.writeUInt32LE(type, at);
    word(offset, at + (wide ? 8 : 4));
    word(BASE + offset, at + (wide ? 16 : 8));
    word(length, at + (wide ? 32 : 16));
  });
  octets.write(`${loader}\0`, 300, 'latin1');
  const names = `\0${needed.join('\0')}\0`;
  octets.write(names, 700, 'latin1');
  const step = wide ? 8 : 4;
  [[5, BASE + 700], ...needed.map((name) => [1, names.indexOf(name)])].forEach(([tag = 0, value = 0], i) => {
    word(tag, 400 + 2 * i * step);
    word(value, 400 + (2 * i + 1) * step);
  });
  octets.write(text, 900, 'latin1');
  return octets;
}

describe('roamstead-node', () => {
  it.each([
    ['aarch64_cortex-a53', {}],
    ['arm_cortex-a7_neon-vfpv4', { wide: false, machine: 40, loader: '/lib/ld-musl-armhf.so.1' }],
    ['x86_64', { machine: 62, loader: '/lib/ld-musl-x86_64.so.1' }],
  ])('is made of a Node for musl on %s', (architecture, parts) => {
    const pkg = runtimePackage(runtimeOf(elf(parts), architecture));
    expect(pkg).toMatchObject({ name: 'roamstead-node', version: '20.20.2-r1', architecture, provides: ['node=20.20.2-r1'], depends: ['libstdcpp'] });
    expect(pkg.files).toMatchObject([{ name: 'usr/bin/node', mode: 0o755 }]);
  });

  it.each([
    [Buffer.from('#!/bin/sh\n'), 'no ELF file'],
    [elf({ machine: 62 }), 'the binary is for another machine than aarch64_cortex-a53'],
    [elf({ loader: '/lib64/ld-linux-x86-64.so.2' }), "its loader is /lib64/ld-linux-x86-64.so.2, OpenWrt's is /lib/ld-musl-*"],
    [elf({ text: '' }), 'no version of Node is in the file'],
    [elf({ needed: ['libicui18n.so.74'] }), 'it needs libicui18n.so.74, of which no package of OpenWrt is known'],
  ])('is not made of anything else', (binary, why) => {
    expect(() => runtimePackage(runtimeOf(binary, 'aarch64_cortex-a53'))).toThrow(why);
  });

  it('reads a real program: this Node is for glibc, which OpenWrt has not', () => {
    const octets = readFileSync(process.execPath);
    const architecture = { x64: 'x86_64', arm64: 'aarch64_generic' }[process.arch as 'x64' | 'arm64'];
    expect(() => runtimeOf(octets, architecture)).toThrow(/its loader is \/lib(?:64)?\/ld-linux/);
  });
});

describe('a Node for Debian, or for the image,', () => {
  const GLIBC = { loader: '/lib/ld-linux-aarch64.so.1', needed: ['libm.so.6', 'libc.so.6'] };

  it('is one for glibc', () => {
    expect(glibcProgram('--oci', elf(GLIBC), 'arm64')).toEqual({ machine: 183, loader: GLIBC.loader, needs: GLIBC.needed });
  });

  it.each([
    [Buffer.from('#!/bin/sh\n'), '--node: no ELF file'],
    [elf({ ...GLIBC, machine: 62 }), '--node: the binary is for another machine than arm64 (e_machine 62)'],
    [elf(), '--node: its loader is /lib/ld-musl-aarch64.so.1: a Node built for glibc is needed'],
  ])('is nothing else', (binary, why) => {
    expect(() => glibcProgram('--node', binary, 'arm64')).toThrow(why);
  });
});
