/** What the data path tells sessions apart by: one of each for all services that share a data path. */
import type { LmaVariables } from './config.ts';
import { GreKeys } from './greKeys.ts';
import { NumberPool } from './numberPool.ts';

export interface Numbers {
  readonly keys: GreKeys;
  readonly indexes: NumberPool;
}

/** Counters are kept under a path's index: it comes back no sooner than whoever reads them has looked. */
const INDEX_REST = 60_000;

/** Indexes that rest after use come on top of those in use. */
const RESTING = 1024;

/** Every path's index is below this. `all`: of the services that share the numbers. */
export const pathLimit = (all: readonly LmaVariables[]): number => all.reduce((sum, v) => sum + v.maximumBindings, RESTING);

export const createNumbers = (all: readonly LmaVariables[], random32: () => number): Numbers => ({
  keys: new GreKeys(random32, Math.max(...all.map((v) => v.minDelayBeforeBceDelete))),
  indexes: new NumberPool({ size: pathLimit(all), reserved: new Set([0]), order: 'dense', rest: INDEX_REST }),
});
