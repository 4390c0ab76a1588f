import { expect, test } from 'vitest';
import { DAY } from '../../../cloud/privacy/epochs.ts';
import { looked } from '../../../cloud/privacy/trustedClock.ts';
import { REASON, START, within } from './world.ts';

const HOUR = 3_600_000;

test.each([
  ['goes on', [START, START + 5000, START + DAY], [true, true, true]],
  ['was not looked at for a day', [START, START + DAY + 1, START + DAY + HOUR, START + DAY + HOUR + 1], [true, false, false, true]],
  ['jumps again meanwhile', [START, START + 2 * DAY, START + 4 * DAY, START + 4 * DAY + HOUR - 1, START + 4 * DAY + HOUR], [true, false, false, false, true]],
  ['was only wrong', [START, START + 900 * DAY, START + 5000, START + 10_000], [true, false, true, true]],
  ['is set back', [START, START - 900 * DAY, START - 900 * DAY + 5000], [true, true, true]],
  ['is put right an hour and more after that', [START, START - 900 * DAY, START, START + HOUR], [true, true, false, true]],
])('a clock that %s', (_, times, believed) => {
  let clock = { last: START };
  expect(times.map((at) => (clock = looked(clock, at, HOUR)) && !('doubtedSince' in clock))).toEqual(believed);
});

test('a clock that is far ahead purges nothing and destroys no key until that has lasted, and it says so once; a restart is no way around', () =>
  within(
    async (world) => {
      const { store, clock, errors } = world;
      await world.privacy.tick();
      const pseudonym = world.privacy.pseudonyms.of({ nai: 'anna@example.com' });
      await store.commit(['handovers', 'events'].map((stream) => ({ append: stream, record: { at: START } })));
      await world.privacy.tick();
      const left = async () => Promise.all(['handovers', 'events', 'sealed'].map(async (s) => (s === 'sealed' ? store.list(s) : store.read(s)).then((all) => all.length)));
      clock.now = START + 900 * DAY;
      for (let i = 0; i < 3; i++) await world.privacy.tick();
      expect([await left(), errors]).toEqual([[1, 1, 1], ['the clock went ahead from 2026-01-01T00:00:00.000Z to 2028-06-19T00:00:00.000Z: if that is right nothing is to be done, and history that is too old is purged in 60 minutes; if not, set the clock before that']]);
      const restarted = await world.open();
      clock.now += HOUR - 1;
      await restarted.tick();
      clock.now += HOUR - 1;
      await restarted.tick();
      expect([await left(), errors.length]).toEqual([[1, 1, 1], 2]);
      clock.now = START + 5000;
      await restarted.tick();
      expect(await restarted.reveal(pseudonym, REASON, { user: 'olga', role: 'owner' })).toMatchObject({ nai: 'anna@example.com' });
      clock.now = START + 900 * DAY;
      await restarted.tick();
      clock.now += HOUR;
      await restarted.tick();
      expect(await left()).toEqual([0, 0, 0]);
    },
    { patience: HOUR },
  ));

test('a store from before this was kept is as old as its last audit entry', () =>
  within(
    async ({ privacy, audit, open, store, days, clock }) => {
      await audit.record({ by: 'ann', action: 'x', target: 'y' });
      await store.commit([{ append: 'events', record: { at: START } }]);
      days(400);
      await (await open()).tick();
      expect((await store.read('events')).length).toBe(1);
      expect(clock.now).toBe(START + 400 * DAY);
      await privacy.close();
    },
    { patience: HOUR },
  ));
