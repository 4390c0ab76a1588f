/** A data path of a simulated home whose phones are counted, not carried: what they sent and got is told to it. */
import { fakePaths } from '../../linux/datapath/fakePaths.ts';
import type { Mac } from '../../protocol/mac.ts';
import type { Millis } from '../../protocol/units.ts';
import { ACCESS, type HomePaths } from '../simulated/home.ts';

export interface QuietPaths extends HomePaths {
  /** The phone's packets passed. False: no path is its. */
  passed(mac: Mac, octets: { readonly up: number; readonly down: number }): boolean;
}

/** @param here which phones the radio hears */
export function quietPaths(here: (mac: Mac) => boolean, now: () => Millis): QuietPaths {
  const fake = fakePaths({ role: 'mag' });
  const byMac = new Map<Mac, number>();
  return {
    ...fake,
    set(path) {
      fake.set(path);
      if (path.access) byMac.set(path.access.mac, path.index);
    },
    lastSeen: (accessInterface, mac) => (accessInterface === ACCESS && here(mac) ? now() : fake.lastSeen(accessInterface, mac)),
    send: () => false,
    passed(mac, { up, down }) {
      const index = byMac.get(mac);
      if (index === undefined || !fake.holds(index)) {
        byMac.delete(mac);
        return false;
      }
      if (up > 0) fake.passed(index, 'up', Math.ceil(up / 1400), up, now());
      if (down > 0) fake.passed(index, 'down', Math.ceil(down / 1400), down, now());
      return true;
    },
    close: () => undefined,
  };
}
