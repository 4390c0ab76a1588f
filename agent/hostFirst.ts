/** `host-first:` of the agent's configuration: the home's owner comes first, so guests get no more than this, and are no more than so many. */
import * as v from 'valibot';
import type { Rates } from '../protocol/paths.ts';
import { pathRates } from '../protocol/qos.ts';
import { bitRate } from '../runtime/rateConfig.ts';

export const hostFirst = v.optional(
  v.strictObject({
    /** Served at once; who comes next waits for somebody to leave. */
    'maximum-guests': v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
    /** Of all guests together, towards the internet: below the uplink's own. */
    'up-rate': v.optional(bitRate),
    /** Likewise from the internet. What exceeds it has crossed the uplink already, and its senders slow down. */
    'down-rate': v.optional(bitRate),
  }),
  {},
);

type HostFirst = v.InferOutput<typeof hostFirst>;

/** For the data path; undefined = guests get what there is. */
export const guestRates = ({ 'up-rate': up, 'down-rate': down }: HostFirst): Rates | undefined =>
  pathRates({ ...(up === undefined ? {} : { up }), ...(down === undefined ? {} : { down }) });
