/** What the home's owner and the data path allow, whatever the file and the fleet say. */
import type { Problem } from '../../runtime/fleet/messages.ts';
import type { AgentConfig } from '../config.ts';
import type { Judgement } from './desiredState.ts';
import type { Documents } from './ports.ts';
import type { Cap } from './sharing.ts';

/** What cannot change while the agent runs. */
export interface Ability {
  /** Bindings that the data path was made for. */
  readonly bindings: number;
  /** It keeps to rates. */
  readonly polices: boolean;
}

export interface Overlaid extends Omit<Judgement, 'anchored'> {
  readonly config: AgentConfig;
}

/** The configuration that a gateway works with, by its file, the fleet's documents and its owner. */
export type Overlay = (base: AgentConfig, documents: Documents, cap?: Cap, ability?: Ability) => Overlaid;

/** Of a gateway without a fleet, which has no documents (those: overlay.ts). */
export const ownersLimits: Overlay = (base, _, cap = {}, ability) => ({ config: { ...base, ...limitsUnder(base, cap, ability, false, []) }, refused: {}, limited: {} });

type Limits = Pick<AgentConfig, 'max-bindings' | 'host-first'>;

/** @param fleets limits that the fleet set: what is less than those is added to `limited` */
export function limitsUnder(config: AgentConfig, cap: Cap, ability: Ability | undefined, fleets: boolean, limited: Problem[]): Limits {
  const least = (key: keyof Cap): Partial<Record<keyof Cap, number>> => {
    const [wanted, most] = [config['host-first'][key], cap[key]];
    if (most === undefined || (wanted !== undefined && wanted <= most)) return wanted === undefined ? {} : { [key]: wanted };
    if (fleets && wanted !== undefined) limited.push({ path: `host-first.${key}`, reason: "the home's owner allows less", substitution: String(most) });
    return { [key]: most };
  };
  const hostFirst = { ...least('maximum-guests'), ...least('up-rate'), ...least('down-rate') };
  if (fleets && ability && !ability.polices) {
    for (const key of ['up-rate', 'down-rate'] as const) if (hostFirst[key] !== undefined) limited.push({ path: `host-first.${key}`, reason: 'the data path of this gateway keeps to no rates', substitution: 'what there is' });
  }
  const bindings = Math.min(config['max-bindings'], ability?.bindings ?? Infinity);
  if (fleets && bindings < config['max-bindings']) limited.push({ path: 'max-bindings', reason: 'the data path was made for fewer when the agent started', substitution: `${bindings} until it is started anew` });
  return { 'max-bindings': bindings, 'host-first': hostFirst };
}
