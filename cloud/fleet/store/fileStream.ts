/** One stream of the file store: segments on the disk, and in memory the lines since the last checkpoint, which the journal has. */
import type { StreamQuery } from '../ports.ts';
import { extend, linesOf, mayHave, select, SEGMENT_OCTETS, wordsOf, type Kept, type Line, type Segment } from './segments.ts';

export interface FileStream {
  append(line: Line): void;
  /** From now on not read any more; gone from the disk with the next `write`. */
  drop(numbers: readonly number[]): void;
  read(query: StreamQuery): Promise<Kept[]>;
  dirty(): boolean;
  /** Puts on the disk what is only in memory, in new files where something else than the end changes. @returns what the stream consists of then */
  write(): Promise<readonly Segment[]>;
  /** What it consists of without the lines before this time, and how many they are; only while nothing is dirty. */
  without(before: number): Promise<{ readonly segments: readonly Segment[]; readonly lines: number }>;
  /** That is so now. @returns files that nothing needs any more */
  settle(segments: readonly Segment[]): readonly string[];
  segments(): readonly Segment[];
}

export interface FileStreamOptions {
  readonly folder: string;
  readonly segments: readonly Segment[];
  /** Of a file that does not exist yet. */
  readonly fileName: (first: number) => string;
  readonly segmentOctets?: number;
}

export function createFileStream({ folder, segments: found, fileName, segmentOctets = SEGMENT_OCTETS }: FileStreamOptions): FileStream {
  let segments = found;
  let tail: Line[] = [];
  /** Of lines in segments. */
  let dropped = new Set<number>();

  async function rewritten(segment: Segment, keep: (line: Line) => boolean): Promise<{ readonly segment: Segment | undefined; readonly gone: number }> {
    const lines = await linesOf(folder, segment);
    const kept = lines.filter(keep);
    if (kept.length === lines.length) return { segment, gone: 0 };
    return { segment: kept.length > 0 ? await extend(folder, undefined, fileName(segment.first), kept) : undefined, gone: lines.length - kept.length };
  }

  return {
    append: (line) => void tail.push(line),
    drop(numbers) {
      const gone = new Set(numbers);
      tail = tail.filter((l) => !gone.has(l.number));
      for (const number of gone) if (segments.some((s) => s.first <= number && number <= s.last)) dropped.add(number);
    },
    async read(query) {
      const pick = select(query);
      const wanted = wordsOf(query);
      const all = [...segments.filter((s) => mayHave(s, query)), tail];
      const gone = dropped;
      const records: Kept[] = [];
      for (const part of query.newestFirst ? all.toReversed() : all) {
        if (records.length >= (query.limit ?? Infinity)) break;
        const lines = 'file' in part ? await linesOf(folder, part, wanted) : part;
        for (const line of query.newestFirst ? lines.toReversed() : lines) {
          const record = gone.has(line.number) ? undefined : pick(line);
          if (record && records.push(record) >= (query.limit ?? Infinity)) break;
        }
      }
      return records.slice(0, query.limit);
    },
    dirty: () => tail.length > 0 || dropped.size > 0,
    async write() {
      const now: Segment[] = [];
      for (const s of segments) {
        const touched = [...dropped].some((n) => s.first <= n && n <= s.last);
        const { segment } = touched ? await rewritten(s, (l) => !dropped.has(l.number)) : { segment: s };
        if (segment) now.push(segment);
      }
      for (let from = 0; from < tail.length; ) {
        const current = now.at(-1);
        const open = current && current.octets < segmentOctets ? now.pop() : undefined;
        let octets = open?.octets ?? 0;
        let to = from;
        while (to < tail.length && octets < segmentOctets) octets += (tail[to++] as Line).text.length + 1;
        now.push(await extend(folder, open, fileName((tail[from] as Line).number), tail.slice(from, to)));
        from = to;
      }
      return now;
    },
    async without(before) {
      const now: Segment[] = [];
      let lines = 0;
      for (const s of segments) {
        if (s.to < before) lines += s.lines;
        else if (s.from >= before) now.push(s);
        else {
          const { segment, gone } = await rewritten(s, (l) => l.at >= before);
          if (segment) now.push(segment);
          lines += gone;
        }
      }
      return { segments: now, lines };
    },
    settle(now) {
      const files = new Set(now.map((s) => s.file));
      const gone = segments.map((s) => s.file).filter((f) => !files.has(f));
      segments = now;
      tail = [];
      dropped = new Set();
      return gone;
    },
    segments: () => segments,
  };
}
