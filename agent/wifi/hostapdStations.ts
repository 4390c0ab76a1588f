/**
 * Station events from hostapd. An access interface (a bridge) may stand above several BSSs, one for each radio, and each has
 * a control socket of its own: what they tell is put together, so that a phone that changes the band is not taken for gone.
 */
import { hostapdClient } from 'hostapd-ctrl';
import type { Clock, HostapdClient, OpenSocket, Report } from 'hostapd-ctrl';
import type { Mac } from '../../protocol/address.ts';
import { unixDatagram } from '../../linux/sockets/unixDatagram.ts';
import type { StationEvent, StationEvents } from './stationEvents.ts';

export interface HostapdStationsOptions {
  readonly interfaces: readonly {
    /** The bridge or macvlan above the radios. */
    readonly interface: string;
    /** Control sockets of its BSSs: `/var/run/hostapd/wlan0`. */
    readonly controls: readonly string[];
  }[];
  readonly open: OpenSocket;
  readonly clock: Clock;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(delay, call) {
    const timer = setTimeout(call, delay);
    return () => clearTimeout(timer);
  },
};

let opened = 0;

/** Sockets under names of their own in the abstract name space: hostapd needs no rights to answer, wherever it is confined. */
export const abstractSockets: OpenSocket = (peer, onMessage, onError) => unixDatagram({ path: `@roamstead-${process.pid}-${++opened}`, peer, onMessage, onError });

/** Sockets as files in `folder`, for a hostapd in another network namespace or without root (uid 101 on OpenWrt). */
export const fileSockets =
  (folder: string, owner?: { readonly uid: number; readonly gid: number }): OpenSocket =>
  (peer, onMessage, onError) =>
    unixDatagram({ path: `${folder}/roamstead-${process.pid}-${++opened}`, peer, mode: 0o660, ...(owner ? { owner } : {}), onMessage, onError });

export function hostapdStations({ interfaces, open, clock }: HostapdStationsOptions): StationEvents {
  const clients = new Map<string, HostapdClient[]>();
  return {
    start(onEvent) {
      for (const { interface: name, controls } of interfaces) {
        const merged = mergeBss(name, controls.length, onEvent);
        clients.set(name, controls.map((path, bss) => hostapdClient({ path, open, clock, onReport: (report) => merged(bss, report) })));
      }
    },
    deauthenticate: (name, mac) => clients.get(name)?.forEach((client) => client.deauthenticate(mac)),
    close: () => [...clients.values()].flat().forEach((client) => client.close()),
  };
}

interface Bss {
  /** Undefined: not heard of yet. */
  up: boolean | undefined;
  /** MAC to identity, `''` without one. */
  readonly stations: Map<Mac, string>;
}

/** One access interface: reports of its BSSs in, events of the whole out. */
export function mergeBss(name: string, count: number, onEvent: (event: StationEvent) => void): (bss: number, report: Report) => void {
  const all: Bss[] = Array.from({ length: count }, () => ({ up: undefined, stations: new Map() }));
  let up = false;
  let told = false;

  function link(reason: string): void {
    const now = all.some((bss) => bss.up);
    if (now && !up) onEvent({ kind: 'linkUp', interface: name });
    // At the start nothing is said before the last BSS has been heard of.
    if (!now && (up || !told) && all.every((bss) => bss.up === false)) onEvent({ kind: 'linkDown', interface: name, reason });
    told ||= all.every((bss) => bss.up !== undefined);
    up = now;
  }

  function tellList(): void {
    // A BSS that has not told its list yet would make its stations look gone.
    if (!up || all.some((bss) => bss.up === undefined)) return;
    const identities = Object.fromEntries(all.flatMap((bss) => [...bss.stations].filter(([, identity]) => identity !== '')));
    const macs = [...new Set(all.flatMap((bss) => [...bss.stations.keys()]))];
    onEvent({ kind: 'stationList', interface: name, macs, identities });
  }

  return (index, report) => {
    const bss = all[index] as Bss;
    switch (report.kind) {
      case 'up':
        break; // its list follows at once
      case 'down':
        bss.up = false;
        bss.stations.clear();
        link(report.reason);
        tellList();
        break;
      case 'list':
        bss.up = true;
        bss.stations.clear();
        for (const { mac, identity = '' } of report.stations) bss.stations.set(mac, identity);
        link('');
        tellList();
        break;
      case 'attached': {
        const { mac, at, identity } = report;
        for (const other of all) if (other !== bss) other.stations.delete(mac);
        bss.stations.set(mac, identity ?? '');
        onEvent({ kind: 'stationAttached', interface: name, mac, at, ...(identity === undefined ? {} : { identity }) });
        break;
      }
      case 'detached':
        // Not if it is on another BSS by now: the old entry of a phone that changed the band ends late.
        if (bss.stations.delete(report.mac) && !all.some((other) => other.stations.has(report.mac)))
          onEvent({ kind: 'stationDetached', interface: name, mac: report.mac, reason: report.reason });
        break;
      case 'unknown':
        break;
    }
  };
}
