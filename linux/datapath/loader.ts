/**
 * Loads the data path's object through bpf(2): maps from the layout's table, programs with their map references filled in. The
 * programs' names carry a hash of the object and the maps' names the layout's version, so a later run recognises both.
 */
import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PathError } from '../../protocol/paths.ts';
import { native } from '../native.ts';
import { createMap, loadProgram } from './bpf.ts';
import type { BpfMap } from './bpf.ts';
import type { EarlierMaps } from './earlier.ts';
import { readObject } from './elf.ts';
import type { BpfObject } from './elf.ts';
import { MAPS, PROGRAMS, VERSION } from './layout.ts';
import type { MapName, ProgramName } from './layout.ts';

export type Maps = Readonly<Record<MapName, BpfMap>>;

export interface Program {
  readonly fd: number;
  readonly name: string;
}

export interface Loaded {
  readonly maps: Maps;
  /** Each is loaded when it is first asked for: the kernel looks through one for tens of milliseconds, and no machine attaches all. */
  readonly programs: Readonly<Record<ProgramName, Program>>;
  /** The maps are new, and all that is in them is zero. */
  readonly fresh: boolean;
  close(): void;
}

const FILE = 'pmip.bpf.o';
const IN_TREE = join('linux', 'datapath', FILE);
const MAP_NAMES = Object.keys(MAPS) as MapName[];
const mapLabel = (name: MapName): string => `${name}_v${VERSION}`;

/** The object beside this module or in the tree above it, which fits the sources, the bundle and a package. @throws PathError */
export function locateObject(from = fileURLToPath(import.meta.url)): string {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const found = [FILE, IN_TREE].map((name) => join(folder, name)).find((path) => existsSync(path));
    if (found) return found;
    if (folder === dirname(folder)) throw new PathError(`${FILE} is not there: build it with node scripts/build-bpf.mjs, or install the package again`);
  }
}

/** The object as it is committed. `path`: another one. @throws PathError */
export function readBpfObject(path = locateObject()): BpfObject & { readonly hash: string } {
  if (endianness() !== 'LE') throw new PathError('The BPF object is for little-endian machines, this one is big-endian: use another datapath');
  const file = readFileSync(path);
  return { ...readObject(file), hash: createHash('sha256').update(file).digest('hex').slice(0, 6) };
}

/**
 * `earlier`: the maps of an earlier run, which are used again or closed. They are used if their layout is this one; where only their
 * sizes differ, their entries are copied. @throws NativeError
 */
export function loadDatapath(object: BpfObject & { readonly hash: string }, maxPaths: number, earlier?: EarlierMaps): Loaded {
  const open: number[] = [];
  const keep = <T extends { readonly fd: number }>(x: T): T => {
    open.push(x.fd);
    return x;
  };
  try {
    const maps = Object.fromEntries(MAP_NAMES.map((name) => [name, keep(mapFor(name, maxPaths, earlier))])) as Record<MapName, BpfMap>;
    const missing = PROGRAMS.filter((name) => !object.programs.some((p) => p.name === name));
    if (missing.length > 0) throw new PathError(`The BPF object lacks ${missing.join(', ')}: build it again`);
    const programs = {} as Record<ProgramName, Program>;
    for (const p of object.programs) {
      // Every machine attaches this one: a kernel that takes none says so before anything is set up.
      let program = p.name === AT_ONCE ? keep(loadOne(p, object, maps)) : undefined;
      Object.defineProperty(programs, p.name, { enumerable: true, get: () => (program ??= keep(loadOne(p, object, maps))) });
    }
    return { maps, programs, fresh: earlier === undefined, close: () => open.forEach((fd) => native().close(fd)) };
  } catch (error) {
    open.forEach((fd) => native().close(fd));
    throw error;
  } finally {
    earlier?.forEach((map) => map.close());
  }
}

const PSEUDO_MAP_FD = 1;
const AT_ONCE: ProgramName = 'encap';

function loadOne({ name: section, instructions: code, references }: BpfObject['programs'][number], { hash, license }: { readonly hash: string; readonly license: string }, maps: Maps): Program {
  const name = `${section}_${hash}`;
  const instructions = Uint8Array.from(code);
  const view = new DataView(instructions.buffer);
  for (const r of references) {
    const map = maps[r.map as MapName] as BpfMap | undefined;
    if (!map) throw new PathError(`The BPF object refers to ${r.map}, which the layout does not have: build both again`);
    instructions[r.offset + 1] = (instructions[r.offset + 1] as number) | (PSEUDO_MAP_FD << 4);
    view.setInt32(r.offset + 4, map.fd, true);
  }
  return { fd: loadProgram(name, instructions, license), name };
}

/** Taken out of `earlier` if it is used on. */
function mapFor(name: MapName, maxPaths: number, earlier: EarlierMaps | undefined): BpfMap {
  const { entries, ...table } = MAPS[name];
  const shape = { ...table, entries: entries(maxPaths) };
  const label = mapLabel(name);
  const before = earlier?.get(label);
  if (before?.shape.entries === shape.entries && before.shape.valueSize === shape.valueSize && before.shape.keySize === shape.keySize) {
    earlier?.delete(label);
    return before;
  }
  const map = createMap(label, shape);
  if (before) map.updateAll(before.entries().slice(0, shape.entries));
  return map;
}
