/** What a station is told: out of the configuration, or out of what RADIUS said, per access interface. */
import { dottedMac } from '../../protocol/mac.ts';
import type { DefaultProfile, ProfileAnswer, StationFacts } from '../mag/profile.ts';
import type { Granted, Verdict } from './cache.ts';
import type { ProfileMode } from './config.ts';
import { mnIdentifier, type IdentifierPolicy } from './identifier.ts';

export interface AnswersOptions {
  /** By device, as everything about interfaces here. */
  readonly modes: ReadonlyMap<string, ProfileMode>;
  readonly local: { load(station: StationFacts): ProfileAnswer };
  readonly defaults: Readonly<Record<string, DefaultProfile>>;
  readonly policy: IdentifierPolicy;
  /** Also of default profiles; false: their NAI is the MAC, as the seed has it. */
  readonly policyOfDefaults: boolean;
  readonly onCount: (reason: string) => void;
}

export interface Answers {
  /** Other default profiles from now on, and modes that follow from them. */
  use(changed: Pick<AnswersOptions, 'modes' | 'defaults'>): void;
  modeOf(station: StationFacts): ProfileMode;
  byConfiguration(station: StationFacts): ProfileAnswer;
  byRadius(station: StationFacts, verdict: Verdict): ProfileAnswer;
}

/** The profile in a verdict, also the one that outlives a server. */
export function grantedIn(verdict: Verdict): Granted | undefined {
  if (verdict.kind === 'unanswered') return verdict.known;
  return verdict.kind === 'granted' ? verdict : undefined;
}

export function createAnswers(o: AnswersOptions): Answers {
  let { modes, defaults }: Pick<AnswersOptions, 'modes' | 'defaults'> = o;
  const modeOf = (station: StationFacts): ProfileMode => modes.get(station.interface) ?? 'local';

  function byDefault(station: StationFacts): ProfileAnswer | undefined {
    const profile = defaults[station.interface];
    if (!profile) return undefined;
    const named = o.policyOfDefaults ? mnIdentifier(o.policy, station) : { nai: dottedMac(station.mac) };
    return 'refused' in named ? named : { profile: { ...profile, ...named, source: 'default' } };
  }

  function ofGrant(station: StationFacts, { grant }: Granted): ProfileAnswer {
    const { nai, cui, certificate, userName: _, class: __, sessionTimeout: ___, interimInterval: ____, ...rest } = grant;
    const named = mnIdentifier(o.policy, { ...station, ...(nai === undefined ? {} : { profile: nai }), ...(cui === undefined ? {} : { cui }), ...(certificate === undefined ? {} : { certificate }) });
    if (!('refused' in named)) return { profile: { ...rest, ...named, source: 'radius' } };
    o.onCount('RADIUS profile without a usable identifier');
    return named;
  }

  return {
    use: (changed) => ({ modes, defaults } = changed),
    modeOf,
    byConfiguration(station) {
      const mode = modeOf(station);
      const local = mode === 'default' ? undefined : o.local.load(station);
      if (local && 'profile' in local) return local;
      if (mode === 'local') return { refused: 'no local profile for this station' };
      return byDefault(station) ?? { refused: `no local profile for this station and no default profile on ${station.interface}` };
    },
    byRadius(station, verdict) {
      if (verdict.kind === 'granted') return ofGrant(station, verdict);
      if (verdict.kind === 'unanswered' && verdict.known) return ofGrant(station, verdict.known);
      const refused = { refused: verdict.reason };
      // The default is for whom the server does not know (the seed), and not for whom it says something that cannot be followed.
      return verdict.kind !== 'unusable' && modeOf(station) === 'radius-or-default' ? (byDefault(station) ?? refused) : refused;
    },
  };
}
