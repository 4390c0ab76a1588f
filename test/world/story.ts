/** Stories: a world, a seed, and a number of moves at random with long silences between them. */
import { moveAtRandom } from './moves.ts';
import { QUIET, watch } from './reference.ts';
import { createWorld, type World, type WorldOptions } from './world.ts';

/** Of the trace, in the message of a failure */
const LINES = 60;

/** Something was wrong. The message says what, and how to see it again. */
export class WorldError extends Error {
  override readonly name = 'WorldError';
}

export interface Story extends WorldOptions {
  readonly steps: number;
  /** Steps between two long silences, after which everything has to be in its place */
  readonly quietEvery: number;
}

/** Worlds of different kinds, one for each seed. */
export const storyOf = (seed: number, steps: number): Story => ({
  seed,
  steps,
  homes: 2 + (seed % 4),
  phones: 1 + (seed % 7),
  lifetime: [3600, 600, 120][seed % 3] as number,
  clockError: seed % 2 === 0 ? 0 : 40,
  timestamps: seed % 8 !== 5,
  ...(seed % 3 === 1 ? { profileDelay: [0, 1500] as const } : {}),
  quietEvery: 10 + (seed % 5) * 10,
});

/** The same worlds, with gateways that extend sessions together and are told to register them anew. */
export const updatesOf = (seed: number, steps: number): Story => ({ ...storyOf(seed, steps), updates: true });

/** The same worlds, where operators clear bindings, gateways reboot, and heartbeats tell. */
export const clearsOf = (seed: number, steps: number): Story => ({ ...storyOf(seed, steps), clears: true });

/** The same worlds, with an anchor that is killed, whose store fails and whose clock is set. */
export const chaosOf = (seed: number, steps: number): Story => ({ ...storyOf(seed, steps), chaos: true });

/** Plays a story, and calls `pause` for each long silence in it. @throws WorldError with the seed, the step and the last lines of the trace */
export function play(story: Story, pause = (world: World) => world.run(QUIET)): World {
  const world = createWorld(story);
  const reference = watch(world);
  let done = 0;
  const fail = (what: string): never => {
    throw new WorldError(`${what}\nseed ${story.seed}, step ${done}; again: play(${story.chaos ? 'chaosOf' : story.updates ? 'updatesOf' : story.clears ? 'clearsOf' : 'storyOf'}(${story.seed}, ${done + 1}))\n${world.trace.slice(-LINES).join('\n')}`);
  };
  const check = (wrong: readonly string[]): void => {
    if (wrong.length > 0) fail(wrong.join('; '));
  };
  try {
    for (; done < story.steps; done++) {
      const said = moveAtRandom(world, reference);
      world.note(`-- ${done}: ${said}`);
      check(reference.now());
      if ((done + 1) % story.quietEvery > 0) continue;
      world.pacify();
      world.note('-- quiet');
      pause(world);
      check(reference.whenQuiet());
    }
  } catch (e) {
    if (e instanceof WorldError) throw e;
    fail((e as Error).stack ?? String(e));
  }
  return world;
}
