/** Quality of service at the MAG (RFC 7222 §5.2): what a profile asks for, and what the LMA says. */
import { HANDOFF } from '../../protocol/mobility/codes.ts';
import { find, type MobilityOption } from '../../protocol/mobility/options.ts';
import type { Rates } from '../../protocol/paths.ts';
import { bitRatesOf, isUnlimited, narrower, OPERATION, pathRates, qosOption, type BitRates, type QosOption } from '../../protocol/qos.ts';
import type { Entry } from './binding.ts';

/** The LMA gives the request its number (§4.1). */
const NEW_REQUEST = 0;

/** Of a PBU that begins or moves a session; an LMA that refused it is not asked again. */
export function qosRequest(entry: Entry, handoff: number): QosOption | undefined {
  const rates = entry.profile?.rates;
  if (!rates || entry.lessons.noQos || handoff === HANDOFF.NOT_CHANGED) return undefined;
  return qosOption(NEW_REQUEST, OPERATION.ALLOCATE, rates);
}

export const GRANTS: ReadonlySet<number> = new Set([OPERATION.RESPONSE, OPERATION.ALLOCATE, OPERATION.MODIFY, OPERATION.NEGOTIATE]);

/** What the LMA of a PBA limits; undefined = it says nothing. */
export function grantedRates(options: readonly MobilityOption[]): BitRates | undefined {
  const option = find(options, 'qualityOfService');
  if (!option || !GRANTS.has(option.operation)) return undefined;
  const rates = bitRatesOf(option);
  return isUnlimited(rates) ? undefined : rates;
}

/** What this end enforces: the narrower of the profile's and the LMA's. */
export const ratesOf = ({ profile, assigned }: Entry): Rates | undefined => pathRates(narrower(profile?.rates ?? {}, assigned.rates ?? {}));
