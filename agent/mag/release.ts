/** One family goes from a session on our side: the phone gave it back, or the LMA took it. */
import type { Entry } from './binding.ts';
import { announce, closePath, openPath, persist, type Context } from './state.ts';

export function releaseLocally(c: Context, entry: Entry): void {
  const { ipv4: _, ...rest } = entry.assigned;
  entry.assigned = rest;
  if (entry.path && rest.prefixes.length > 0) openPath(c, entry, entry.path.tunnel);
  else closePath(c, entry);
  announce(c, entry);
  persist(c, entry);
}
