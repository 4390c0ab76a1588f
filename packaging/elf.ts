/** Reads of a program what machine it is for and what it needs (ELF: System V ABI, chapters 4 and 5). */

export interface Elf {
  /** `e_machine` */
  readonly machine: number;
  /** Undefined: the program or library names none. */
  readonly loader: string | undefined;
  /** Names of the libraries that it is linked to. */
  readonly needs: readonly string[];
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NULL = 0n;
const DT_NEEDED = 1n;
const DT_STRTAB = 5n;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: bigint;
  readonly size: number;
}

/** Undefined: it is no ELF file of a little-endian machine. */
export function readElf(binary: Buffer): Elf | undefined {
  if (binary.length < 64 || binary.toString('latin1', 0, 4) !== '\x7fELF' || binary[5] !== 1) return undefined;
  const wide = binary[4] === 2;
  const segments = segmentsOf(binary, wide);
  const interpreter = segments.find(({ type }) => type === PT_INTERP);
  const loader = interpreter && binary.toString('latin1', interpreter.offset, interpreter.offset + interpreter.size).replace(/\0.*$/, '');
  return { machine: binary.readUInt16LE(18), loader, needs: neededBy(binary, wide, segments) };
}

function segmentsOf(binary: Buffer, wide: boolean): Segment[] {
  const word = (at: number): bigint => (wide ? binary.readBigUInt64LE(at) : BigInt(binary.readUInt32LE(at)));
  const start = Number(word(wide ? 32 : 28));
  const size = binary.readUInt16LE(wide ? 54 : 42);
  const count = binary.readUInt16LE(wide ? 56 : 44);
  return Array.from({ length: count }, (_, i) => {
    const at = start + i * size;
    return { type: binary.readUInt32LE(at), offset: Number(word(at + (wide ? 8 : 4))), address: word(at + (wide ? 16 : 8)), size: Number(word(at + (wide ? 32 : 16))) };
  });
}

function neededBy(binary: Buffer, wide: boolean, segments: readonly Segment[]): string[] {
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
