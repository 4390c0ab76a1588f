/**
 * mac80211_hwsim: radios in software, each a phy with the whole mac80211 above it. Who hears whom and how well is set through
 * debugfs: two radios hear each other when their groups have a bit in common, and `rx_rssi` is what the others measure of one.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, runInside } from '../../namespaces.ts';
import { RADIO } from '../../topology.ts';
import type { Plan } from '../../topology.ts';

const DEBUGFS = '/sys/kernel/debug/ieee80211';

/** dBm, as hwsim has it; the transmitter's power (20 dBm) is added. */
export const STRONG = -50;
export const WEAK = -95;

export interface Radios {
  /** Loads the radios and gives each namespace its own as `wlan0`. */
  wire(): void;
  /** From now on the phone and these homes hear each other, and no others. */
  inReach(phone: number, homes: readonly number[]): void;
  /** How strong the home is heard. */
  strength(home: number, dbm: number): void;
}

type Write = (file: string, value: string) => void;

export function simulatedRadios({ homes, phones }: Plan, write: Write = writeFileSync): Radios {
  const stations = [...homes, ...phones];
  const phyOfPhone = (n: number) => homes.length + n - 1;
  const set = (phy: number, what: 'group' | 'rx_rssi', value: bigint | number) => write(join(DEBUGFS, `phy${phy}`, 'hwsim', what), String(value));
  /** Bit 0 is between the homes. */
  const bit = (home: number) => 2 ** home;
  return {
    wire() {
      run(['modprobe', 'mac80211_hwsim', `radios=${stations.length}`]);
      for (const [i, { namespace }] of stations.entries()) {
        run(['iw', 'phy', `phy${i}`, 'set', 'netns', 'name', namespace]);
        if (i > 0) runInside(namespace, ['ip', 'link', 'set', `wlan${i}`, 'name', RADIO]);
      }
      if (!existsSync(join(DEBUGFS, 'phy0', 'hwsim', 'group'))) throw new Error(`there is no ${DEBUGFS}/phy0/hwsim: is debugfs mounted?`);
      for (const { number } of homes) set(number - 1, 'group', 1 + bit(number));
      for (const { number } of phones) set(phyOfPhone(number), 'group', 0);
    },
    inReach: (phone, reached) => set(phyOfPhone(phone), 'group', reached.reduce((bits, home) => bits + bit(home), 0)),
    // The file takes unsigned numbers only.
    strength: (home, dbm) => set(home - 1, 'rx_rssi', BigInt.asUintN(64, BigInt(dbm))),
  };
}
