/** What happens in a world, at random: one table of moves, each with its weight. */
import { clearAtAnchor, killAnchor, refresh, restartAnchor, setAnchorClock, slowStore, storeTrouble } from './moves/anchor.ts';
import type { Move } from './moves/draw.ts';
import { administrator, clearAtHome, clock, cutHome, kill, list, reboot, rebind, renumber } from './moves/homes.ts';
import { bounce, changeInterface, disconnect, flicker, giveBack, leave, roam, sleep, wrongWord } from './moves/phones.ts';
import { AWFUL, CALM, ROUGH } from './network.ts';
import type { Reference } from './reference.ts';
import type { World } from './world.ts';

function cut(w: World): string {
  const time = w.random.pick([800, 5000, 20_000, 120_000]);
  w.network.cut = true;
  w.run(time);
  w.network.cut = false;
  return `the anchor was unreachable for ${time} ms`;
}

function weather(w: World): string {
  w.network.weather = w.random.pick([CALM, ROUGH, ROUGH, AWFUL]);
  return `weather: loss ${w.network.weather.loss}`;
}

function wait(w: World): string {
  const time = w.random.pick([1, 30, 200, 1000, 1000, 4000, 15_000, 60_000, 320_000]);
  w.run(time);
  return `${time} ms pass`;
}

const MOVES: readonly (readonly [weight: number, move: Move])[] = [
  [30, roam],
  [6, bounce],
  [6, leave],
  [5, changeInterface],
  [5, flicker],
  [3, wrongWord],
  [2, disconnect],
  [8, sleep],
  [4, giveBack],
  [5, renumber],
  [2, cutHome],
  [2, rebind],
  [4, kill],
  [2, clock],
  [3, cut],
  [3, list],
  [5, weather],
  [40, wait],
  [1, restartAnchor],
  [1, administrator],
];

/** Besides, in stories about what the anchor tells its gateways. */
const UPDATES: typeof MOVES = [...MOVES, [8, refresh]];

/** Besides, in stories about who ends sessions and who forgets them. */
const CLEARS: typeof MOVES = [...MOVES, [6, clearAtAnchor], [3, clearAtHome], [4, reboot]];

/** Besides, in stories about the anchor's own troubles. */
const CHAOS: typeof MOVES = [
  ...MOVES,
  [12, killAnchor],
  [5, storeTrouble],
  [5, slowStore],
  [2, setAnchorClock],
];

/** One move, done at once; says what it was. */
export function moveAtRandom(w: World, r: Reference): string {
  const moves = w.options.chaos ? CHAOS : w.options.updates ? UPDATES : w.options.clears ? CLEARS : MOVES;
  let left = w.random.below(moves.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, move] of moves) {
    left -= weight;
    if (left < 0) return move(w, r);
  }
  return roam(w);
}
