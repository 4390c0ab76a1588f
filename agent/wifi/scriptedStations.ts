/** Station events by command instead of by radio: for simulations, and for benchmarks that are not to measure EAP. */
import type { Mac } from '../../protocol/mac.ts';
import type { Millis } from '../../protocol/units.ts';
import type { StationEvent, StationEvents } from './stationEvents.ts';

/** Each call returns undefined, or why it makes no sense on the access point as it is. */
export interface ScriptedStations extends StationEvents {
  attach(accessInterface: string, mac: Mac, identity?: string): string | undefined;
  detach(accessInterface: string, mac: Mac, reason?: string): string | undefined;
  /** The station is gone and nobody is told, as when events are lost: only `resync` shows it. */
  vanish(accessInterface: string, mac: Mac): string | undefined;
  resync(accessInterface: string): string | undefined;
  /** Its stations are gone with it. */
  linkDown(accessInterface: string, reason?: string): string | undefined;
  linkUp(accessInterface: string): string | undefined;
}

interface AccessPoint {
  up: boolean;
  /** MAC to identity, `''` without one. */
  readonly stations: Map<Mac, string>;
}

/** The state outlives `start`: stations that attach before are on the first list. */
export function scriptedStations(interfaces: readonly string[], clock: { now(): Millis }): ScriptedStations {
  const points = new Map<string, AccessPoint>(interfaces.map((name) => [name, { up: true, stations: new Map() }]));
  let listener: ((event: StationEvent) => void) | undefined;
  const tell = (event: StationEvent): void => listener?.(event);

  function tellList(name: string, { stations }: AccessPoint): void {
    tell({ kind: 'stationList', interface: name, macs: [...stations.keys()], identities: Object.fromEntries([...stations].filter(([, identity]) => identity !== '')) });
  }

  /** Runs `work` on an access point that is there and up, if nothing speaks against it. */
  function onPoint(name: string, work: (point: AccessPoint) => string | void): string | undefined {
    const point = points.get(name);
    if (!point) return `there is no access interface ${name}; known: ${[...points.keys()].join(', ')}`;
    if (!point.up) return `the access interface ${name} is down`;
    return work(point) ?? undefined;
  }

  function drop(point: AccessPoint, name: string, mac: Mac): string | undefined {
    return point.stations.delete(mac) ? undefined : `the station ${mac} is not on ${name}`;
  }

  return {
    attach: (name, mac, identity) =>
      onPoint(name, ({ stations }) => {
        stations.set(mac, identity ?? '');
        tell({ kind: 'stationAttached', interface: name, mac, at: clock.now(), ...(identity === undefined ? {} : { identity }) });
      }),
    detach: (name, mac, reason = 'the script says so') =>
      onPoint(name, (point) => {
        const refused = drop(point, name, mac);
        if (refused === undefined) tell({ kind: 'stationDetached', interface: name, mac, reason });
        return refused;
      }),
    vanish: (name, mac) => onPoint(name, (point) => drop(point, name, mac)),
    resync: (name) => onPoint(name, (point) => tellList(name, point)),
    linkDown: (name, reason = 'the script says so') =>
      onPoint(name, (point) => {
        point.up = false;
        point.stations.clear();
        tell({ kind: 'linkDown', interface: name, reason });
      }),
    linkUp(name) {
      const point = points.get(name);
      if (!point || point.up) return point ? `the access interface ${name} is up already` : onPoint(name, () => undefined);
      point.up = true;
      tell({ kind: 'linkUp', interface: name });
      tellList(name, point);
      return undefined;
    },
    start(onEvent) {
      listener = onEvent;
      for (const [name, point] of points) {
        tell(point.up ? { kind: 'linkUp', interface: name } : { kind: 'linkDown', interface: name, reason: 'down at the start' });
        if (point.up) tellList(name, point);
      }
    },
    deauthenticate: (name, mac) =>
      void onPoint(name, (point) => {
        if (point.stations.delete(mac)) tell({ kind: 'stationDetached', interface: name, mac, reason: 'deauthenticated' });
      }),
    close: () => void (listener = undefined),
  };
}
