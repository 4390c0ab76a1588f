/** Frames and requests of stations, on their way to the MAG: who may attach does, whoever is known is present, the rest is counted. */
import type { Mac } from '../protocol/mac.ts';
import type { Millis } from '../protocol/units.ts';
import type { Wish } from './conversations.ts';
import type { BindingUpdateList } from './mag/bindingUpdateList.ts';
import type { MagEvent } from './mag/events.ts';
import type { Stations } from './stations.ts';

export interface ArrivalsOptions {
  readonly list: Pick<BindingUpdateList, 'byMac'>;
  readonly stations: () => Pick<Stations, 'mayAttach' | 'heard'>;
  readonly feed: (event: MagEvent) => void;
  /** As `feed`, if there is room for another station. */
  readonly admit: (event: MagEvent) => void;
  readonly onCount: (reason: string) => void;
}

export interface Arrivals {
  /** Any frame is presence; of the first one of somebody without a binding here, the source of stations makes what it knows. */
  noticed(device: string, mac: Mac, at: Millis): void;
  /** What the phone asks for by DHCP or a router solicitation. */
  wish(device: string, wish: Wish): void;
}

export function createArrivals({ list, stations, feed, admit, onCount }: ArrivalsOptions): Arrivals {
  return {
    noticed(device, mac, at) {
      const known = list.byMac.get(mac);
      if (known?.interface === device) return feed({ kind: 'seen', mac, at });
      // Where its binding is it may be no station any more: it went over while nobody told of it.
      stations().heard(device, mac, at, known !== undefined && stations().mayAttach(known.interface, mac));
    },
    wish(device, wish) {
      if (wish.kind !== 'wantBinding') return feed(wish);
      if (!stations().mayAttach(device, wish.mac)) return onCount('request of a station that is not authorized');
      const { mac, clientId, wantedAddress } = wish;
      admit({ kind: 'wantBinding', station: { interface: device, mac, ...(clientId === undefined ? {} : { clientId }) }, ...(wantedAddress === undefined ? {} : { wantedIpv4: wantedAddress }) });
    },
  };
}
