/**
 * Writes tar archives whose octets follow from their entries alone: owner root, one date, the order given. Format: POSIX
 * ustar (IEEE Std 1003.1, pax), with GNU's `L` and `K` records for names above 100 octets, which opkg, apk-tools, dpkg and
 * OCI runtimes all read.
 */
import { gzipSync } from 'node:zlib';

/** Names are relative, without a leading `./` or a trailing `/`; `mode` is the permission bits. */
export type TarEntry =
  | { readonly kind: 'file'; readonly name: string; readonly mode: number; readonly data: Uint8Array; readonly pax?: Readonly<Record<string, string>> }
  | { readonly kind: 'directory'; readonly name: string; readonly mode: number }
  | { readonly kind: 'link'; readonly name: string; readonly target: string; readonly pax?: Readonly<Record<string, string>> };

export interface TarOptions {
  /** Seconds since 1970 that every entry is dated with. */
  readonly time: number;
  /** Put before every name: `./` is what opkg's and dpkg's own builders write. */
  readonly prefix?: string;
  /** Without the two empty blocks at the end, so that another archive's entries may follow (apk's control members). */
  readonly open?: boolean;
}

const BLOCK = 512;
const NAME_OCTETS = 100;
const LARGEST = 8 ** 11 - 1;
const TYPES = { file: '0', link: '2', directory: '5', pax: 'x', longName: 'L', longTarget: 'K' } as const;

interface Header {
  readonly name: Uint8Array;
  readonly type: keyof typeof TYPES;
  readonly mode: number;
  readonly size: number;
  readonly time: number;
  readonly target?: Uint8Array;
}

function header({ name, type, mode, size, time, target }: Header): Buffer {
  if (size > LARGEST || time < 0 || time > LARGEST) throw new Error(`tar: ${Buffer.from(name).toString()}: size ${size} or date ${time} does not fit eleven octal digits`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number) => block.write(`${value.toString(8).padStart(digits, '0')}\0`, at, 'latin1');
  block.set(name.subarray(0, NAME_OCTETS), 0);
  octal(mode, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(time, 136, 11);
  block.write(TYPES[type], 156, 'latin1');
  if (target) block.set(target.subarray(0, NAME_OCTETS), 157);
  block.write('ustar\u000000', 257, 'latin1');
  block.write('root', 265, 'latin1');
  block.write('root', 297, 'latin1');
  octal(0, 329, 7);
  octal(0, 337, 7);
  // The sum is taken with its own field as eight blanks.
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, octet) => total + octet, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function padded(data: Uint8Array): Uint8Array[] {
  const rest = data.length % BLOCK;
  return rest === 0 ? [data] : [data, Buffer.alloc(BLOCK - rest)];
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const octets = Buffer.byteLength(rest);
  let length = octets + String(octets).length;
  if (octets + String(length).length > length) length += 1;
  return `${length}${rest}`;
}

/** @throws Error in words for a name that is not below the root, or that a reader could take for another */
function checked(name: string): string {
  if (name === '' || /[\0\n]/.test(name) || name.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw new Error(`tar: "${name}" is not a path below the root: expected parts joined by "/", none empty, "." or ".."`);
  }
  return name;
}

function* records(entry: TarEntry, { time, prefix = '' }: TarOptions): Generator<Uint8Array> {
  const name = Buffer.from(`${prefix}${checked(entry.name)}${entry.kind === 'directory' ? '/' : ''}`);
  const target = entry.kind === 'link' ? Buffer.from(entry.target) : undefined;
  const extra = function* (type: keyof typeof TYPES, label: string, data: Uint8Array) {
    yield header({ name: Buffer.from(label), type, mode: 0o644, size: data.length, time });
    yield* padded(data);
  };
  if (name.length > NAME_OCTETS) yield* extra('longName', '././@LongLink', Buffer.concat([name, Buffer.alloc(1)]));
  if (target && target.length > NAME_OCTETS) yield* extra('longTarget', '././@LongLink', Buffer.concat([target, Buffer.alloc(1)]));
  if (entry.kind !== 'directory' && entry.pax) {
    const text = Object.entries(entry.pax).map(([key, value]) => paxRecord(key, value));
    yield* extra('pax', 'pax', Buffer.from(text.join('')));
  }
  const data = entry.kind === 'file' ? entry.data : new Uint8Array();
  const mode = entry.kind === 'link' ? 0o777 : entry.mode;
  yield header({ name, type: entry.kind, mode, size: data.length, time, ...(target ? { target } : {}) });
  yield* padded(data);
}

/**
 * The archive of the entries in the order given.
 * @throws Error in words for a name out of bounds or given twice, or for an entry that a link of the same archive would lead elsewhere
 */
export function tar(entries: readonly TarEntry[], options: TarOptions): Buffer {
  const kinds = new Map<string, TarEntry['kind']>();
  for (const { name, kind } of entries) {
    if (kinds.has(name)) throw new Error(`tar: "${name}" is given twice`);
    kinds.set(name, kind);
  }
  for (const { name } of entries) {
    const parent = parentsOf(name).find((path) => (kinds.get(path) ?? 'directory') !== 'directory');
    if (parent !== undefined) throw new Error(`tar: "${name}" lies below "${parent}", which is a ${kinds.get(parent)}`);
  }
  const blocks = entries.flatMap((entry) => [...records(entry, options)]);
  return Buffer.concat(options.open ? blocks : [...blocks, Buffer.alloc(2 * BLOCK)]);
}

/** `a/b/c` has `a` and `a/b`. */
export function parentsOf(name: string): string[] {
  const parts = name.split('/');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'));
}

/** The same entries with every directory above them, 0755 unless given, sorted by the octets of their names: a directory comes before what lies in it. */
export function tree(entries: readonly TarEntry[]): TarEntry[] {
  const given = new Set(entries.map(({ name }) => name));
  const above = new Set(entries.flatMap(({ name }) => parentsOf(name)).filter((name) => !given.has(name)));
  const directories = [...above].map((name): TarEntry => ({ kind: 'directory', name, mode: 0o755 }));
  return [...entries, ...directories].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

/** Gzip (RFC 1952) with neither a date nor a name, and with the octet for the system set to "unknown": zlib writes the builder's. */
export function gzip(data: Uint8Array): Buffer {
  const packed = gzipSync(data, { level: 9, memLevel: 9 });
  packed[9] = 255;
  return packed;
}
