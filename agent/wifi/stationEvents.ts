/** Who comes and goes on the access links: the port that the MAG's shell listens to, whatever tells it (hostapd, a script). */
import type { Mac } from '../../protocol/mac.ts';
import type { Millis } from '../../protocol/units.ts';

export type StationEvent =
  /** May use the access link since `at`; comes again when a station comes back without having left. */
  | { readonly kind: 'stationAttached'; readonly interface: string; readonly mac: Mac; readonly identity?: string; readonly at: Millis }
  | { readonly kind: 'stationDetached'; readonly interface: string; readonly mac: Mac; readonly reason: string }
  /**
   * All stations of the interface, at the start and after every gap in the events. Who is on it may have walked away without
   * a word; who is not on it has left. `identities` holds what EAP proved, by MAC.
   */
  | { readonly kind: 'stationList'; readonly interface: string; readonly macs: readonly Mac[]; readonly identities: Readonly<Record<Mac, string>> }
  /** No events come from this interface until `linkUp`, which a `stationList` follows. */
  | { readonly kind: 'linkDown'; readonly interface: string; readonly reason: string }
  | { readonly kind: 'linkUp'; readonly interface: string };

export interface StationEvents {
  /** Begins to tell; once only. Never fails for want of an access point: that is a `linkDown`. */
  start(onEvent: (event: StationEvent) => void): Promise<void> | void;
  /** Throws a station out; `stationDetached` follows if it was there. */
  deauthenticate(accessInterface: string, mac: Mac): void;
  /** No event comes after this. */
  close(): void;
}
