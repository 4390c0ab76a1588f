/** Room for stations: whoever makes MACs up must not cost memory, nor a phone its place. */
import type { BindingUpdateList } from './mag/bindingUpdateList.ts';
import type { MagEvent } from './mag/events.ts';

export interface AdmissionOptions {
  readonly list: Pick<BindingUpdateList, 'byMac'>;
  readonly most: () => number;
  /** The home's owner lets nobody in for now. */
  readonly paused: () => boolean;
  readonly feed: (event: MagEvent) => void;
  readonly onCount: (reason: string) => void;
}

/** Feeds the event unless it is of a new station for which there is no room; one that was refused makes way. */
export function admission({ list: { byMac }, most, paused, feed, onCount }: AdmissionOptions): (event: MagEvent) => void {
  function roomFor(event: MagEvent): boolean {
    if (event.kind !== 'stationAttached' && event.kind !== 'wantBinding') return true;
    if (byMac.has(event.station.mac) || byMac.size < most()) return true;
    const refused = [...byMac.values()].find((e) => e.state.name === 'denied');
    if (refused) feed({ kind: 'stationDetached', interface: refused.interface, mac: refused.mac, reason: 'another station needs its place' });
    return byMac.size < most();
  }
  return (event) => {
    if (paused() && (event.kind === 'stationAttached' || event.kind === 'wantBinding')) onCount('station while sharing is paused');
    else if (roomFor(event)) feed(event);
    else onCount('station beyond max-bindings');
  };
}
