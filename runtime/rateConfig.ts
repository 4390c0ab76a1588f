/** Bit rates in both configuration files: `20 Mbit/s`, or bits per second as a number. */
import * as v from 'valibot';
import type { BitRates } from '../protocol/qos.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9 };
/** A slower one would not carry a single large packet in a second. */
const LEAST = 16_000;
const MOST = 1e12;

function bitsPerSecond(value: number | string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)\s*([kMG]?)(?:bit\/s)?$/.exec(String(value).trim()) ?? [];
  return digits === undefined ? Number.NaN : Math.round(Number(digits) * (UNITS[unit] ?? 1));
}

export const bitRate = v.pipe(
  v.union([v.number(), v.string()]),
  v.check((value) => bitsPerSecond(value) >= LEAST && bitsPerSecond(value) <= MOST, 'expected a rate such as 20 Mbit/s, at least 16 kbit/s'),
  v.transform(bitsPerSecond),
);

/** Of a subscriber, by the names of RFC 7222's first two attributes (§4.2.1, §4.2.2). */
export const rateFields = { 'per-mn-agg-max-dl-rate': v.optional(bitRate), 'per-mn-agg-max-ul-rate': v.optional(bitRate) };

export interface RateRow {
  readonly 'per-mn-agg-max-dl-rate'?: number | undefined;
  readonly 'per-mn-agg-max-ul-rate'?: number | undefined;
}

/** `{ rates }`, or nothing where the row sets none. */
export function ratesIn({ 'per-mn-agg-max-dl-rate': down, 'per-mn-agg-max-ul-rate': up }: RateRow): { readonly rates?: BitRates } {
  return up === undefined && down === undefined ? {} : { rates: { ...(up === undefined ? {} : { up }), ...(down === undefined ? {} : { down }) } };
}
