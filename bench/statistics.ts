/** What many measurements come to. Pure. */
import { quantile } from '../lab/handover.ts';

export interface Summary {
  readonly n: number;
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Every field but `n` is NaN for no values. */
export function summary(values: readonly number[]): Summary {
  const at = (q: number) => quantile(values, q) ?? Number.NaN;
  return { n: values.length, min: at(0), p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

/** The mean of the two in the middle for an even number of values; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * Median over the rounds of each round's own ratio: on a machine that others use too, values of one round are comparable and
 * those of different rounds are not. Rounds in which either value is missing or the base is 0 are left out.
 */
export function ratio(values: readonly (number | undefined)[], base: readonly (number | undefined)[]): number {
  return median(values.flatMap((value, round) => (value === undefined || !base[round] ? [] : [value / base[round]])));
}

/** Each round runs everything once and begins with another, so that none always follows the same. */
export function order<T>(all: readonly T[], round: number): readonly T[] {
  const start = all.length === 0 ? 0 : round % all.length;
  return [...all.slice(start), ...all.slice(0, start)];
}
