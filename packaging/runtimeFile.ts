/** Reads of a Node binary what a package of it has to say (ELF: System V ABI, chapters 4 and 5). */
import type { Runtime } from './openwrt.ts';

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
export const PT_INTERP = 3;
const DT_NULL = 0n;
const DT_NEEDED = 1n;
const DT_STRTAB = 5n;

/** `e_machine`, and how names of OpenWrt's architectures begin. */
const MACHINES: Readonly<Record<number, RegExp>> = { 3: /^i386_/, 40: /^arm_/, 62: /^x86_64$/, 183: /^aarch64_/ };

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: bigint;
  readonly size: number;
}

/** @throws Error in words when the file is no Node for musl on that architecture */
export function runtimeOf(binary: Buffer, architecture: string): Runtime {
  const wide = binary[4] === 2;
  if (binary.length < 64 || binary.toString('latin1', 0, 4) !== '\x7fELF' || binary[5] !== 1) throw new Error('--node: no ELF file of a little-endian machine; expected the binary itself, no archive');
  if (!MACHINES[binary.readUInt16LE(18)]?.test(architecture)) throw new Error(`--node: the binary is for another machine than ${architecture} (e_machine ${binary.readUInt16LE(18)})`);
  const segments = segmentsOf(binary, wide);
  const interpreter = segments.find(({ type }) => type === PT_INTERP);
  const loader = interpreter ? binary.toString('latin1', interpreter.offset, interpreter.offset + interpreter.size).replace(/\0.*$/, '') : 'none';
  if (!loader.startsWith('/lib/ld-musl-')) throw new Error(`--node: its loader is ${loader}, OpenWrt's is /lib/ld-musl-*: a Node built for musl is needed`);
  const version = /node-v(\d+\.\d+\.\d+)\b/.exec(binary.toString('latin1'))?.[1];
  if (version === undefined) throw new Error('--node: no version of Node is in the file (process.release names one)');
  return { version, architecture, binary, needs: neededBy(binary, wide, segments).filter((library) => !library.startsWith('libc.')) };
}

export function segmentsOf(binary: Buffer, wide: boolean): Segment[] {
  const word = (at: number): bigint => (wide ? binary.readBigUInt64LE(at) : BigInt(binary.readUInt32LE(at)));
  const start = Number(word(wide ? 32 : 28));
  const size = binary.readUInt16LE(wide ? 54 : 42);
  const count = binary.readUInt16LE(wide ? 56 : 44);
  return Array.from({ length: count }, (_, i) => {
    const at = start + i * size;
    return { type: binary.readUInt32LE(at), offset: Number(word(at + (wide ? 8 : 4))), address: word(at + (wide ? 16 : 8)), size: Number(word(at + (wide ? 32 : 16))) };
  });
}

export function neededBy(binary: Buffer, wide: boolean, segments: readonly Segment[]): string[] {
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  if (!dynamic) return [];
  const step = wide ? 16 : 8;
  const word = (at: number): bigint => (wide ? binary.readBigUInt64LE(at) : BigInt(binary.readUInt32LE(at)));
  const entries: { readonly tag: bigint; readonly value: bigint }[] = [];
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += step) {
    const entry = { tag: word(at), value: word(at + step / 2) };
    if (entry.tag === DT_NULL) break;
    entries.push(entry);
  }
  const table = entries.find(({ tag }) => tag === DT_STRTAB)?.value ?? 0n;
  const home = segments.find(({ type, address, size }) => type === PT_LOAD && table >= address && table < address + BigInt(size));
  if (!home) return [];
  const names = home.offset + Number(table - home.address);
  return entries.filter(({ tag }) => tag === DT_NEEDED).map(({ value }) => {
    const at = names + Number(value);
    return binary.toString('latin1', at, binary.indexOf(0, at));
  });
}
