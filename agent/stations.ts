/** Which stations may use the access links, from whichever source the configuration names for each: hostapd, a script, or the first packet. */
import { basename } from 'node:path';
import type { Mac } from '../protocol/address.ts';
import type { Now } from '../protocol/units.ts';
import type { Log } from '../runtime/log.ts';
import type { AccessInterface } from './config.ts';
import type { MagEvent } from './mag/events.ts';
import { checkAccessInterface } from './wifi/accessInterface.ts';
import { abstractSockets, hostapdStations } from './wifi/hostapdStations.ts';
import { serveScripted } from './wifi/scriptedControl.ts';
import { scriptedStations } from './wifi/scriptedStations.ts';
import type { StationEvent, StationEvents } from './wifi/stationEvents.ts';

export interface Stations {
  start(): Promise<void>;
  /** Was the station admitted, so that its first packet may attach it? */
  mayAttach(device: string, mac: Mac): boolean;
  /** Does any packet attach here, so that a phone's packet also tells that it came over from another interface? */
  byFirstPacket(device: string): boolean;
  /** What EAP proved, if it ran. */
  identityOf(device: string, mac: Mac): string | undefined;
  deauthenticate(device: string, mac: Mac): void;
  close(): void;
}

export interface StationsOptions {
  readonly interfaces: readonly AccessInterface[];
  readonly onEvent: (event: MagEvent) => void;
  readonly log: Log;
  readonly now: () => Now;
}

/** @throws Error in words when an access interface is a BSS itself */
export function openStations({ interfaces, onEvent, log, now }: StationsOptions): Stations {
  const admitted = new Map<string, Map<Mac, string>>(interfaces.map((i) => [i.device, new Map()]));
  const anybody = new Set(interfaces.filter((i) => i['first-packet']).map((i) => i.device));
  const sources: StationEvents[] = [];
  const closers: { close(): void }[] = [];
  const clock = {
    now: () => now().at,
    after(delay: number, call: () => void) {
      const timer = setTimeout(call, delay);
      return () => clearTimeout(timer);
    },
  };

  const byHostapd = interfaces.filter((i) => i.hostapd.length > 0);
  for (const i of byHostapd) {
    const problem = checkAccessInterface(i.device, i.hostapd.map((path) => basename(path)));
    if (problem !== undefined) throw new Error(problem);
  }
  if (byHostapd.length > 0) sources.push(hostapdStations({ interfaces: byHostapd.map((i) => ({ interface: i.device, controls: i.hostapd })), open: abstractSockets, clock }));
  const byScript = interfaces.filter((i) => i['scripted-stations'] !== undefined);
  const scripted = scriptedStations(byScript.map((i) => i.device), clock);
  if (byScript.length > 0) sources.push(scripted);

  /** Keeps the list of the admitted, and passes on what the MAG acts upon. */
  function told(event: StationEvent): void {
    const known = admitted.get(event.interface);
    switch (event.kind) {
      case 'stationAttached':
        known?.set(event.mac, event.identity ?? '');
        return onEvent({ kind: 'stationAttached', station: { interface: event.interface, mac: event.mac, ...(event.identity === undefined ? {} : { identity: event.identity }) }, at: event.at });
      case 'stationDetached':
        known?.delete(event.mac);
        return onEvent(event);
      case 'stationList':
        known?.clear();
        for (const mac of event.macs) known?.set(mac, event.identities[mac] ?? '');
        return onEvent({ kind: 'stationList', interface: event.interface, macs: event.macs });
      case 'linkDown':
        return log('warn', `no events of stations on ${event.interface}: ${event.reason}`);
      case 'linkUp':
        return log('info', `events of stations come on ${event.interface}`);
    }
  }

  return {
    async start() {
      for (const i of byScript) closers.push(await serveScripted(i['scripted-stations'] as string, scripted));
      for (const source of sources) await source.start(told);
    },
    mayAttach: (device, mac) => anybody.has(device) || (admitted.get(device)?.has(mac) ?? false),
    byFirstPacket: (device) => anybody.has(device),
    identityOf: (device, mac) => admitted.get(device)?.get(mac) || undefined,
    deauthenticate: (device, mac) => {
      for (const source of sources) source.deauthenticate(device, mac);
    },
    close: () => {
      for (const source of [...sources, ...closers]) source.close();
    },
  };
}
