/** How full this anchor is (RFC 6463 §4.3). */
import type { OptionNamed } from '../../protocol/mobility/options.ts';
import type { Lma } from './state.ts';

/** 0 to 1: bindings of those that there may be. */
export const loadOf = (lma: Lma): number => lma.cache.size / lma.config.variables.maximumBindings;

/** Lower is better; our priority is the load in percent. How much traffic passes is not known here: capacities are 0. */
export const loadInformation = (lma: Lma): OptionNamed<'loadInformation'> => ({
  kind: 'loadInformation',
  priority: Math.round(loadOf(lma) * 100),
  sessionsInUse: lma.cache.size,
  maximumSessions: lma.config.variables.maximumBindings,
  usedCapacity: 0,
  maximumCapacity: 0,
});
