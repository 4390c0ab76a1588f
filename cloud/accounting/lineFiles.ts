/**
 * NDJSON in files of a folder, for whoever reads them while they are written: lines are only ever appended, files never renamed, and
 * their names sort by age. Each line has a `seq`, and what is there already is not written twice.
 */
import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, mkdirSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

export interface Line {
  readonly seq: number;
  /** RFC 3339. */
  readonly at: string;
  readonly text: string;
}

export interface LineFilesOptions {
  readonly folder: string;
  /** Files are `<prefix>-<what nameOf says>.ndjson`. */
  readonly prefix: string;
  /** What the file of this line is called, if the current one has `octets` already. */
  readonly nameOf: (line: Line, current: { readonly name: string; readonly octets: number } | undefined) => string;
  /** Files kept; older ones go when a new one begins. 0 = all. */
  readonly keep: number;
}

export interface LineFiles {
  /** Resolves when they are on the disk; one call at a time. Lines whose `seq` is not above the last one there are left out. @throws Error of the file system */
  append(lines: readonly Line[]): Promise<void>;
  /** Oldest first. */
  files(): string[];
  close(): Promise<void>;
}

const SUFFIX = '.ndjson';

/** @throws Error in words when the folder cannot be used */
export function openLineFiles({ folder, prefix, nameOf, keep }: LineFilesOptions): LineFiles {
  const pathOf = (name: string): string => join(folder, `${prefix}-${name}${SUFFIX}`);
  const names = (): string[] => readdirSync(folder).filter((f) => f.startsWith(`${prefix}-`) && f.endsWith(SUFFIX)).map((f) => f.slice(prefix.length + 1, -SUFFIX.length)).toSorted();
  let current: { readonly name: string; octets: number } | undefined;
  let handle: FileHandle | undefined;
  let last = 0;

  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of names().toReversed()) {
      const found = mend(pathOf(name));
      current ??= { name, octets: found.octets };
      last = found.seq;
      if (last > 0) break;
    }
  } catch (e) {
    throw new Error(`${folder} cannot be written: ${(e as Error).message}`, { cause: e });
  }

  async function begin(name: string): Promise<void> {
    await handle?.close();
    handle = undefined;
    handle = await open(pathOf(name), 'a', 0o600);
    current = { name, octets: (await handle.stat()).size };
    if (keep > 0) for (const old of names().slice(0, -keep)) rmSync(pathOf(old), { force: true });
  }

  /** After a write that failed half-way the file ends within a line. */
  async function mendLater(): Promise<void> {
    await handle?.close().catch(() => undefined);
    handle = undefined;
    if (current) last = Math.max(mend(pathOf(current.name)).seq, last);
  }

  async function write(lines: readonly Line[]): Promise<void> {
    const text = lines.map((l) => `${l.text}\n`).join('');
    await handle?.appendFile(text);
    await handle?.datasync();
    if (current) current.octets += Buffer.byteLength(text);
    last = lines.at(-1)?.seq ?? last;
  }

  return {
    async append(all) {
      const lines = all.filter((l) => l.seq > last);
      try {
        for (let from = 0; from < lines.length; ) {
          const name = nameOf(lines[from] as Line, current);
          if (!handle || name !== current?.name) await begin(name);
          let to = from;
          const room = { name, octets: current?.octets ?? 0 };
          while (to < lines.length && (to === from || nameOf(lines[to] as Line, room) === name)) room.octets += (lines[to++] as Line).text.length + 1;
          // What was made of one record stays together: after a crash its number says whether all of it is there.
          while (to < lines.length && (lines[to] as Line).seq === (lines[to - 1] as Line).seq) to += 1;
          await write(lines.slice(from, to));
          from = to;
        }
      } catch (e) {
        await mendLater();
        throw e;
      }
    },
    files: () => names().map(pathOf),
    async close() {
      await handle?.close();
      handle = undefined;
    },
  };
}

/** Octets looked at from the end; a line is much shorter. */
const TAIL = 1 << 16;

/** A process that was killed may have left half a line. @returns the length, and the last line's `seq`; 0 = there is none */
function mend(path: string): { readonly octets: number; readonly seq: number } {
  const fd = openSync(path, 'a+');
  try {
    const size = fstatSync(fd).size;
    const tail = Buffer.alloc(Math.min(TAIL, size));
    readSync(fd, tail, 0, tail.length, size - tail.length);
    const text = tail.toString('latin1');
    const end = text.lastIndexOf('\n') + 1;
    if (end < text.length) {
      ftruncateSync(fd, size - (text.length - end));
      fdatasyncSync(fd);
    }
    const line = tail.subarray(text.lastIndexOf('\n', end - 2) + 1, Math.max(0, end - 1)).toString('utf8');
    return { octets: size - (text.length - end), seq: seqOf(line) };
  } finally {
    closeSync(fd);
  }
}

/** A line that somebody else wrote has none. */
function seqOf(line: string): number {
  try {
    const { seq } = JSON.parse(line) as { readonly seq?: unknown };
    return typeof seq === 'number' ? seq : 0;
  } catch {
    return 0;
  }
}
