/** `show ipv6 mobile pmipv6 mag neighbours`: homes of the community within earshot, the strongest first. */
import type { ShowOptions } from './options.ts';

export interface ShownNeighbour {
  readonly bssid: string;
  readonly ssid: string;
  readonly channel: number;
  /** MHz */
  readonly frequency: number;
  /** dBm */
  readonly signal: number;
  readonly 'last-seen': string;
}

export const shownNeighbours = ({ neighbours }: ShowOptions): readonly ShownNeighbour[] =>
  neighbours().map(({ bssid, ssid, channel, frequency, signal, lastSeen }) => ({ bssid, ssid, channel, frequency, signal, 'last-seen': new Date(lastSeen).toISOString() }));
