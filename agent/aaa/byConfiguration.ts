/** Profiles out of the configuration: nobody is asked, and whoever is here hears of it when it says something else. */
import { isDeepStrictEqual } from 'node:util';
import type { Entry } from '../mag/binding.ts';
import type { MagEvent } from '../mag/events.ts';
import type { ProfileAnswer, StationFacts } from '../mag/profile.ts';
import type { AaaOptions, Source } from './aaa.ts';
import type { Answers } from './answers.ts';

export const factsOf = (e: StationFacts): StationFacts => ({ interface: e.interface, mac: e.mac, ...(e.identity === undefined ? {} : { identity: e.identity }), ...(e.clientId === undefined ? {} : { clientId: e.clientId }) });

/** Refused is refused, whatever the words. */
export const same = (a: ProfileAnswer | undefined, b: ProfileAnswer): boolean => (a && 'refused' in a ? 'refused' in b : isDeepStrictEqual(a, b));

/** Tells the gateway of a phone that has another profile now; what is the same is not mentioned. */
export function follow(entry: Entry, answers: Pick<Answers, 'byConfiguration'>, feed: (event: MagEvent) => void): void {
  const answer = answers.byConfiguration(factsOf(entry));
  if (!same(entry.profile && { profile: entry.profile }, answer)) feed({ kind: 'profileChanged', mac: entry.mac, answer });
}

/** The source of a gateway that has nothing of RADIUS. */
export const byConfiguration = ({ list, feed }: Pick<AaaOptions, 'list' | 'feed'>, answers: Answers): Source => ({
  load: (station) => answers.byConfiguration(station),
  onTransition: () => undefined,
  seen: () => undefined,
  reload() {
    for (const entry of list.byMac.values()) if (entry.state.name !== 'profile') follow(entry, answers, feed);
  },
  takeUp() {
    for (const entry of list.byMac.values()) if (entry.profile) follow(entry, answers, feed);
  },
  close: () => undefined,
});
