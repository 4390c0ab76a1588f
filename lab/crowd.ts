/** Many stations at one gateway at once, announced by the script: their MACs, and how long it takes until the last has its binding. */
import type { Mac } from '../protocol/mac.ts';
import type { Millis } from '../protocol/units.ts';
import type { Pmip } from './pmip.ts';
import { until } from './processes.ts';
import type { StationScript } from './stationScript.ts';
import { ACCESS } from './topology.ts';

export const crowdMac = (n: number): Mac => `02:dd:00:00:${(n >>> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`;

export interface Joining {
  /** From the first station's association to the last binding with its path, by the gateway's own record. */
  readonly lastBinding: Millis;
}

/**
 * @param home where the script's socket is @param macs the stations, announced without a pause
 * @param entitled how many of them will get a binding @throws LabError when they do not in time
 */
export async function joinAll(pmip: Pmip, home: number, script: StationScript, macs: readonly Mac[], entitled: number, timeout: Millis): Promise<Joining> {
  const from = pmip.transitions.length;
  const ours = new Set(macs);
  await Promise.all(macs.map((mac) => script.attach(ACCESS, mac)));
  const bound = () => pmip.transitions.slice(from).filter((t) => t.home === home && t.to === 'active' && t.from !== 'active' && ours.has(t.linkLayerId ?? ''));
  const all = await until(`${entitled} bindings`, timeout, () => {
    const active = bound();
    return active.length >= entitled && active;
  });
  const begun = Math.min(...all.map((t) => t.stages?.['associated'] ?? t.at));
  return { lastBinding: Math.max(...all.map((t) => Math.max(t.at, t.stages?.['pathsSwitched'] ?? t.at))) - begun };
}
