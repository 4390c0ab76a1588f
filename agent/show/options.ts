/** What `show` is answered from. */
import type { Paths } from '../../protocol/paths.ts';
import type { Now } from '../../protocol/units.ts';
import type { Counters } from '../../runtime/counters.ts';
import type { Traces } from '../../runtime/traces.ts';
import type { Shown } from '../../runtime/identities.ts';
import { accessInterfaces, type AgentConfig } from '../config.ts';
import type { Mag } from '../mag/mag.ts';
import type { Neighbour } from '../wifi/survey/neighbours.ts';
import type { Leases } from './leases.ts';
import type { MagStatistics } from './statistics.ts';

export interface ShowOptions {
  readonly config: AgentConfig;
  readonly mag: Mag;
  readonly paths: Paths;
  /** Why an active binding has no path. */
  readonly fault: (index: number) => string | undefined;
  readonly counters: Counters;
  readonly statistics: MagStatistics;
  readonly leases: Leases;
  readonly traces: Traces;
  /** What the site survey heard; nobody without one. */
  readonly neighbours: () => readonly Neighbour[];
  readonly shown: Shown;
  readonly now: () => Now;
  readonly retryDenied: () => void;
}

/** The name that the configuration gives an access interface. */
export const interfaceName = (config: AgentConfig, device: string): string => accessInterfaces(config).find((i) => i.device === device)?.name ?? device;

/** JSON has no big integers. */
export const strings = (record: Readonly<Record<string, bigint>>): Record<string, string> => Object.fromEntries(Object.entries(record).map(([k, n]) => [k, n.toString()]));
