/** "Sample Output for the show ipv6 mobile pmipv6 mag binding Command" of the seed, line for line. */
import type { ShownBinding } from '../../agent/show/binding.ts';
import { printable } from '../../runtime/log.ts';

const RULE = '-----';

const rate = (bitsPerSecond: number | undefined): string => (bitsPerSecond === undefined ? 'unlimited' : `${bitsPerSecond} bit/s`);

export function magBindings(all: readonly ShownBinding[]): string {
  const lines = [`Total number of bindings: ${all.length}`, RULE];
  for (const b of all) {
    lines.push(
      `[Binding][MN]: Domain: ${b.domain}, Nai: ${b.mnnai}`,
      `  [Binding][MN]: State: ${b.state.toUpperCase()}${b.reason === undefined ? '' : ` (${b.reason})`}`,
      `  [Binding][MN]: Interface: ${b.phyintf}`,
      `  [Binding][MN]: Hoa: ${b.hoa ?? '0.0.0.0'}, att: ${b.att}, llid: ${b.llid}`,
      `  [Binding][MN]: HNP: ${b.hnps.length === 0 ? '0' : b.hnps.join(', ')}`,
      `  [Binding][MN][LMA]: Id: ${b['peer-id'] ?? '-'}`,
      `  [Binding][MN][LMA]: lifetime: ${b.lifetime}`,
      `  [Binding][MN][GREKEY]: Upstream: ${b['up-stream-grekey'] ?? 0}, Downstream: ${b['down-stream-grekey']}`,
    );
    const { 'max-ul-rate': up, 'max-dl-rate': down, upPoliced = '0', downPoliced = '0' } = b;
    if (up !== undefined || down !== undefined || upPoliced !== '0' || downPoliced !== '0') lines.push(`  [Binding][MN][QOS]: Upstream: ${rate(up)}, Downstream: ${rate(down)}, dropped: ${upPoliced} up, ${downPoliced} down`);
  }
  return lines.map((line) => `${printable(line)}\n`).join('');
}
