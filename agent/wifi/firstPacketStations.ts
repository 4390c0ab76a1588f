/**
 * Station events where no hostapd runs on the gateway: its access points stand behind a switch or a controller, which say
 * nothing. Whoever sends is there: the first DHCP message, ARP, NS or RS of a station attaches it, on whichever access
 * interface it comes in. Nothing tells that a station left, so the MAG asks it (discover-mn-detach).
 *
 * It remembers nobody, so made-up MACs cost nothing here: who has a binding the MAG knows, and who calls passes on only frames of others.
 */
import type { Mac } from '../../protocol/mac.ts';
import type { Millis } from '../../protocol/units.ts';
import type { StationEvent, StationEvents } from './stationEvents.ts';

export interface FirstPacketStations extends StationEvents {
  /** A frame came in of a station that has no binding on this access interface; on another it may have, and then it moves. */
  heard(accessInterface: string, mac: Mac, at: Millis): void;
}

export function firstPacketStations(interfaces: readonly string[]): FirstPacketStations {
  let listener: ((event: StationEvent) => void) | undefined;
  return {
    start(onEvent) {
      listener = onEvent;
      // No list: an empty one would say that everybody has left.
      for (const name of interfaces) onEvent({ kind: 'linkUp', interface: name });
    },
    heard(name, mac, at) {
      if (interfaces.includes(name)) listener?.({ kind: 'stationAttached', interface: name, mac, at });
    },
    /** A switch throws nobody out. A station whose session was ended comes back with its next frame, if its profile lets it. */
    deauthenticate: () => undefined,
    close: () => void (listener = undefined),
  };
}
