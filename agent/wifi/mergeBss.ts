/**
 * An access interface (a bridge) may stand above several BSSs, one for each radio, and each has a control socket or a ubus
 * object of its own: what they tell is put together, so that a phone that changes the band is not taken for gone.
 */
import type { Mac } from '../../protocol/mac.ts';
import type { Millis } from '../../protocol/units.ts';
import type { StationEvent } from './stationEvents.ts';

/** What a client of hostapd tells of one BSS: hostapd-ctrl's and ubus's reports both are. */
export type BssReport =
  /** Its list follows at once. */
  | { readonly kind: 'up' }
  | { readonly kind: 'attached'; readonly mac: Mac; readonly identity?: string; readonly at: Millis }
  | { readonly kind: 'detached'; readonly mac: Mac; readonly reason: string }
  | { readonly kind: 'list'; readonly stations: readonly { readonly mac: Mac; readonly identity?: string }[] }
  | { readonly kind: 'down'; readonly reason: string }
  | { readonly kind: 'overrun' | 'unknown' };

interface Bss {
  /** Undefined: not heard of yet. */
  up: boolean | undefined;
  /** MAC to identity, `''` without one. */
  readonly stations: Map<Mac, string>;
}

/** One access interface: reports of its BSSs in, events of the whole out. */
export function mergeBss(name: string, count: number, onEvent: (event: StationEvent) => void): (bss: number, report: BssReport) => void {
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
      case 'overrun':
      case 'unknown':
        break;
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
    }
  };
}
