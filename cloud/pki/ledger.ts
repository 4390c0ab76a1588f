/**
 * Which certificates were issued and which are revoked: one JSON line each, only appended while the cloud runs, written anew at a
 * start without those that have ended and were not revoked: a clock that was ahead for a while must let nobody in again. A line that a power cut tore off is one that nobody was told of.
 */
import { open, readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { writeDurably } from '../../runtime/durableJson.ts';

const line = v.variant('kind', [
  v.strictObject({ kind: v.literal('issued'), serial: v.string(), name: v.string(), expires: v.number() }),
  v.strictObject({ kind: v.literal('revoked'), serial: v.string(), at: v.number() }),
]);
type Line = v.InferOutput<typeof line>;

export interface Issued {
  readonly serial: string;
  /** CN */
  readonly name: string;
  readonly expires: number;
}

export interface Ledger {
  of(name: string): readonly Issued[];
  /** Unix milliseconds; undefined: it is not. Also of one that this ledger did not see issued: it may be an older copy than that. */
  revokedAt(serial: string): number | undefined;
  revoked(): Iterable<{ readonly serial: string; readonly at: number }>;
  /** Resolves when it is on disk; until then nothing has changed. */
  issue(issued: Issued): Promise<void>;
  revoke(serials: readonly string[], at: number): Promise<void>;
  close(): Promise<void>;
}

/** @throws Error in words that names the file, when it cannot be read or is not what this version writes */
export async function openLedger(path: string, now: number): Promise<Ledger> {
  const bySerial = new Map<string, Issued>();
  const byName = new Map<string, Set<string>>();
  const revoked = new Map<string, number>();

  function take(entry: Line): void {
    if (entry.kind === 'issued') {
      bySerial.set(entry.serial, { serial: entry.serial, name: entry.name, expires: entry.expires });
      const serials = byName.get(entry.name) ?? new Set<string>();
      byName.set(entry.name, serials.add(entry.serial));
      return;
    }
    revoked.set(entry.serial, entry.at);
  }

  const kept = await read(path);
  const ended = new Set(kept.flatMap((l) => (l.kind === 'issued' && l.expires <= now ? [l.serial] : [])));
  const lines = kept.filter((l) => l.kind === 'revoked' || !ended.has(l.serial));
  lines.forEach(take);
  await writeDurably(path, lines.map(textOf).join(''));
  const file = await open(path, 'a', 0o600);
  let last: Promise<void> = Promise.resolve();

  async function append(entries: readonly Line[]): Promise<void> {
    if (entries.length === 0) return;
    const written = last.then(async () => {
      await file.appendFile(entries.map(textOf).join(''));
      await file.sync();
    });
    last = written.catch(() => undefined);
    await written.catch((e: unknown) => {
      throw new Error(`${path} cannot be written: ${(e as Error).message}`, { cause: e });
    });
    entries.forEach(take);
  }

  return {
    of: (name) => [...(byName.get(name) ?? [])].map((serial) => bySerial.get(serial) as Issued),
    revokedAt: (serial) => revoked.get(serial),
    *revoked() {
      for (const [serial, at] of revoked) yield { serial, at };
    },
    issue: ({ serial, name, expires }) => append([{ kind: 'issued', serial, name, expires }]),
    revoke: (serials, at) => append(serials.filter((serial) => !revoked.has(serial)).map((serial) => ({ kind: 'revoked', serial, at }))),
    async close() {
      await last;
      await file.close();
    },
  };
}

const textOf = (entry: Line): string => `${JSON.stringify(entry)}\n`;

async function read(path: string): Promise<readonly Line[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new Error(`${path} cannot be read, so nobody knows which certificates are revoked: ${(e as Error).message}`, { cause: e });
  }
  const lines = text.split('\n');
  // The last one is empty, or torn.
  lines.pop();
  try {
    return lines.map((l) => v.parse(line, JSON.parse(l)));
  } catch (e) {
    throw new Error(`${path} is not what this version writes, so nobody knows which certificates are revoked: put a copy of it there`, { cause: e });
  }
}
