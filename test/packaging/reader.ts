/** Reads tar archives, strictly: what the writer should not write is an error. Written from the formats' descriptions, not from the writer. */
import type { TarEntry } from '../../packaging/tar.ts';

export type ReadEntry = TarEntry & { readonly time: number };

const BLOCK = 512;
const text = (octets: Uint8Array) => Buffer.from(octets).toString().replace(/\0.*$/s, '');

function number(block: Uint8Array, at: number, length: number): number {
  const digits = text(block.subarray(at, at + length)).trim();
  if (!/^[0-7]+$/.test(digits)) throw new Error(`tar: "${digits}" at ${at} is not octal`);
  return Number.parseInt(digits, 8);
}

function checkHeader(block: Uint8Array): void {
  if (text(block.subarray(257, 263)) !== 'ustar') throw new Error('tar: no ustar header');
  if (number(block, 108, 8) !== 0 || number(block, 116, 8) !== 0 || text(block.subarray(265, 297)) !== 'root' || text(block.subarray(297, 329)) !== 'root') throw new Error('tar: the owner is not root');
  const sum = block.reduce((total, octet, i) => total + (i >= 148 && i < 156 ? 0x20 : octet), 0);
  if (sum !== number(block, 148, 8)) throw new Error('tar: wrong sum');
}

function readPax(data: Uint8Array): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = 0; at < data.length; ) {
    const blank = data.indexOf(0x20, at);
    const length = Number(Buffer.from(data.subarray(at, blank)).toString());
    const record = Buffer.from(data.subarray(blank + 1, at + length)).toString();
    const [, key, value] = /^([^=]+)=(.*)\n$/s.exec(record) ?? [];
    if (key === undefined || value === undefined) throw new Error(`tar: no pax record: ${record}`);
    found[key] = value;
    at += length;
  }
  return found;
}

/** The entries as they were given, without the prefix `./`. `open` allows the end without two empty blocks. */
export function readTar(archive: Uint8Array, { open = false } = {}): ReadEntry[] {
  const entries: ReadEntry[] = [];
  let pending: { longName?: string; longTarget?: string; pax?: Record<string, string> } = {};
  let at = 0;
  while (at < archive.length) {
    const block = archive.subarray(at, at + BLOCK);
    if (block.every((octet) => octet === 0)) break;
    checkHeader(block);
    const size = number(block, 124, 12);
    const data = archive.subarray(at + BLOCK, at + BLOCK + size);
    if (data.length !== size) throw new Error('tar: ends within a file');
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const type = String.fromCharCode(block[156] ?? 0);
    if (type === 'L') pending.longName = text(data);
    else if (type === 'K') pending.longTarget = text(data);
    else if (type === 'x') pending.pax = readPax(data);
    else {
      const name = (pending.longName ?? text(block.subarray(0, 100))).replace(/^\.\//, '').replace(/\/$/, '');
      const common = { name, time: number(block, 136, 12) };
      const pax = pending.pax ? { pax: pending.pax } : {};
      const mode = number(block, 100, 8);
      if (type === '0') entries.push({ kind: 'file', ...common, mode, data: new Uint8Array(data), ...pax });
      else if (type === '5') entries.push({ kind: 'directory', ...common, mode });
      else if (type === '2') entries.push({ kind: 'link', ...common, target: pending.longTarget ?? text(block.subarray(157, 257)), ...pax });
      else throw new Error(`tar: unexpected type ${type}`);
      pending = {};
    }
  }
  if (!open && archive.length - at !== 2 * BLOCK) throw new Error(`tar: ${archive.length - at} octets after the last entry, expected two empty blocks`);
  return entries;
}

/** What a file of an archive holds; undefined where there is none of that name. */
export function fileIn(entries: readonly ReadEntry[], name: string): Buffer | undefined {
  const found = entries.find((entry) => entry.name === name);
  return found?.kind === 'file' ? Buffer.from(found.data) : undefined;
}
