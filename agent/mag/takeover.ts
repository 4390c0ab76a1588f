/**
 * Two phones at this gateway with one NAI, and one session between them: the one that came last has it. The LMA says nothing
 * then, since the session stays with its MAG; and the other must not say anything either, because whatever names the session
 * from here is about the session (RFC 5213 §5.4.1.1 (5), the same Proxy-CoA).
 */
import type { Entry } from './binding.ts';
import { byMnId } from './bindingUpdateList.ts';
import { deny } from './registration.ts';
import { closePath, type Context } from './state.ts';

/** An account of one device: before its newest device asks for the session. */
export function supersedeAll(c: Context, entry: Entry): void {
  for (const other of others(c, entry)) supersede(c, other);
}

/** The LMA gave this phone what another one here had: before the path, since nothing may be given twice. */
export function supersedeHolders(c: Context, entry: Entry): void {
  for (const other of others(c, entry)) if (sharesAddress(other, entry)) supersede(c, other);
}

/** If it is still here when the pause is over, it asks for a session of its own, and takes nobody's. */
function supersede(c: Context, other: Entry): void {
  if (other.state.name === 'registering' || other.state.name === 'active') deny(c, other, 'another phone of its account has the session now', { until: 'pause' });
  else closePath(c, other);
}

const others = (c: Context, entry: Entry): Entry[] => byMnId(c.mag.list, entry.profile?.nai ?? '').filter((e) => e !== entry);

function sharesAddress({ assigned: a }: Entry, { assigned: b }: Entry): boolean {
  const prefixes = new Set(b.prefixes.map((p) => p.address));
  return (a.ipv4 !== undefined && a.ipv4.address === b.ipv4?.address) || a.prefixes.some((p) => prefixes.has(p.address));
}
