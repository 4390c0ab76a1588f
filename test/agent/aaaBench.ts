/** Profile sources on the bench: a RADIUS server that answers by hand or by a rule, a clock that is moved, a gateway that only listens. */
import { vi } from 'vitest';
import { createAnswers } from '../../agent/aaa/answers.ts';
import { createCache } from '../../agent/aaa/cache.ts';
import type { ProfileMode } from '../../agent/aaa/config.ts';
import type { IdentifierPolicy } from '../../agent/aaa/identifier.ts';
import { createProfileSource, type StationProfiles } from '../../agent/aaa/profileSource.ts';
import { createQuestions } from '../../agent/aaa/questions.ts';
import type { Entry } from '../../agent/mag/binding.ts';
import type { MagEvent } from '../../agent/mag/events.ts';
import { localProfiles, type Profile, type ProfileAnswer, type StationFacts } from '../../agent/mag/profile.ts';
import type { Mac } from '../../protocol/mac.ts';
import { transition } from '../../protocol/entity.ts';
import { valueOf, type RadiusAttribute } from '../../protocol/radius/attributes.ts';
import type { Millis, Now } from '../../protocol/units.ts';
import type { Answer, AuthorizeRequest } from '../../runtime/radius/types.ts';

export const MAC = '00:24:d7:8e:21:a4';
export const ACCESS = 'br-access';
export const station: StationFacts = { interface: ACCESS, mac: MAC };
export const GUEST: Profile = { apn: 'guests.example', lmas: ['lma1'], ipv4: true, ipv6: false, dns4: [], dns6: [], nai: '0024.d78e.21a4', source: 'default' };

const pair = (value: string): RadiusAttribute => ({ kind: 'ciscoAvPair', value });
export const accept = (nai: string, ...more: readonly (string | RadiusAttribute)[]): Answer => ({ kind: 'accept', attributes: [pair(`mn-nai=${nai}`), pair('home-lma=lma1'), ...more.map((m) => (typeof m === 'string' ? pair(m) : m))] });
export const reject = (reason = 'Access-Reject'): Answer => ({ kind: 'reject', attributes: [], reason });
export const timeout: Answer = { kind: 'timeout', reason: 'no valid answer from 192.0.2.1:1812' };

/** `later`: only when `answer` is called. */
export type Rule = (request: AuthorizeRequest) => Answer | 'later';

export interface Bench {
  readonly source: StationProfiles;
  rule: Rule;
  /** User-Names asked about, in order. */
  readonly asked: string[];
  readonly requests: AuthorizeRequest[];
  /** To the oldest question that waits. */
  answer(answer: Answer): Promise<void>;
  waiting(): number;
  readonly fed: MagEvent[];
  readonly counts: Map<string, number>;
  readonly timedOut: Mac[];
  readonly list: Map<Mac, Entry>;
  load(facts?: StationFacts): Promise<ProfileAnswer>;
  gone(mac?: Mac): void;
  pass(ms: Millis): Promise<void>;
}

export const now = (): Now => ({ at: performance.now(), wall: Date.now() });

export interface BenchOptions {
  readonly mode?: ProfileMode;
  readonly policy?: Partial<IdentifierPolicy>;
  readonly policyOfDefaults?: boolean;
  readonly size?: number;
}

/** Between `vi.useFakeTimers` and `vi.useRealTimers`. Ages: 1 h, without RADIUS 24 h, of refusals 10 s; asks again after 60 s. */
export function bench({ mode = 'radius', policy = {}, policyOfDefaults = false, size = 100 }: BenchOptions = {}): Bench {
  const asked: string[] = [];
  const requests: AuthorizeRequest[] = [];
  const waiting: ((answer: Answer) => void)[] = [];
  const fed: MagEvent[] = [];
  const counts = new Map<string, number>();
  const timedOut: Mac[] = [];
  const list = new Map<Mac, Entry>();
  const onCount = (reason: string): void => void counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const client = {
    authorize: (request: AuthorizeRequest): Promise<Answer> => {
      asked.push(valueOf(request.attributes, 'userName') ?? '');
      requests.push(request);
      const answer = b.rule(request);
      return answer === 'later' ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(answer);
    },
  };
  const cache = createCache({ age: 3_600_000, ageWithoutRadius: 86_400_000, rejectAge: 10_000, size });
  const { nai: _, source: __, ...guests } = GUEST;
  const source = createProfileSource({
    answers: createAnswers({
      modes: new Map([[ACCESS, mode]]),
      local: localProfiles([{ mac: '02:00:00:00:00:01', nai: 'local@example.com', lmas: [], ipv4: true, ipv6: true, dns4: [], dns6: [] }], {}),
      defaults: mode === 'radius' || mode === 'local' ? {} : { [ACCESS]: guests },
      policy: { from: ['profile', 'identity', 'cui', 'mac'], sharing: 'per-device', deviceTag: ['certificate', 'mac'], ...policy },
      policyOfDefaults,
      onCount,
    }),
    questions: createQuestions({ client, cache, context: { lmas: [{ id: 'lma1', ipv6: '2001:db8::1', forceUdp: 'auto' }], dns: [] }, interfaceName: () => 'Wi-Fi', now, onCount }),
    list: { byMac: list },
    feed: (event) => fed.push(event),
    onSessionTimeout: (mac) => timedOut.push(mac),
    now,
    askAgain: 60_000,
    refresh: 3_600_000,
    pause: 10_000,
  });
  const settle = async (): Promise<void> => void (await vi.advanceTimersByTimeAsync(0));
  const b: Bench = {
    source,
    rule: () => 'later',
    asked,
    requests,
    async answer(answer) {
      waiting.shift()?.(answer);
      await settle();
    },
    waiting: () => waiting.length,
    fed,
    counts,
    timedOut,
    list,
    load: (facts = station) => Promise.resolve(source.load({ ...facts })),
    gone: (mac = MAC) => source.onTransition(transition(now(), { entity: 'mag', subject: 'mn', linkLayerId: mac, from: 'active', to: 'gone', reason: 'left' })),
    pass: async (ms) => void (await vi.advanceTimersByTimeAsync(ms)),
  };
  return b;
}

export const MN0: Profile = { nai: 'mn0@example.com', lmas: ['lma1'], ipv4: true, ipv6: true, dns4: [], dns6: [], source: 'radius' };
export const guest: ProfileAnswer = { profile: GUEST };
export const mn0: ProfileAnswer = { profile: MN0 };
export const macOf = (n: number): string => `02:00:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`;
