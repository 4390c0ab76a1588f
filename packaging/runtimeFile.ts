/** Checks the Node binaries that packages and images are made of, and reads of them what these have to say. */
import type { Arch } from './deb.ts';
import { readElf } from './elf.ts';
import type { Elf } from './elf.ts';
import type { Runtime } from './openwrt.ts';

/** `e_machine`, and how names of OpenWrt's architectures begin. */
const MACHINES: Readonly<Record<number, RegExp>> = { 3: /^i386_/, 40: /^arm_/, 62: /^x86_64$/, 183: /^aarch64_/ };
const MACHINE_OF: Readonly<Record<Arch, number>> = { x64: 62, arm64: 183, arm: 40 };

/** `option`: of the command line, for the words of errors. */
function elfOf(option: string, binary: Buffer): Elf {
  const elf = readElf(binary);
  if (!elf) throw new Error(`${option}: no ELF file of a little-endian machine; expected the binary itself, no archive`);
  return elf;
}

/** @throws Error in words when the file is no Node for musl on that architecture */
export function runtimeOf(binary: Buffer, architecture: string): Runtime {
  const { machine, loader = 'none', needs } = elfOf('--node', binary);
  if (!MACHINES[machine]?.test(architecture)) throw new Error(`--node: the binary is for another machine than ${architecture} (e_machine ${machine})`);
  if (!loader.startsWith('/lib/ld-musl-')) throw new Error(`--node: its loader is ${loader}, OpenWrt's is /lib/ld-musl-*: a Node built for musl is needed`);
  return { version: nodeVersion(binary), architecture, binary, needs: needs.filter((library) => !library.startsWith('libc.')) };
}

/** @throws Error in words when the file is no program for glibc on that machine */
export function glibcProgram(option: string, binary: Buffer, arch: Arch): Elf & { readonly loader: string } {
  const { machine, loader, needs } = elfOf(option, binary);
  if (machine !== MACHINE_OF[arch]) throw new Error(`${option}: the binary is for another machine than ${arch} (e_machine ${machine})`);
  if (loader === undefined || loader.includes('musl')) throw new Error(`${option}: its loader is ${loader ?? 'none'}: a Node built for glibc is needed`);
  return { machine, loader, needs };
}

/** Of the binary itself. @throws Error in words when it is none */
export function nodeVersion(node: Buffer): string {
  const version = /node-v(\d+\.\d+\.\d+)\b/.exec(node.toString('latin1'))?.[1];
  if (version === undefined) throw new Error('--node: no version of Node is in the file (process.release names one)');
  return version;
}
