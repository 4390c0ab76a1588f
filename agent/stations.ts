/** Which stations may use the access links, from whichever source the configuration names for each: hostapd, ubus, a script, or the first packet. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Mac } from '../protocol/mac.ts';
import type { Millis, Now } from '../protocol/units.ts';
import type { Log } from '../runtime/log.ts';
import type { AccessInterface } from './config.ts';
import type { MagEvent } from './mag/events.ts';
import { checkAccessInterface } from './wifi/accessInterface.ts';
import { firstPacketStations } from './wifi/firstPacketStations.ts';
import { abstractSockets, hostapdStations } from './wifi/hostapdStations.ts';
import { missingSource } from './wifi/missingSource.ts';
import { serveScripted } from './wifi/scriptedControl.ts';
import { scriptedStations } from './wifi/scriptedStations.ts';
import type { StationEvent, StationEvents } from './wifi/stationEvents.ts';
import { UBUS_SOCKETS, ubusSocket } from './wifi/ubusSocket.ts';
import { ubusStations } from './wifi/ubusStations.ts';

export interface Stations {
  start(): Promise<void>;
  /** Was the station admitted, so that its first packet may attach it? */
  mayAttach(device: string, mac: Mac): boolean;
  /** A frame of a station that has no binding on `device`. `elsewhere`: it has one on another access interface, whose station it still is. */
  heard(device: string, mac: Mac, at: Millis, elsewhere: boolean): void;
  deauthenticate(device: string, mac: Mac): void;
  close(): void;
}

export interface StationsOptions {
  readonly interfaces: readonly AccessInterface[];
  /** ubusd's socket, if it is not where OpenWrt has it. */
  readonly ubusSocket?: string | undefined;
  /** Its last frame, as the data path has it: tells a change of access point from a return (inter-AP mobility). */
  readonly lastSeen: (device: string, mac: Mac) => Millis | undefined;
  readonly onEvent: (event: MagEvent) => void;
  readonly onCount: (reason: string) => void;
  readonly log: Log;
  readonly now: () => Now;
}

/** @throws Error in words when an access interface is a BSS itself */
export function openStations({ interfaces, ubusSocket: path, lastSeen, onEvent, onCount, log, now }: StationsOptions): Stations {
  const ubusSockets = path === undefined ? UBUS_SOCKETS : [path];
  /** MAC to identity, `''` without one. Not where anybody may come in: made-up MACs would fill it. */
  const admitted = new Map<string, Map<Mac, string>>(interfaces.filter((i) => !i['first-packet']).map((i) => [i.device, new Map()]));
  const closers: { close(): void }[] = [];
  const clock = {
    now: () => now().at,
    after(delay: number, call: () => void) {
      const timer = setTimeout(call, delay);
      return () => clearTimeout(timer);
    },
  };
  const named = (test: (i: AccessInterface) => boolean): readonly AccessInterface[] => interfaces.filter(test);
  const byHostapd = named((i) => i.hostapd.length > 0);
  const byUbus = named((i) => i.ubus.length > 0);
  const byScript = named((i) => i['scripted-stations'] !== undefined);
  const byPacket = named((i) => i['first-packet']);

  for (const i of [...byHostapd, ...byUbus]) {
    const problem = checkAccessInterface(i.device, [...i.hostapd.map((socket) => basename(socket)), ...i.ubus]);
    if (problem !== undefined) throw new Error(problem);
  }
  const scripted = scriptedStations(byScript.map((i) => i.device), clock);
  const firstPacket = firstPacketStations(byPacket.map((i) => i.device));
  const sources: readonly StationEvents[] = [
    ...(byHostapd.length > 0 ? [hostapdStations({ interfaces: byHostapd.map((i) => ({ interface: i.device, controls: i.hostapd })), open: abstractSockets, clock, onCount })] : []),
    ...(byUbus.length > 0 ? [ubusStations({ interfaces: byUbus.map((i) => ({ interface: i.device, bsses: i.ubus })), open: ubusSocket(ubusSockets), now, onCount })] : []),
    scripted,
    firstPacket,
  ];

  /** Keeps the list of the admitted, and passes on what the MAG acts upon. */
  function told(event: StationEvent): void {
    const known = admitted.get(event.interface);
    switch (event.kind) {
      case 'stationAttached':
        known?.set(event.mac, event.identity ?? '');
        return attach(event.interface, event.mac, event.identity, event.at);
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

  const attach = (device: string, mac: Mac, identity: string | undefined, at: Millis): void => {
    const last = lastSeen(device, mac);
    onEvent({ kind: 'stationAttached', station: { interface: device, mac, ...(identity ? { identity } : {}) }, at, ...(last === undefined ? {} : { lastSeen: last }) });
  };

  return {
    async start() {
      for (const i of interfaces) {
        const missing = missingSource(i, ubusSockets, existsSync);
        if (missing !== undefined) log('warn', missing);
      }
      for (const i of byScript) closers.push(await serveScripted(i['scripted-stations'] as string, scripted));
      for (const source of sources) await source.start(told);
    },
    mayAttach: (device, mac) => byPacket.some((i) => i.device === device) || (admitted.get(device)?.has(mac) ?? false),
    heard(device, mac, at, elsewhere) {
      const identity = admitted.get(device)?.get(mac);
      // Where hostapd tells who comes, a frame on a second interface may be an echo, and moves nobody.
      if (identity !== undefined && !elsewhere) attach(device, mac, identity, at);
      firstPacket.heard(device, mac, at);
    },
    deauthenticate: (device, mac) => {
      for (const source of sources) source.deauthenticate(device, mac);
    },
    close: () => {
      for (const source of [...sources, ...closers]) source.close();
    },
  };
}
