/** Our own processes in the lab: `roamstead lma` and one `roamstead agent` per home, and what they say on their control sockets. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mac } from '../protocol/mac.ts';
import { describeTransition, type Transition } from '../protocol/entity.ts';
import type { Millis, UnixMillis } from '../protocol/units.ts';
import { ask, subscribe } from '../runtime/control.ts';
import { agentConfig, agentSocket, lmaConfig, lmaSocket } from './configuration.ts';
import type { Variation } from './configuration.ts';
import type { Stages } from './handover.ts';
import { LabError } from './namespaces.ts';
import { roamstead } from './paths.ts';
import { until } from './processes.ts';
import type { LabProcess } from './processes.ts';
import type { World } from './world.ts';

export interface Arrival {
  readonly wall: UnixMillis;
  /** CLOCK_MONOTONIC: when the agent noticed the phone. */
  readonly associatedAt: Millis;
  readonly stages: Stages;
}

/** A transition with the home it happened at; 0 is the LMA. */
export interface Seen extends Transition {
  readonly home: number;
}

export interface Pmip {
  /** Every transition since the start, in the order in which it was heard. */
  readonly transitions: readonly Seen[];
  startLma(): Promise<LabProcess>;
  startAgent(home: number): Promise<LabProcess>;
  /** `home` 0 asks the LMA. */
  ask(home: number, command: string): Promise<unknown>;
  /** Runs `move` and resolves when the home's agent has registered the phone and switched. */
  arrival(home: number, mac: Mac, move: () => Promise<void>): Promise<Arrival>;
  /** Runs `move` and resolves when the home's agent has let the phone go. */
  departure(home: number, mac: Mac, move: () => Promise<void>): Promise<void>;
  /** The first transition after `from` (an index into `transitions`) that satisfies the test. */
  heard(what: string, from: number, test: (t: Seen) => boolean, timeoutMs?: number): Promise<Seen>;
}

const READY_MS = 10_000;
const HANDOVER_MS = 15_000;
/** Transitions that the error of one that did not come tells. */
const LAST_TOLD = 12;

export async function startPmip(world: World, variation: Variation = {}): Promise<Pmip> {
  const { folder, plan } = world;
  const transitions: Seen[] = [];
  const remember = (home: number) => (event: unknown) => {
    if ((event as Transition).kind === 'transition') transitions.push({ ...(event as Transition), home });
  };

  async function launch(home: number, name: string, namespace: string, command: string, config: string, socket: string, changed = (argv: readonly string[]): readonly string[] => argv): Promise<LabProcess> {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, config);
    const begun = world.processes.get(name)?.log().length ?? 0;
    const p = world.spawn({ name, namespace, argv: changed([process.execPath, roamstead, command, '--config', file]) });
    await until(`${name} to be ready (see ${p.logFile})`, READY_MS, () => {
      if (!p.running()) throw new LabError(`${name} ended: ${p.log().slice(begun).trim()}`);
      return p.log().slice(begun).includes(' is ready');
    });
    await subscribe(socket, remember(home), () => undefined).begun;
    return p;
  }

  const heard: Pmip['heard'] = async (what, from, test, timeoutMs = HANDOVER_MS) => {
    try {
      return await until(what, timeoutMs, () => transitions.slice(from).find(test));
    } catch (error) {
      const last = transitions.slice(-LAST_TOLD).map((t) => `${new Date(t.wall).toISOString()} ${t.home === 0 ? 'lma' : `home ${t.home}`}: ${describeTransition(t)}`);
      throw new LabError(`${(error as Error).message}; ${transitions.length - from} transitions since, the last of all:\n${last.join('\n')}`, { cause: error });
    }
  };

  const pmip: Pmip = {
    transitions,
    startLma: () => launch(0, 'lma', plan.lma.namespace, 'lma', lmaConfig(folder, plan, variation), lmaSocket(folder)),
    startAgent(number) {
      const home = world.home(number);
      return launch(number, `agent${number}`, home.namespace, 'agent', agentConfig(folder, plan, home, variation), agentSocket(folder, home), (argv) => variation.agentCommand?.(home, argv) ?? argv);
    },
    ask: (home, command) => ask(home === 0 ? lmaSocket(folder) : agentSocket(folder, world.home(home)), { command }),
    heard,
    async arrival(home, mac, move) {
      const from = transitions.length;
      await move();
      const t = await heard(`home ${home} to register ${mac}`, from, (t) => t.home === home && t.linkLayerId === mac && t.to === 'active' && t.stages !== undefined);
      const { associated = t.at, pbuSent = t.at, pbaReceived = t.at, pathsSwitched = t.at } = t.stages ?? {};
      // A phone that comes back soon may find its path still there; then the answer alone ends the handover.
      return { wall: t.wall - (t.at - associated), associatedAt: associated, stages: { pbuSent: pbuSent - associated, pbaReceived: pbaReceived - associated, switched: Math.max(pathsSwitched, pbaReceived) - associated } };
    },
    async departure(home, mac, move) {
      const from = transitions.length;
      await move();
      await heard(`home ${home} to let ${mac} go`, from, (t) => t.home === home && t.linkLayerId === mac && t.to === 'gone');
    },
  };

  await Promise.all([pmip.startLma(), ...plan.homes.map((h) => pmip.startAgent(h.number))]);
  return pmip;
}
