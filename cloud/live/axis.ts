/**
 * The stages of both ends on one axis. Their clocks differ, and by how much is not known; so the LMA's are laid between the PBU's
 * departure and the PBA's arrival at the home as if both ways took equally long, as NTP does (RFC 5905 §8).
 */
import type { HandoverStage } from '../api/resources/handovers.ts';
import type { Millis } from '../../protocol/units.ts';

/** Milliseconds on that end's own clock, by stage (runtime/traces.ts). */
export type Stages = Readonly<Record<string, Millis>>;

export interface Axis {
  /** In their order; the first is at 0. */
  readonly stages: readonly HandoverStage[];
  /** From associated to paths switched, at the home. */
  readonly duration?: Millis;
  /** What is not known and why. */
  readonly missing: readonly string[];
}

const BEFORE = ['associated', 'profile', 'pbuSent'] as const;
/** As the LMA calls them, and as they are shown. */
const AT_LMA = [['pbuReceived', 'pbuReceived'], ['pathsSwitched', 'lmaPathsSwitched'], ['pbaSent', 'pbaSent']] as const;
const AFTER = ['pbaReceived', 'pathsSwitched', 'firstPacket'] as const;

export function onOneAxis(home: Stages | undefined, lma: Stages | undefined): Axis {
  const missing: string[] = [];
  const own = (names: readonly HandoverStage['name'][]): HandoverStage[] => (home ? names.flatMap((name) => stageOf(name, 'home', home[name])) : []);
  const shift = lma ? shiftOf(home, lma, missing) : 0;
  // Each end says when it is done, and a message may be at the other by then: nothing is shown before what it came of.
  const within = (at: Millis): Millis => Math.min(Math.max(at, home?.['pbuSent'] ?? at), home?.['pbaReceived'] ?? at);
  const far = lma ? AT_LMA.flatMap(([name, as]) => stageOf(as, 'lma', lma[name] === undefined ? undefined : within(lma[name] + shift))) : [];
  // Those of one instant stay in the order in which one comes of the other.
  const all = [...own(BEFORE), ...far, ...own(AFTER)].toSorted((a, b) => a.at - b.at);
  const first = all[0]?.at ?? 0;
  if (home?.['pathsSwitched'] === undefined && home) missing.push('paths switched at the home: its data path did not say');
  if (home && home['firstPacket'] === undefined) missing.push('first packet: none had come down when the gateway told of this, about a second later');
  const { associated, pathsSwitched } = home ?? {};
  return {
    stages: all.map((s) => ({ ...s, at: round(s.at - first) })),
    ...(associated === undefined || pathsSwitched === undefined ? {} : { duration: round(Math.max(0, pathsSwitched - associated)) }),
    missing,
  };
}

const round = (ms: Millis): Millis => Math.round(ms * 1000) / 1000;
const stageOf = (name: HandoverStage['name'], end: HandoverStage['end'], at: Millis | undefined): HandoverStage[] => (at === undefined ? [] : [{ name, end, at }]);

/** To be added to the LMA's times to have them on the home's clock. */
function shiftOf(home: Stages | undefined, lma: Stages, missing: string[]): Millis {
  const { pbuSent, pbaReceived } = home ?? {};
  const received = lma['pbuReceived'];
  if (!home || received === undefined) return 0;
  const answered = lma['pbaSent'] ?? lma['pathsSwitched'] ?? received;
  if (pbuSent === undefined || pbaReceived === undefined) {
    missing.push('when the PBU left and the PBA came: the gateway did not say, so the stages at the LMA begin with the first of the home');
    return (home['associated'] ?? 0) - received;
  }
  const onTheWay = pbaReceived - pbuSent - (answered - received);
  missing.push(onTheWay >= 0 ? 'the clocks of both ends differ: the stages at the LMA are placed as if both ways took equally long' : 'the LMA took longer than the gateway waited, by their own clocks: the stages at the LMA are placed between the PBU and the PBA');
  return pbuSent + onTheWay / 2 - received;
}
