/**
 * What the loader needs of an ELF object that clang made for BPF: the instructions of each program, and where they refer to maps.
 * Not a general reader: one file that we build is read, and what it never contains is refused.
 */

export interface MapReference {
  /** Octets from the start of the instructions to the 16-octet load. */
  readonly offset: number;
  readonly map: string;
}

export interface ElfProgram {
  readonly name: string;
  readonly instructions: Uint8Array;
  readonly references: readonly MapReference[];
}

export interface BpfObject {
  readonly programs: readonly ElfProgram[];
  readonly license: string;
}

const ELF64_LITTLE = 0x010102464c457fn; // magic, 64 bits, little-endian, version 1
const EM_BPF = 247;
const SHT_PROGBITS = 1;
const SHT_SYMTAB = 2;
const SHT_REL = 9;
const R_BPF_64_64 = 1;
const SYMBOL = 24;
const RELOCATION = 16;
/** Section name of a program: `tc/encap`. */
const PROGRAM = /^tc\/(\w+)$/;

interface Section {
  readonly name: string;
  readonly type: number;
  readonly data: Uint8Array;
  readonly link: number;
  readonly info: number;
}

/** @throws RangeError when the file is not such an object */
export function readObject(file: Uint8Array): BpfObject {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  if (file.length < 64 || view.getBigUint64(0, true) !== ELF64_LITTLE || view.getUint16(18, true) !== EM_BPF) throw new RangeError('not a little-endian BPF object');
  const sections = readSections(file, view);
  const symbols = sections.find((s) => s.type === SHT_SYMTAB);
  if (!symbols) throw new RangeError('the BPF object has no symbol table');
  const names = sections[symbols.link]?.data ?? new Uint8Array(0);
  const symbolName = (index: number) => textAt(names, viewOf(symbols.data).getUint32(index * SYMBOL, true));

  const programs = sections.flatMap((section, index): ElfProgram[] => {
    const name = PROGRAM.exec(section.name)?.[1];
    if (!name || section.type !== SHT_PROGBITS) return [];
    const relocations = sections.find((s) => s.type === SHT_REL && s.info === index)?.data ?? new Uint8Array(0);
    const references: MapReference[] = [];
    for (let at = 0; at < relocations.length; at += RELOCATION) {
      const r = viewOf(relocations.subarray(at));
      const map = symbolName(r.getUint32(12, true));
      if (r.getUint32(8, true) !== R_BPF_64_64) throw new RangeError(`program ${name} refers to ${map} in a way that is not a map's`);
      references.push({ offset: Number(r.getBigUint64(0, true)), map });
    }
    return [{ name, instructions: section.data, references }];
  });
  return { programs, license: textAt(sections.find((s) => s.name === 'license')?.data ?? new Uint8Array(1), 0) };
}

function readSections(file: Uint8Array, view: DataView): Section[] {
  const at = Number(view.getBigUint64(40, true));
  const size = view.getUint16(58, true);
  const count = view.getUint16(60, true);
  const raw = Array.from({ length: count }, (_, i) => {
    const h = viewOf(file.subarray(at + i * size, at + (i + 1) * size));
    const offset = Number(h.getBigUint64(24, true));
    return { nameAt: h.getUint32(0, true), type: h.getUint32(4, true), data: file.subarray(offset, offset + Number(h.getBigUint64(32, true))), link: h.getUint32(40, true), info: h.getUint32(44, true) };
  });
  const names = raw[view.getUint16(62, true)]?.data ?? new Uint8Array(0);
  return raw.map(({ nameAt, ...rest }) => ({ ...rest, name: textAt(names, nameAt) }));
}

const viewOf = (o: Uint8Array): DataView => new DataView(o.buffer, o.byteOffset, o.length);

function textAt(octets: Uint8Array, at: number): string {
  const end = octets.indexOf(0, at);
  return new TextDecoder().decode(octets.subarray(at, end < 0 ? octets.length : end));
}
