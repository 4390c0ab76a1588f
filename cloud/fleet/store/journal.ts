/**
 * The write-ahead journal: one line is one commit, whatever it touches, so that after a kill all of it is there or nothing; one
 * fsync serves all lines that are written together. A line begins with the CRC-32 of the rest.
 */
import { open, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { syncFolder, writeDurably } from '../../../runtime/durableJson.ts';
import type { Numbered } from './steps.ts';

export interface Journal {
  /** Resolves when they are on the disk. @throws Error of the file system; then none of them counts */
  append(commits: readonly (readonly Numbered[])[]): Promise<void>;
  /** All of it is kept elsewhere. */
  clear(): Promise<void>;
  octets(): number;
  /** An fsync failed: what the disk has is not known until everything was written elsewhere and the journal cleared. */
  doubtful(): boolean;
  close(): Promise<void>;
}

const line = (text: string): string => `${sum(text)} ${text}\n`;
const sum = (text: string): string => crc32(text).toString(16).padStart(8, '0');

/** Returns what was in it, a commit each. What follows a damaged line was never acknowledged, or the disk lost it: it is put aside, and `onError` told. */
export async function openJournal(path: string, onError: (error: Error) => void): Promise<{ readonly journal: Journal; readonly commits: readonly (readonly Numbered[])[] }> {
  const file = await open(path, 'a+', 0o600);
  await file.close();
  let handle: FileHandle = await open(path, 'r+');
  const text = await handle.readFile();
  const { commits, octets: kept } = parse(text);
  if (kept < text.length) {
    await writeDurably(`${path}.damaged`, text.subarray(kept).toString());
    await handle.truncate(kept);
    await handle.sync();
    onError(new Error(`${path} ends with ${text.length - kept} octets of a commit that was not finished when the machine stopped: they are dropped (a copy is in ${path}.damaged)`));
  }
  let good = kept;
  let unknown = false;

  return {
    commits,
    journal: {
      async append(all) {
        const added = Buffer.from(all.map((steps) => line(JSON.stringify(steps))).join(''));
        try {
          for (let done = 0; done < added.length; ) done += (await handle.write(added, done, added.length - done, good + done)).bytesWritten;
        } catch (e) {
          // The next line would stand behind half a line.
          await handle.truncate(good).catch(() => (unknown = true));
          throw e;
        }
        try {
          await handle.datasync();
        } catch (e) {
          unknown = true;
          await handle.truncate(good).catch(() => undefined);
          throw e;
        }
        good += added.length;
      },
      async clear() {
        if (unknown) {
          await handle.close();
          handle = await open(`${path}.new`, 'w+', 0o600);
          await rename(`${path}.new`, path);
          await syncFolder(dirname(path));
        } else {
          await handle.truncate(0);
          await handle.sync();
        }
        good = 0;
        unknown = false;
      },
      octets: () => good,
      doubtful: () => unknown,
      close: () => handle.close(),
    },
  };
}

function parse(text: Buffer): { readonly commits: readonly (readonly Numbered[])[]; readonly octets: number } {
  const commits: (readonly Numbered[])[] = [];
  let octets = 0;
  for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10, octets)) {
    const found = text.subarray(octets, end).toString();
    const body = found.slice(9);
    if (found.slice(0, 9) !== `${sum(body)} `) break;
    commits.push(JSON.parse(body) as Numbered[]);
    octets = end + 1;
  }
  return { commits, octets };
}
