/** Sends the rows of the matrix one after the other, and says what became of each. */
import type { Home, Place } from './home.ts';
import type { Fate, Row } from './rows.ts';

/** What counts refusals. */
export interface Counting {
  drops(): Readonly<Record<string, bigint>>;
  /** Packets of guests that have left by a tunnel; undefined: the home hears them come out. */
  tunnelled(): bigint | undefined;
}

let rowsSent = 0;
const nextMark = (): Uint8Array => Buffer.from(`#${String((rowsSent += 1)).padStart(7, '0')}#`);

/** Where each row comes out without a wall; beside what the matrix says. */
export async function withoutWall(home: Home, rows: readonly Row[]): Promise<{ readonly found: string[]; readonly expected: string[] }> {
  const found: string[] = [];
  for (const row of rows) {
    const [mark, before] = [nextMark(), home.taken()];
    home.send(row.from ?? 'a', row.frame(mark));
    await home.settle();
    const places: Place[] = [...home.seen(mark).filter((p) => p !== 'tunnel'), ...(home.taken() > before ? ['the router' as const] : [])];
    // A program that listens for all IP packets hears those that the kernel then takes for nobody.
    const told = row.arrives === 'nowhere' ? places.filter((p) => p !== 'a listener') : places;
    found.push(`${row.what}: ${told.find((p) => p === row.arrives) ?? (told.join(', ') || 'nowhere')}`);
  }
  home.forget();
  return { found, expected: rows.map((row) => `${row.what}: ${row.arrives}`) };
}

export type Standing = 'attached' | 'stranger';

const outcomeOf = (row: Row, fate: Fate): string => (fate === 'passes' ? `at ${row.arrives}` : fate === 'bridge' ? 'nothing' : fate);

/** With a wall: the counter that grew, the tunnel, and every place where it must not be. Without `counting` only the latter. */
export async function behindWall(home: Home, rows: readonly Row[], standing: Standing, counting?: Counting): Promise<{ readonly found: string[]; readonly expected: string[] }> {
  const found: string[] = [];
  const expected: string[] = [];
  for (const row of rows) {
    const mark = nextMark();
    const passes = row[standing] === 'passes';
    const [drops, taken, tunnelled] = [counting?.drops() ?? {}, home.taken(), counting?.tunnelled()];
    const outcome = (): string => {
      const seen = home.seen(mark).filter((p) => p !== 'a listener' || row.arrives === 'a listener');
      const at: string[] = [...seen.filter((p) => p !== 'tunnel'), ...(home.taken() > taken && (!passes || row.arrives === 'the router') ? ['the router'] : [])].map((p) => `at ${p}`);
      const grown = Object.entries(counting?.drops() ?? {}).flatMap(([reason, n]) => (n > (drops[reason] ?? 0n) ? [reason] : []));
      const left = !counting ? false : tunnelled === undefined ? seen.includes('tunnel') : (counting.tunnelled() ?? 0n) > tunnelled;
      return [...grown, ...(left ? ['tunnel'] : []), ...at].join(', ') || 'nothing';
    };
    const wanted = counting || passes ? outcomeOf(row, row[standing]) : 'nothing';
    home.send(row.from ?? 'a', row.frame(mark));
    // The kernel may be at it on another processor.
    for (let left = PATIENCE; left > 0; left--) {
      await home.settle();
      if (outcome() === wanted) break;
    }
    found.push(`${row.what}: ${outcome()}`);
    expected.push(`${row.what}: ${wanted}`);
  }
  home.forget();
  return { found, expected };
}
const PATIENCE = 20;
