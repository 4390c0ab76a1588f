/** One family goes from a session on our side: the phone gave it back, its profile lost it, or the LMA took it. */
import type { Entry } from './binding.ts';
import { announce, closePath, openPath, persist, type Context } from './state.ts';

export function releaseLocally(c: Context, entry: Entry, family: 'ipv4' | 'ipv6'): void {
  const { ipv4, ...rest } = entry.assigned;
  entry.assigned = family === 'ipv4' ? rest : { ...entry.assigned, prefixes: [] };
  const left = family === 'ipv4' ? rest.prefixes.length > 0 : ipv4 !== undefined;
  if (entry.path && left) openPath(c, entry, entry.path.tunnel);
  else closePath(c, entry);
  announce(c, entry);
  persist(c, entry);
}
