/** Looks around now and then, far from any handover, and keeps the list of neighbouring homes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Mac } from '../../../protocol/mac.ts';
import type { Millis, UnixMillis } from '../../../protocol/units.ts';
import type { Log } from '../../../runtime/log.ts';
import { iwSurvey, runProgram } from './iwSurvey.ts';
import { loadNodeWifi, networkManagerSurvey } from './networkManagerSurvey.ts';
import { neighbourList, type Neighbour, type NeighbourSurvey } from './neighbours.ts';
import { loadNeighbours, storeNeighbours } from './store.ts';

export interface SurveyConfig {
  /** An interface of the radio. */
  readonly interface: string;
  /** Seconds between two looks. */
  readonly interval: number;
  readonly ssid: string | readonly string[];
  readonly source: 'auto' | 'network-manager' | 'iw';
  readonly scan: boolean;
  /** Seconds after which a neighbour that is not heard is none. */
  readonly keep: number;
}

export interface Survey {
  /** The strongest first. */
  neighbours(): readonly Neighbour[];
  close(): void;
}

export interface SurveyOptions {
  readonly config: SurveyConfig;
  readonly folder: string;
  readonly now: () => UnixMillis;
  readonly log: Log;
  readonly onCount: (reason: string) => void;
  /** Another than the configuration asks for. */
  readonly survey?: NeighbourSurvey;
  readonly own?: () => ReadonlySet<Mac>;
}

/** After the start the router has better things to do. */
const FIRST_LOOK: Millis = 10_000;

export function openSurvey({ config, folder, now, log, onCount, survey = surveyOf(config), own = ownAddresses }: SurveyOptions): Survey {
  const list = neighbourList({ ssids: [config.ssid].flat(), own, keep: config.keep * 1000 });
  let timer: NodeJS.Timeout;
  let closed = false;
  let lastProblem: string | undefined;

  async function look(): Promise<void> {
    let problem: string | undefined;
    try {
      const heard = await survey.look();
      if (!closed && list.hear(heard, now())) storeNeighbours(folder, list.all(now()));
    } catch (e) {
      problem = (e as Error).message;
      onCount('site survey failed');
    }
    if (closed) return;
    // Once, not at each look.
    if (problem !== undefined && problem !== lastProblem) log('warn', `no survey of neighbouring homes on ${config.interface}: ${problem}; tried again every ${config.interval} s`);
    lastProblem = problem;
    plan(config.interval * 1000);
  }
  function plan(delay: Millis): void {
    timer = setTimeout(() => void look(), delay);
    timer.unref();
  }

  list.restore(loadNeighbours(folder), now());
  plan(Math.min(FIRST_LOOK, config.interval * 1000));
  return {
    neighbours: () => list.all(now()),
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

/** There while NetworkManager runs. */
const NETWORK_MANAGER = '/run/NetworkManager';

function surveyOf({ interface: device, source, scan }: SurveyConfig): NeighbourSurvey {
  const byIw = iwSurvey({ device, scan, run: runProgram });
  const byNetworkManager = networkManagerSurvey({ device, load: loadNodeWifi });
  if (source !== 'auto') return source === 'iw' ? byIw : byNetworkManager;
  return firstThatWorks([...(existsSync(NETWORK_MANAGER) ? [byNetworkManager] : []), byIw]);
}

/** In turn; if none works, all reasons. */
export function firstThatWorks(surveys: readonly NeighbourSurvey[]): NeighbourSurvey {
  return {
    async look() {
      const reasons: string[] = [];
      for (const survey of surveys) {
        try {
          return await survey.look();
        } catch (e) {
          reasons.push((e as Error).message);
        }
      }
      throw new Error(reasons.join('; '));
    },
  };
}

/** Of this machine's radios: each BSS has an interface of its own. */
export const ownBssids = (folder = '/sys/class/net'): ReadonlySet<Mac> => addressesIn(folder, (name) => existsSync(`${folder}/${name}/phy80211`));

/** MACs of this machine's interfaces, its BSSIDs among them. */
export const ownAddresses = (folder = '/sys/class/net'): ReadonlySet<Mac> => addressesIn(folder, () => true);

function addressesIn(folder: string, wanted: (name: string) => boolean): ReadonlySet<Mac> {
  const read = (name: string): Mac[] => {
    try {
      return [readFileSync(`${folder}/${name}/address`, 'utf8').trim()];
    } catch {
      return []; // gone since, or without an address
    }
  };
  return new Set(existsSync(folder) ? readdirSync(folder).filter(wanted).flatMap(read) : []);
}
