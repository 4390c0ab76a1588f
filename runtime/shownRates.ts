/** A subscriber's rates and what they cost it, as `show` of either end tells them. */
import type { Policed } from '../protocol/paths.ts';
import type { BitRates } from '../protocol/qos.ts';

export interface ShownRates {
  /** Bits per second; absent = no limit. */
  readonly 'max-ul-rate'?: number;
  readonly 'max-dl-rate'?: number;
  /** Packets dropped because of a rate, the subscriber's or the home's, where there were any. Decimal, because JSON has no big integers. */
  readonly upPoliced?: string;
  readonly downPoliced?: string;
}

export const shownRates = ({ up, down }: BitRates, policed: Policed | undefined): ShownRates => ({
  ...(up === undefined ? {} : { 'max-ul-rate': up }),
  ...(down === undefined ? {} : { 'max-dl-rate': down }),
  ...(policed?.up ? { upPoliced: policed.up.toString() } : {}),
  ...(policed?.down ? { downPoliced: policed.down.toString() } : {}),
});
