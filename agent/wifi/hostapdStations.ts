/** Station events from hostapd's control sockets, one for each BSS below an access interface. */
import { hostapdClient } from 'hostapd-ctrl';
import type { Clock, HostapdClient, OpenSocket, Report } from 'hostapd-ctrl';
import { unixDatagram } from '../../linux/sockets/unixDatagram.ts';
import { mergeBss } from './mergeBss.ts';
import type { StationEvents } from './stationEvents.ts';

export interface HostapdStationsOptions {
  readonly interfaces: readonly {
    /** The bridge or macvlan above the radios. */
    readonly interface: string;
    /** Control sockets of its BSSs: `/var/run/hostapd/wlan0`. */
    readonly controls: readonly string[];
  }[];
  readonly open: OpenSocket;
  readonly clock: Clock;
  readonly onCount?: (reason: string) => void;
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

export function hostapdStations({ interfaces, open, clock, onCount }: HostapdStationsOptions): StationEvents {
  const clients = new Map<string, HostapdClient[]>();
  return {
    start(onEvent) {
      for (const { interface: name, controls } of interfaces) {
        const merged = mergeBss(name, controls.length, onEvent);
        const told = (bss: number, report: Report): void => {
          if (report.kind === 'overrun') onCount?.('hostapd: more events than could be looked into, the station list read instead');
          merged(bss, report);
        };
        clients.set(name, controls.map((path, bss) => hostapdClient({ path, open, clock, onReport: (report) => told(bss, report) })));
      }
    },
    deauthenticate: (name, mac) => clients.get(name)?.forEach((client) => client.deauthenticate(mac)),
    close: () => [...clients.values()].flat().forEach((client) => client.close()),
  };
}
