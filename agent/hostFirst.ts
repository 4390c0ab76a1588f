/** `host-first:` of the agent's configuration: the home's owner comes first. */
import * as v from 'valibot';
import type { Rates } from '../protocol/paths.ts';
import { pathRates } from '../protocol/qos.ts';
import { hostFirstEntries } from '../runtime/fleet/documents.ts';

export const hostFirst = v.optional(v.partial(v.strictObject(hostFirstEntries)), {});

type HostFirst = v.InferOutput<typeof hostFirst>;

/** For the data path; undefined = guests get what there is. */
export const guestRates = ({ 'up-rate': up, 'down-rate': down }: HostFirst): Rates | undefined =>
  pathRates({ ...(up === undefined ? {} : { up }), ...(down === undefined ? {} : { down }) });
