/**
 * How handovers went, in steps of ten seconds for two hours: counts and a histogram of durations, of the fleet and of each home.
 * An event costs a few additions. Percentiles come from bins that are a tenth wide, so they are right to within 5 %.
 */
import type { GatewayId } from '../../runtime/fleet/topics.ts';
import type { Millis, UnixMillis } from '../../protocol/units.ts';
import type { AttemptFigures, Figures } from './ports.ts';

export interface Attempt {
  /** When it was known of, by this process's clock. */
  readonly at: UnixMillis;
  /** Where it was tried. */
  readonly home: GatewayId | undefined;
  readonly success: boolean;
  readonly duration: Millis | undefined;
}

export interface FiguresKeeper extends Figures {
  add(attempt: Attempt): void;
  /** What became known later of an attempt that was counted without its duration. */
  time(at: UnixMillis, home: GatewayId | undefined, duration: Millis): void;
}

const STEP = 10_000;
const STEPS = 720;
const WIDTH = Math.log(1.1);
/** Up to 1.1^127 ms, two minutes and a half more than anybody waits. */
const BINS = 128;

interface Cell {
  attempts: number;
  succeeded: number;
  /** Bins of the durations: of a home there are few. */
  readonly durations: number[];
}
interface Bucket {
  readonly number: number;
  attempts: number;
  succeeded: number;
  readonly bins: Uint32Array;
  readonly homes: Map<GatewayId, Cell>;
}

const binOf = (duration: Millis): number => Math.min(BINS - 1, Math.max(0, Math.round(Math.log(Math.max(1, duration)) / WIDTH)));
const middleOf = (bin: number): Millis => Math.round(Math.exp(bin * WIDTH) * 10) / 10;

export function createFigures(): FiguresKeeper {
  const ring: (Bucket | undefined)[] = [];

  function bucketAt(at: UnixMillis): Bucket {
    const number = Math.floor(at / STEP);
    const there = ring[number % STEPS];
    if (there && there.number >= number) return there;
    const bucket: Bucket = { number, attempts: 0, succeeded: 0, bins: new Uint32Array(BINS), homes: new Map() };
    ring[number % STEPS] = bucket;
    return bucket;
  }

  function cellOf(bucket: Bucket, home: GatewayId): Cell {
    const known = bucket.homes.get(home);
    if (known) return known;
    const cell: Cell = { attempts: 0, succeeded: 0, durations: [] };
    bucket.homes.set(home, cell);
    return cell;
  }

  function time(at: UnixMillis, home: GatewayId | undefined, duration: Millis): void {
    const bucket = bucketAt(at);
    const bin = binOf(duration);
    bucket.bins[bin] = (bucket.bins[bin] ?? 0) + 1;
    if (home !== undefined) cellOf(bucket, home).durations.push(bin);
  }

  return {
    add({ at, home, success, duration }) {
      const bucket = bucketAt(at);
      const counted = home === undefined ? [bucket] : [bucket, cellOf(bucket, home)];
      for (const c of counted) {
        c.attempts += 1;
        if (success) c.succeeded += 1;
      }
      if (duration !== undefined) time(at, home, duration);
    },
    time,
    figuresOf(homes, from, to) {
      const sum = { attempts: 0, succeeded: 0, bins: new Uint32Array(BINS) };
      const last = Math.ceil(to / STEP);
      for (let number = Math.max(Math.floor(from / STEP), last - STEPS); number < last; number++) {
        const bucket = ring[number % STEPS];
        if (bucket?.number === number) addTo(sum, bucket, homes);
      }
      return shown(sum, Math.max(STEP, to - from));
    },
  };
}

interface Sum {
  attempts: number;
  succeeded: number;
  readonly bins: Uint32Array;
}

function addTo(sum: Sum, bucket: Bucket, homes: ReadonlySet<GatewayId> | undefined): void {
  if (!homes) {
    sum.attempts += bucket.attempts;
    sum.succeeded += bucket.succeeded;
    bucket.bins.forEach((n, bin) => (sum.bins[bin] = (sum.bins[bin] ?? 0) + n));
    return;
  }
  // The smaller of both is gone through.
  const cells = homes.size < bucket.homes.size ? [...homes].map((h) => bucket.homes.get(h)) : [...bucket.homes].map(([h, c]) => (homes.has(h) ? c : undefined));
  for (const cell of cells) {
    if (!cell) continue;
    sum.attempts += cell.attempts;
    sum.succeeded += cell.succeeded;
    for (const bin of cell.durations) sum.bins[bin] = (sum.bins[bin] ?? 0) + 1;
  }
}

function shown({ attempts, succeeded, bins }: Sum, span: Millis): AttemptFigures {
  const timed = bins.reduce((a, b) => a + b, 0);
  const at = (share: number): Millis => {
    let left = Math.ceil(timed * share);
    for (const [bin, n] of bins.entries()) if ((left -= n) <= 0 && n > 0) return middleOf(bin);
    return 0;
  };
  return { perMinute: Math.round((attempts * 600_000) / span) / 10, success: attempts === 0 ? 1 : succeeded / attempts, p50: at(0.5), p90: at(0.9), p99: at(0.99), attempts, timed };
}
