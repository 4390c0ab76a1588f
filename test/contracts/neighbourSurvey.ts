/** What every source of a site survey keeps to. */
import { describe, expect, test } from 'vitest';
import type { NeighbourSurvey, Sighting } from '../../agent/wifi/survey/neighbours.ts';

export interface SurveyUnderTest {
  readonly survey: NeighbourSurvey;
  /** What is heard from now on. */
  hear(all: readonly Omit<Sighting, 'age'>[]): void;
  /** What the source depends on: gone, broken, back. */
  fail(how: 'missing' | 'broken' | undefined): void;
}

const HOME = { bssid: '02:00:00:00:01:00', ssid: 'community', frequency: 2412, signal: -60 } as const;
const ABROAD = { bssid: '02:00:00:00:02:00', ssid: 'private', frequency: 5180, signal: -71 } as const;

export function neighbourSurveyContract(name: string, create: () => SurveyUnderTest): void {
  describe(`site survey: ${name}`, () => {
    const heard = async ({ survey }: SurveyUnderTest) => (await survey.look()).map(({ bssid, ssid, frequency, signal }) => ({ bssid, ssid, frequency, signal }));

    test('who is heard is named, with a canonical BSSID', async () => {
      const source = create();
      source.hear([HOME, ABROAD]);
      expect(await heard(source)).toEqual([HOME, ABROAD]);
      expect((await source.survey.look()).every(({ age }) => age >= 0)).toBe(true);
    });

    test('silence is an empty list', async () => {
      const source = create();
      source.hear([]);
      expect(await heard(source)).toEqual([]);
    });

    test.each(['missing', 'broken'] as const)('what it needs is %s: a reason in one line, and better luck next time', async (how) => {
      const source = create();
      source.hear([HOME]);
      source.fail(how);
      const reason = await source.survey.look().then(
        () => 'none',
        (e: unknown) => (e instanceof Error ? e.message : ''),
      );
      expect(reason).toMatch(how === 'missing' ? /^[^\n]*not installed[^\n]*$/ : /^[^\n]+$/);
      expect(reason).not.toBe('none');
      source.fail(undefined);
      expect(await heard(source)).toEqual([HOME]);
    });
  });
}
