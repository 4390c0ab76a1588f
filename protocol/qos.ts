/**
 * Quality of service of a subscriber (RFC 7222): the option's operational codes, and its attributes as two bit rates. What both ends
 * enforce is the most that a subscriber may send and get; guaranteed rates are nobody's to give over the internet.
 */
import type { OptionNamed } from './mobility/options.ts';
import type { Rate, Rates } from './paths.ts';

/** RFC 7222 §4.1 */
export const OPERATION = { RESPONSE: 0, ALLOCATE: 1, DE_ALLOCATE: 2, MODIFY: 3, QUERY: 4, NEGOTIATE: 5 } as const;

export type QosOption = OptionNamed<'qualityOfService'>;
type Attribute = QosOption['attributes'][number];

/** Bits per second, each way; absent = no limit. */
export interface BitRates {
  readonly up?: number;
  readonly down?: number;
}

const WAYS = ['up', 'down'] as const;
/** The widest that an attribute can say (RFC 7222 §4.2.1). */
const WIDEST = 0xffff_ffff;

/** Attributes that limit; the narrowest counts (§4.2.1 to §4.2.4, §4.2.6, §4.2.7). */
const LIMITS: Readonly<Partial<Record<Attribute['kind'], keyof BitRates>>> = {
  perMnMaxDownlink: 'down',
  perMnMaxUplink: 'up',
  perSessionMaxDownlink: 'down',
  perSessionMaxUplink: 'up',
  maxDownlink: 'down',
  maxUplink: 'up',
};

/** What the option limits. */
export function bitRatesOf({ attributes }: Pick<QosOption, 'attributes'>): BitRates {
  let rates: BitRates = {};
  for (const attribute of attributes) {
    const way = LIMITS[attribute.kind];
    if (way && 'bitsPerSecond' in attribute) rates = narrower(rates, { [way]: attribute.bitsPerSecond });
  }
  return rates;
}

/** Does it ask for more than limits: for a guaranteed rate, a priority, or for some traffic alone? */
export const asksForMore = ({ attributes }: Pick<QosOption, 'attributes'>): boolean => attributes.some((a) => LIMITS[a.kind] === undefined);

/** The option that says these rates; what is not limited, or wider than it can say, is left out. */
export const qosOption = (serviceRequest: number, operation: number, { up, down }: BitRates): QosOption => ({
  kind: 'qualityOfService',
  serviceRequest,
  dscp: 0,
  operation,
  attributes: [
    ...(down === undefined || down > WIDEST ? [] : [{ kind: 'perMnMaxDownlink', bitsPerSecond: down } as const]),
    ...(up === undefined || up > WIDEST ? [] : [{ kind: 'perMnMaxUplink', bitsPerSecond: up } as const]),
  ],
});

/** The smaller each way. */
export function narrower(a: BitRates, b: BitRates): BitRates {
  const all = WAYS.flatMap((way) => {
    const known = [a[way], b[way]].filter((n) => n !== undefined);
    return known.length > 0 ? [[way, Math.min(...known)] as const] : [];
  });
  return Object.fromEntries(all);
}

export const isUnlimited = ({ up, down }: BitRates): boolean => up === undefined && down === undefined;
export const sameRates = (a: BitRates, b: BitRates): boolean => a.up === b.up && a.down === b.down;

/**
 * TCP halves its rate when a policer drops, and recovers in round trips: what it may save meanwhile has to last for them. Several
 * aggregates of 64 KB have to fit at least.
 */
const BURST_SECONDS = 0.25;
const LEAST_BURST = 262_144;

const rateOf = (bitsPerSecond: number): Rate => ({ rate: bitsPerSecond, burst: Math.max(LEAST_BURST, Math.round((bitsPerSecond / 8) * BURST_SECONDS)) });

/** What the data path enforces; undefined = nothing. */
export const pathRates = ({ up, down }: BitRates): Rates | undefined =>
  up === undefined && down === undefined ? undefined : { ...(up === undefined ? {} : { up: rateOf(up) }), ...(down === undefined ? {} : { down: rateOf(down) }) };
