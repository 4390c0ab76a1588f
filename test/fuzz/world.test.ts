/** Many long stories. `WORLD_SEED` starts them elsewhere; a failure says how to see it again. */
import { describe, expect, it } from 'vitest';
import { chaosOf, clearsOf, play, storyOf } from '../world/story.ts';

const STORIES = 120;
const first = Number(process.env['WORLD_SEED'] ?? 1000);

describe('the world', () => {
  it.each(Array.from({ length: STORIES }, (_, i) => first + i))('seed %i', (seed) => {
    expect(play(storyOf(seed, 600)).network.sent.packets).toBeGreaterThan(100);
  });

  // A hundred thousand operations.
  it.each(Array.from({ length: 100 }, (_, i) => first + i))('seed %i, with an anchor that is killed, whose store fails and whose clock is set', (seed) => {
    expect(play(chaosOf(seed, 1000)).network.sent.packets).toBeGreaterThan(100);
  });

  it.each(Array.from({ length: 60 }, (_, i) => first + i))('seed %i, with bindings that are cleared, gateways that reboot, and heartbeats', (seed) => {
    expect(play(clearsOf(seed, 600)).network.sent.packets).toBeGreaterThan(100);
  });
});
