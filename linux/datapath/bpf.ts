/** bpf(2) as functions: maps, programs, test runs (linux/bpf.h). Errors are `NativeError`s that say what was tried. */
import { readFileSync } from 'node:fs';
import { Writer } from '../../protocol/codec.ts';
import { n32, n64 } from '../abi.ts';
import { check, errnoName, native } from '../native.ts';
import type { Pointers } from '../native.ts';

const MAP_CREATE = 0;
const MAP_LOOKUP = 1;
const MAP_UPDATE = 2;
const MAP_DELETE = 3;
const PROG_LOAD = 5;
const OBJ_PIN = 6;
const OBJ_GET = 7;
const PROG_TEST_RUN = 10;
const PROG_FD_BY_ID = 13;
const MAP_FD_BY_ID = 14;
const INFO_BY_FD = 15;
const MAP_LOOKUP_BATCH = 24;
const MAP_UPDATE_BATCH = 26;

const SCHED_CLS = 3;
/** As on MIPS, ARMv5 and RISC-V: what loads here loads there. */
const STRICT_ALIGNMENT = 1;
const LOG_SIZE = 1 << 20;
const LOAD_TRIES = 20;
const EPERM = -1;
const NAME_SIZE = 16;
const BATCH = 4096;

/** The fields of `union bpf_attr` for one command; a number is 4 octets, a bigint 8, a buffer its address. */
function call(command: number, fields: readonly (number | bigint | Uint8Array | string)[]): { readonly result: number; readonly attr: Uint8Array } {
  const w = new Writer();
  const pointers: [number, Uint8Array][] = [];
  for (const f of fields) {
    if (typeof f === 'number') n32.write(w, f);
    else if (typeof f === 'bigint') n64.write(w, f);
    else if (typeof f === 'string') w.bytes(name(f));
    else {
      pointers.push([w.length, f]);
      w.zeros(8);
    }
  }
  const attr = w.finish();
  return { result: native().bpf(command, attr, pointers satisfies Pointers), attr };
}

function name(text: string): Uint8Array {
  const out = new Uint8Array(NAME_SIZE);
  out.set(new TextEncoder().encode(text.slice(0, NAME_SIZE - 1)));
  return out;
}

const NONE = 0n;

/** Possible CPUs, of which `0-3` names the last: a per-CPU map has a value for each. */
const possibleCpus = (): number => Number(/(\d+)\s*$/.exec(readFileSync('/sys/devices/system/cpu/possible', 'utf8'))?.[1] ?? 0) + 1;

export interface MapShape {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly entries: number;
  readonly perCpu?: boolean;
  /** BPF_F_* */
  readonly flags?: number;
}

/** An open map. Values of per-CPU maps are those of all CPUs one after the other, each rounded up to 8 octets. */
export interface BpfMap {
  readonly fd: number;
  readonly name: string;
  readonly shape: MapShape;
  lookup(key: Uint8Array): Uint8Array | undefined;
  /** @throws NativeError `E2BIG` when the map is full */
  update(key: Uint8Array, value: Uint8Array): void;
  /** @throws NativeError */
  updateAll(entries: readonly (readonly [Uint8Array, Uint8Array])[]): void;
  /** The first `count` of keys and values that stand one after the other. @throws NativeError */
  updateBatch(keys: Uint8Array, values: Uint8Array, count: number): void;
  /** Whether it was there. */
  remove(key: Uint8Array): boolean;
  /** All entries; what changes meanwhile may be seen or not. */
  entries(): [Uint8Array, Uint8Array][];
  close(): void;
}

/** @throws NativeError */
export function createMap(mapName: string, shape: MapShape): BpfMap {
  const { result } = call(MAP_CREATE, [shape.type, shape.keySize, shape.valueSize, shape.entries, shape.flags ?? 0, 0, 0, mapName]);
  return mapOver(check(`create the BPF map ${mapName} for ${shape.entries} entries`, result, result === EPERM ? 'run as root, or with CAP_BPF; in a container its seccomp profile has to allow bpf(2)' : 'is there memory for it?'), mapName, shape);
}

function mapOver(fd: number, mapName: string, shape: MapShape): BpfMap {
  const valueSize = shape.perCpu ? Math.ceil(shape.valueSize / 8) * 8 * possibleCpus() : shape.valueSize;
  const { keySize } = shape;
  const what = (verb: string) => `${verb} the BPF map ${mapName}`;
  const ABSENT = 'ENOENT';

  /** In batches where the kernel knows them for this type, else one by one. */
  function* pages(): Generator<[Uint8Array, Uint8Array]> {
    const size = Math.min(BATCH, shape.entries);
    const keys = new Uint8Array(size * keySize);
    const values = new Uint8Array(size * valueSize);
    // Hash maps hand out a bucket number of 4 octets as their position, arrays a key.
    let position = new Uint8Array(Math.max(4, keySize));
    for (let first = true; ; first = false) {
      const next = new Uint8Array(position.length);
      const { result, attr } = call(MAP_LOOKUP_BATCH, [first ? NONE : position, next, keys, values, size, fd, NONE, NONE]);
      const last = result < 0 && errnoName(result) === ABSENT;
      if (result < 0 && !last) check(what('read'), result);
      const count = new DataView(attr.buffer, attr.byteOffset).getUint32(32, true);
      for (let i = 0; i < count; i++) yield [keys.slice(i * keySize, (i + 1) * keySize), values.slice(i * valueSize, (i + 1) * valueSize)];
      if (last) return;
      position = next;
    }
  }

  function updateBatch(keys: Uint8Array, values: Uint8Array, count: number): void {
    check(what(`write ${count} entries of`), call(MAP_UPDATE_BATCH, [NONE, NONE, keys, values, count, fd, NONE, NONE]).result, 'it may be full');
  }

  return {
    fd,
    name: mapName,
    shape,
    lookup(key) {
      const value = new Uint8Array(valueSize);
      const { result } = call(MAP_LOOKUP, [fd, 0, key, value, NONE]);
      if (result < 0 && errnoName(result) === ABSENT) return undefined;
      check(what('read'), result);
      return value;
    },
    update(key, value) {
      check(what('write'), call(MAP_UPDATE, [fd, 0, key, value, NONE]).result, 'it may be full');
    },
    updateAll(all) {
      for (let i = 0; i < all.length; i += BATCH) {
        const part = all.slice(i, i + BATCH);
        const keys = new Uint8Array(part.length * keySize);
        const values = new Uint8Array(part.length * valueSize);
        part.forEach(([key, value], k) => {
          keys.set(key, k * keySize);
          values.set(value, k * valueSize);
        });
        updateBatch(keys, values, part.length);
      }
    },
    updateBatch,
    remove(key) {
      const { result } = call(MAP_DELETE, [fd, 0, key]);
      if (result < 0 && errnoName(result) === ABSENT) return false;
      check(what('delete from'), result);
      return true;
    },
    entries: () => [...pages()],
    close: () => void native().close(fd),
  };
}

/**
 * Loads a program for cls_bpf. @throws NativeError with the end of the verifier's log
 */
export function loadProgram(programName: string, instructions: Uint8Array, license: string): number {
  const load = (log?: Uint8Array) =>
    call(PROG_LOAD, [SCHED_CLS, instructions.length / 8, instructions, new TextEncoder().encode(`${license}\0`), ...(log ? [1, log.length, log] : [0, 0, NONE]), 0, STRICT_ALIGNMENT, programName]).result;
  // The verifier gives up when a signal arrives, and wants to be asked again.
  for (let tries = 0; tries < LOAD_TRIES; tries++) {
    const fd = load();
    if (fd >= 0) return fd;
    if (errnoName(fd) !== 'EAGAIN') break;
  }
  const log = new Uint8Array(LOG_SIZE);
  const again = load(log);
  const text = new TextDecoder().decode(log.subarray(0, log.indexOf(0))).trimEnd().split('\n').slice(-12).join('\n');
  return check(`load the BPF program ${programName}${text ? `; the verifier says:\n${text}\n` : ''}`, again, again === EPERM ? 'run as root, or with CAP_BPF and CAP_NET_ADMIN' : 'this kernel may be older than 5.15, or want CAP_PERFMON besides, as those before 6.12 do');
}

const PROGRAM_INFO = 80;
const MAP_INFO = 40;
const MOST_MAPS = 64;

const textAt = (info: Uint8Array, at: number): string => new TextDecoder().decode(info.subarray(at, at + NAME_SIZE)).replace(/\0.*$/s, '');

function info(what: string, fd: number, size: number, pointers: Pointers, prefill: (view: DataView) => void = () => undefined): DataView {
  const out = new Uint8Array(size);
  prefill(new DataView(out.buffer));
  const attr = new Uint8Array(16);
  const view = new DataView(attr.buffer);
  view.setUint32(0, fd, true);
  view.setUint32(4, size, true);
  check(what, native().bpf(INFO_BY_FD, attr, [[8, out, pointers]]));
  return new DataView(out.buffer);
}

export interface ProgramInfo {
  readonly id: number;
  readonly mapIds: readonly number[];
}

/** The program of that number, for CAP_SYS_ADMIN only. @throws NativeError */
export const openProgram = (id: number): number => check(`open the BPF program ${id}`, call(PROG_FD_BY_ID, [id, 0, 0]).result, 'only CAP_SYS_ADMIN may open it by its number');

/** @throws NativeError */
export function programInfo(fd: number): ProgramInfo {
  const ids = new Uint8Array(4 * MOST_MAPS);
  const view = info('describe a BPF program', fd, PROGRAM_INFO, [[56, ids]], (v) => v.setUint32(52, MOST_MAPS, true));
  const count = Math.min(MOST_MAPS, view.getUint32(52, true));
  const idView = new DataView(ids.buffer);
  return { id: view.getUint32(4, true), mapIds: Array.from({ length: count }, (_, i) => idView.getUint32(i * 4, true)) };
}

/** The map of that number, for CAP_SYS_ADMIN only. @throws NativeError */
export const openMapById = (id: number): BpfMap => openMap(check(`open the BPF map ${id}`, call(MAP_FD_BY_ID, [id, 0, 0]).result, 'only CAP_SYS_ADMIN may open it by its number'));

/** Name and shape are the kernel's; `perCpu` follows from the type. @throws NativeError */
export function openMap(fd: number): BpfMap {
  const view = info('describe a BPF map', fd, MAP_INFO, []);
  const type = view.getUint32(0, true);
  const shape = { type, keySize: view.getUint32(8, true), valueSize: view.getUint32(12, true), entries: view.getUint32(16, true), perCpu: PER_CPU.has(type) };
  return mapOver(fd, textAt(new Uint8Array(view.buffer), 24), shape);
}

const cPath = (path: string): Uint8Array => new TextEncoder().encode(`${path}\0`);

/** Keeps a map or program at a path of a bpffs, beyond its process. @throws NativeError */
export function pin(fd: number, path: string): void {
  check(`pin ${path}`, call(OBJ_PIN, [cPath(path), fd, 0]).result);
}

/** What is pinned there; undefined: nothing. @throws NativeError */
export function openPin(path: string): number | undefined {
  const { result } = call(OBJ_GET, [cPath(path), 0, 0]);
  return errnoName(result) === 'ENOENT' ? undefined : check(`open ${path}`, result);
}

/** BPF_MAP_TYPE_PERCPU_HASH, _PERCPU_ARRAY, _LRU_PERCPU_HASH */
const PER_CPU: ReadonlySet<number> = new Set([5, 6, 10]);

export interface TestRun {
  readonly verdict: number;
  readonly packet: Uint8Array;
}

/** Runs the program on one packet that begins with its Ethernet header; `context` is a struct __sk_buff. @throws NativeError */
export function testRun(fd: number, packet: Uint8Array, context: Uint8Array = new Uint8Array(0)): TestRun {
  const out = new Uint8Array(packet.length + 256);
  const { result, attr } = call(PROG_TEST_RUN, [fd, 0, packet.length, out.length, packet, out, 1, 0, context.length, 0, context, NONE]);
  check('run the BPF program on a packet', result);
  const view = new DataView(attr.buffer, attr.byteOffset);
  return { verdict: view.getInt32(4, true), packet: out.slice(0, view.getUint32(12, true)) };
}
