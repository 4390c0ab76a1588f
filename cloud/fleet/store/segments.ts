/**
 * A stream's history: NDJSON in segments of some megabytes, oldest first. Memory holds a few words about each segment (not its
 * lines), so ten million lines of 400 octets cost 1000 entries. What a segment says changes by a new file and never in place.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Streamed, StreamQuery } from '../ports.ts';
import { hasFields } from './steps.ts';

export interface Segment {
  readonly file: string;
  readonly octets: number;
  readonly lines: number;
  /** Numbers. */
  readonly first: number;
  readonly last: number;
  /** Times; lines need not be in the order of theirs. */
  readonly from: number;
  readonly to: number;
}

export interface Line {
  readonly number: number;
  readonly at: number;
  /** As it stands in the file, without the newline. */
  readonly text: string;
}

/** A line that was parsed. */
export type Kept = Streamed & { readonly number: number; readonly [field: string]: unknown };

export const SEGMENT_OCTETS = 4 * 1024 * 1024;
const HEAD = /^\{"number":(\d+),"at":(-?\d[\d.eE+-]*)/;

/** @param text of the record without them */
export const lineOf = (number: number, at: number, text: string): Line => ({ number, at, text: `{"number":${number},"at":${JSON.stringify(at)}${text === '{}' ? '}' : `,${text.slice(1)}`}` });

export function parseLine(text: string): Line | undefined {
  const head = HEAD.exec(text);
  return head ? { number: Number(head[1]), at: Number(head[2]), text } : undefined;
}

/**
 * @param wanted looks for words: a segment in which they do not stand is not taken apart
 * @throws Error of the file system, or in words when the file is shorter than it was
 */
export async function linesOf(folder: string, { file, octets }: Segment, wanted: (text: { includes(word: string): boolean }) => boolean = () => true): Promise<Line[]> {
  const handle = await open(join(folder, file), 'r');
  try {
    const buffer = Buffer.alloc(octets);
    let read = 0;
    while (read < octets) {
      const { bytesRead } = await handle.read(buffer, read, octets - read, read);
      if (bytesRead === 0) throw new Error(`${join(folder, file)} has ${read} octets, and ${octets} were written: the disk or somebody lost the rest; put a copy of the file there`);
      read += bytesRead;
    }
    if (!wanted(buffer)) return [];
    return buffer.toString().split('\n').flatMap((text) => parseLine(text) ?? []);
  } finally {
    await handle.close();
  }
}

/** Appends behind `segment.octets`, over what an attempt before left there; without a segment into a new file. @returns it as it is then */
export async function extend(folder: string, segment: Segment | undefined, file: string, lines: readonly Line[]): Promise<Segment> {
  const text = Buffer.from(lines.map((l) => `${l.text}\n`).join(''));
  const handle = await open(join(folder, segment?.file ?? file), segment ? 'r+' : 'w', 0o600);
  const start = segment?.octets ?? 0;
  try {
    for (let done = 0; done < text.length; ) done += (await handle.write(text, done, text.length - done, start + done)).bytesWritten;
    await handle.truncate(start + text.length);
    await handle.sync();
  } finally {
    await handle.close();
  }
  const times = lines.map((l) => l.at);
  const [head, tail] = [lines[0] as Line, lines.at(-1) as Line];
  return {
    file: segment?.file ?? file,
    octets: start + text.length,
    lines: (segment?.lines ?? 0) + lines.length,
    first: segment?.first ?? head.number,
    last: tail.number,
    from: times.reduce((a, b) => Math.min(a, b), segment?.from ?? Infinity),
    to: times.reduce((a, b) => Math.max(a, b), segment?.to ?? -Infinity),
  };
}

/** Whether a segment can have something of it. */
export const mayHave = (s: Segment, { from = -Infinity, to = Infinity, after = -Infinity, before = Infinity }: StreamQuery): boolean =>
  s.to >= from && s.from <= to && s.last > after && s.first < before;

/** Whether a text can have what is asked for; of a segment, of a line. */
export function wordsOf({ where = {}, mentions }: StreamQuery): (text: { includes(word: string): boolean }) => boolean {
  const fields = Object.entries(where).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return (text) => fields.every((w) => text.includes(w)) && (mentions === undefined || mentions.some((w) => text.includes(w)));
}

/** The record of a line, if it is asked for. Only lines that have the words are parsed. */
export function select(query: StreamQuery): (line: Line) => Kept | undefined {
  const { from = -Infinity, to = Infinity, after = -Infinity, before = Infinity, where = {} } = query;
  const wanted = wordsOf(query);
  return ({ number, at, text }) => {
    if (number <= after || number >= before || at < from || at > to || !wanted(text)) return undefined;
    const record = JSON.parse(text) as Kept;
    return hasFields(record, where) ? record : undefined;
  };
}
