/** Rates as the programs have them: what an octet costs, and how far the cost may run ahead. Both are rounded so that no less passes. */
import type { Rate } from '../../protocol/paths.ts';
import { BURST_SHIFT, COST_SHIFT } from './layout.ts';

export interface Meter {
  /** 2^-12 ns an octet; 0 = no limit */
  readonly cost: number;
  /** 2^20 ns */
  readonly burst: number;
}

/** Bits per second: below it an octet costs more than the field holds. */
export const LEAST_RATE = 8000;

const NS_BITS = 8e9 * 2 ** COST_SHIFT;
const TICK = 2 ** (BURST_SHIFT + COST_SHIFT);
const LONGEST_BURST = 0xffff;

export const UNLIMITED: Meter = { cost: 0, burst: 0 };

export function meterOf(rate: Rate | undefined): Meter {
  if (!rate) return UNLIMITED;
  const cost = Math.max(1, Math.floor(NS_BITS / rate.rate));
  return { cost, burst: Math.min(LONGEST_BURST, Math.ceil((rate.burst * cost) / TICK)) };
}

/** The rate of a meter, as near as it can be told. */
export function rateOf({ cost, burst }: Meter): Rate | undefined {
  return cost === 0 ? undefined : { rate: Math.round(NS_BITS / cost), burst: Math.floor((burst * TICK) / cost) };
}
