/** What a move is, and what most of them draw first. */
import type { Millis } from '../../../protocol/units.ts';
import type { Home } from '../home.ts';
import type { Phone } from '../phone.ts';
import type { Reference } from '../reference.ts';
import type { World } from '../world.ts';

/** Says what it did. */
export type Move = (w: World, r: Reference) => string;

export const anyHome = (w: World): Home => w.random.pick(w.homes);
export const anyPhone = (w: World): Phone => w.random.pick(w.phones);
/** Never, at once, or some time after. */
export const told = (w: World): Millis | undefined => w.random.pick([undefined, undefined, undefined, 0, w.random.between(0, 300), w.random.between(0, 5000)]);
