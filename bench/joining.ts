/**
 * How long until everybody is served when 500 stations join one gateway at once, as after a power cut: with profiles of the local
 * list, and with profiles from FreeRADIUS on the same machine. Station events come from the script. The gateway's own record tells
 * when the first station was noticed and when the last binding had its path.
 */
import { aaaAgent, openAaaWorld } from '../lab/aaa/world.ts';
import { APN, scriptSocket } from '../lab/configuration.ts';
import { crowdMac, joinAll } from '../lab/crowd.ts';
import { startPmip } from '../lab/pmip.ts';
import { stationScript } from '../lab/stationScript.ts';
import type { Mac } from '../protocol/mac.ts';
import type { Millis } from '../protocol/units.ts';
import { summary } from './statistics.ts';
import type { Summary } from './statistics.ts';

export interface JoiningResult {
  readonly stations: number;
  /** To the last binding, over the runs. */
  readonly localMs: Summary;
  readonly radiusMs: Summary;
}

export const STATIONS = 500;
const JOIN: Millis = 60_000;

type Profiles = 'local' | 'radius';

export async function benchJoining(prefix: string, runs: number): Promise<JoiningResult> {
  const macs = Array.from({ length: STATIONS }, (_, i) => crowdMac(i + 1));
  return { stations: STATIONS, localMs: summary(await join(prefix, macs, 'local', runs)), radiusMs: summary(await join(prefix, macs, 'radius', runs)) };
}

const nai = (number: number): string => `subscriber${number + 1}@bench.example`;

/** A new world for each run: neither end knows anybody, and no profile is cached. */
async function join(prefix: string, macs: readonly Mac[], profiles: Profiles, runs: number): Promise<Millis[]> {
  const took: Millis[] = [];
  for (let run = 0; run < runs; run++) {
    const stations = profiles === 'radius' ? macs.map((mac, i) => ({ mac, reply: [`Mobile-Node-Identifier = "${nai(i)}"`, `Service-Selection = "${APN}"`] })) : [];
    const world = await openAaaWorld({ homes: 1, phones: 1, delayMs: 0, prefix }, { stations });
    try {
      const local = { profiles: macs.map((mac, i) => ({ nai: nai(i), 'l2-addr': mac, apn: APN })) };
      const pmip = await startPmip(world, { stations: 'script', agent: () => (profiles === 'radius' ? aaaAgent() : local) });
      const script = await stationScript(scriptSocket(world.folder, world.home(1)));
      took.push((await joinAll(pmip, 1, script, macs, macs.length, JOIN)).lastBinding);
      script.close();
    } finally {
      await world.close();
    }
  }
  return took;
}
