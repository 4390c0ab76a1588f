import { live } from '../../lib/live.ts';

/** What an entry is about: a home by its name. */
export const nameOf = (target: string): string => live.homes.value.get(target)?.name ?? target;
