/** The underlay lab for people. Pure. */
import type { Result } from './results.ts';

/** Lines for what was told. */
export function progress(r: Result): string[] {
  switch (r.kind) {
    case 'booted':
      return [`the machine is up, Linux ${r.kernel}`];
    case 'step':
      return [r.what];
    case 'carried':
      return [
        `  attached and roamed twice, both ends switched after ${r.switchedMs.map((ms) => `${Math.round(ms)} ms`).join(', ')}; ${[...r.after.ipv4, ...r.after.ipv6].join(' ')}`,
        `  on the wire: ${r.wire.protected} packets protected; in clear ${r.wire.clearSignalling} of signalling, ${r.wire.clearTunnels} of tunnels`,
      ];
    case 'refused':
      return [`  a home without its keys: ${r.dropped} packets dropped, the session stays with ${r.servedBy}; with them again: ${r.servedByAfter}`];
    case 'failed':
    case 'done':
      return [];
  }
}
