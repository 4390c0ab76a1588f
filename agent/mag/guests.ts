/** How many guests a home has room for. */
import type { Entry } from './binding.ts';
import { entriesOf } from './bindingUpdateList.ts';
import type { Context } from './state.ts';

const SERVED: ReadonlySet<Entry['state']['name']> = new Set(['active', 'registering', 'waiting']);

/** Why the phone is not to be served here now: the home has as many guests as it wants. Who is served stays. */
export function homeIsFull(c: Context, entry: Entry): string | undefined {
  const { maximumGuests } = c.mag.config;
  if (maximumGuests === undefined || entry.state.name === 'active') return undefined;
  const others = entriesOf(c.mag.list).filter((e) => e !== entry && SERVED.has(e.state.name)).length;
  return others < maximumGuests ? undefined : `this home serves ${maximumGuests} guests at once, and they are here`;
}
