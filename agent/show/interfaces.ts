/** `show interface summary` and `show route summary`. */
import { tableOf } from '../../linux/datapath/surroundings.ts';
import { interfaceStates, routeSummary, type ShownInterface, type ShownRoutes } from '../../runtime/interfaces.ts';
import { accessInterfaces, type AccessInterface } from '../config.ts';
import { entriesOf } from '../mag/bindingUpdateList.ts';
import type { ShowOptions } from './options.ts';

export interface ShownAccessInterface extends ShownInterface {
  readonly interface: string;
  /** What tells of stations, or that it is no access interface. */
  readonly source: string;
  readonly 'default-profile'?: string;
  /** Stations that the MAG knows, and those among them that have service. */
  readonly stations?: number;
  readonly active?: number;
}

const SOURCES = ['hostapd', 'ubus', 'first-packet', 'scripted-stations'] as const;

/** The first of the configuration's keys that names one. */
const sourceOf = (i: AccessInterface): string => SOURCES.find((name) => name in i && !isEmpty((i as Readonly<Record<string, unknown>>)[name])) ?? 'none';
const isEmpty = (value: unknown): boolean => value === undefined || value === false || (Array.isArray(value) && value.length === 0);

/** The access interfaces, then the uplink. @throws Error in words without the addon */
export function shownInterfaces({ config, mag }: ShowOptions, states: typeof interfaceStates = interfaceStates): ShownAccessInterface[] {
  const access = accessInterfaces(config);
  const all = states([...access.map((i) => i.device), ...(config.uplink === undefined ? [] : [config.uplink])]);
  return all.map((state, n) => {
    const i = access[n];
    if (!i) return { interface: state.device, ...state, source: 'uplink' };
    const stations = entriesOf(mag.list).filter((e) => e.interface === i.device);
    return {
      interface: i.name,
      ...state,
      source: sourceOf(i),
      ...(i['default-profile'] === undefined ? {} : { 'default-profile': i['default-profile'] }),
      stations: stations.length,
      active: stations.filter((e) => e.state.name === 'active').length,
    };
  });
}

/** The main table and the data path's own. @throws Error in words without the addon */
export const shownRoutes = (): ShownRoutes[] => routeSummary(tableOf(0, 'up'));
