/** Asking RADIUS about stations: one question per station at a time, and what came out, in the words of the profile sources. */
import type { Ipv4 } from '../../protocol/address.ts';
import type { Now } from '../../protocol/units.ts';
import { printable } from '../../runtime/log.ts';
import type { RadiusClient } from '../../runtime/radius/types.ts';
import type { StationFacts } from '../mag/profile.ts';
import { accessRequest, userNameOf } from './accessRequest.ts';
import { keyOf, type Cache, type Verdict } from './cache.ts';
import { grantOf, type GrantContext } from './grant.ts';

export interface QuestionsOptions {
  readonly client: Pick<RadiusClient, 'authorize'>;
  readonly cache: Cache;
  readonly context: GrantContext;
  /** User-Password of every request; default: the user name. */
  readonly password?: string;
  readonly interfaceName: (device: string) => string;
  readonly now: () => Now;
  readonly onCount: (reason: string) => void;
}

export interface Questions {
  /** Who asks about a station while a question about it is out waits for the same answer. Never rejects. */
  ask(station: StationFacts, ipv4?: Ipv4): Promise<Verdict>;
  /** What may be said without asking. */
  recall(station: StationFacts): Verdict | undefined;
  forget(station: StationFacts): void;
}

/** Of a reason, which the server's Reply-Message is part of. */
const LONGEST_REASON = 200;

export function createQuestions(options: QuestionsOptions): Questions {
  const { client, cache, context, password, interfaceName, now, onCount } = options;
  const pending = new Map<string, Promise<Verdict>>();
  let silent = false;

  async function question(station: StationFacts, ipv4: Ipv4 | undefined): Promise<Verdict> {
    const name = userNameOf(station);
    const attributes = accessRequest({ station, interfaceName: interfaceName(station.interface), ...(ipv4 === undefined ? {} : { ipv4 }) });
    const answer = await client.authorize({ attributes, password: password ?? name });
    const { at } = now();
    silent = answer.kind === 'timeout';
    switch (answer.kind) {
      case 'accept': {
        const result = grantOf(answer.attributes, context);
        if ('grant' in result) return { kind: 'granted', grant: result.grant, at };
        return { kind: 'unusable', reason: `the RADIUS server's profile cannot be used: ${result.refused}`, at };
      }
      case 'reject':
        return { kind: 'rejected', reason: printable(answer.reason).slice(0, LONGEST_REASON), at };
      case 'timeout': {
        const known = cache.known(station, at);
        return { kind: 'unanswered', reason: answer.reason, at, ...(known ? { known } : {}) };
      }
    }
  }

  return {
    ask(station, ipv4) {
      const key = keyOf(station);
      const out = pending.get(key);
      if (out) return out;
      const asked = question(station, ipv4).then((verdict) => {
        pending.delete(key);
        onCount(`RADIUS profile ${verdict.kind}`);
        cache.put(station, verdict);
        return verdict;
      });
      pending.set(key, asked);
      return asked;
    },
    recall: (station) => cache.recall(station, now().at, silent),
    forget: (station) => cache.forget(station),
  };
}
