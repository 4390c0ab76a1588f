/** `roamstead lab --simulate`: a town of gateways in this process against a real cloud, for a dashboard with something to show. */
import { setTimeout as pause } from 'node:timers/promises';
import { version } from '../../cli/version.ts';
import type { Millis } from '../../protocol/units.ts';
import { HOMES_MAX, openFleetLab, type FleetLab } from './fleet.ts';
import { createProgress } from './progress.ts';

export interface FleetRun {
  readonly homes: number;
  readonly subscribers: number;
  readonly roamsPerSecond: number;
  readonly keep: boolean;
}

const SUBSCRIBERS_MAX = 60_000;
/** The first time, so that a laptop keeps up. */
const ATTACHED_PER_SECOND = 150;
const TICK: Millis = 50;
const TRAFFIC: Millis = 5000;
const TOLD: Millis = 10_000;
/** Now and then something goes wrong: a home loses its power, an LMA is slow to answer one. */
const TROUBLE: Millis = 20_000;
const OFF: Millis = 60_000;
const LATE = { for: 10_000, by: 400 } as const;

/** @returns the exit code @throws Error in words */
export async function runFleetLab({ homes, subscribers, roamsPerSecond, keep }: FleetRun, stop: AbortSignal, say: (text: string) => void): Promise<number> {
  const within = (name: string, value: number, low: number, high: number): void => {
    if (!Number.isInteger(value) || value < low || value > high) throw new RangeError(`--${name} ${value}: expected a whole number from ${low} to ${high}`);
  };
  within('homes', homes, 2, HOMES_MAX);
  within('subscribers', subscribers, 1, SUBSCRIBERS_MAX);
  const progress = createProgress(process.stdout);
  const complaints = new Map<string, number>();
  const onError = (e: Error): void => void complaints.set(e.message, (complaints.get(e.message) ?? 0) + 1);
  say(`A simulated fleet: ${homes} gateways in this process with the agent's own code, no radios and no packets; LMA, broker and cloud are the real ones.`);
  let lab: FleetLab | undefined;
  try {
    lab = await openFleetLab({ homes, subscribers, version: version().roamstead, keep, stop, progress, say, onError });
    await lab.settle(ATTACHED_PER_SECOND);
    say(`${subscribers} subscribers, ${roamsPerSecond} roams a second. Ctrl-C ends it.`);
    await live(lab, roamsPerSecond, stop, say);
    return 0;
  } catch (e) {
    if (stop.aborted) return 0;
    throw e;
  } finally {
    say('ending');
    await lab?.close();
    if (keep && lab) say(`logs and configurations: ${lab.folder}`);
    for (const [message, times] of complaints) process.stderr.write(`simulated fleet: ${message} (${times} times)\n`);
  }
}

async function live(lab: FleetLab, roamsPerSecond: number, stop: AbortSignal, say: (text: string) => void): Promise<void> {
  const { crowd, gateways } = lab;
  const begun = performance.now();
  let [walked, troubled, carried, told] = [0, begun, begun, begun];
  let last = { ...crowd.counts };
  const later: { readonly at: Millis; readonly call: () => unknown }[] = [];
  while (!stop.aborted) {
    await pause(TICK, undefined, { signal: stop }).catch(() => undefined);
    const at = performance.now();
    for (const due = Math.floor(((at - begun) * roamsPerSecond) / 1000); walked < due && !stop.aborted; walked++) crowd.walk();
    for (const due of later.filter((l) => l.at <= at)) {
      later.splice(later.indexOf(due), 1);
      void due.call();
    }
    if (at - carried >= TRAFFIC) {
      crowd.traffic(at - carried);
      carried = at;
    }
    if (at - troubled >= TROUBLE) {
      troubled = at;
      for (const over of trouble(lab, say)) later.push({ at: at + over.after, call: over.call });
    }
    if (at - told >= TOLD) {
      const { accepted, refused } = crowd.counts;
      const perSecond = ((accepted - last.accepted) * 1000) / (at - told);
      const off = gateways.filter((g) => !g.home).length;
      say(`${lab.connected()} homes online, ${off} off; ${perSecond.toFixed(1)} handovers a second, ${refused - last.refused} attachments refused`);
      last = { accepted, refused };
      told = at;
    }
  }
}

/** @returns what ends it again */
function trouble({ gateways, crowd }: FleetLab, say: (text: string) => void): readonly { readonly after: Millis; readonly call: () => unknown }[] {
  const on = gateways.map((_, i) => i).filter((i) => gateways[i]?.home);
  const [off, late] = [on[Math.floor(Math.random() * on.length)], on[Math.floor(Math.random() * on.length)]].map((i) => (i === undefined ? undefined : gateways[i]));
  const over: { after: Millis; call: () => unknown }[] = [];
  if (off) {
    say(`${off.member.place.name} goes offline for a minute`);
    crowd.flee(gateways.indexOf(off));
    void off.off();
    over.push({ after: OFF, call: () => off.on() });
  }
  if (late && late !== off) {
    late.lateness = LATE.by;
    over.push({ after: LATE.for, call: () => (late.lateness = 0) });
  }
  return over;
}
