/** All of privacy as one part: opened once, ticked every few seconds by whoever has the clock. */
import { join } from 'node:path';
import type { Role } from '../api/resources/people.ts';
import type { Audit } from '../fleet/audit.ts';
import type { FleetStore, Stored } from '../fleet/ports.ts';
import { createErase } from './erase.ts';
import { epochsDue, purgesDue, sealedBefore } from './epochs.ts';
import { openPrivacyKeys } from './keys.ts';
import type { EndSessions, Erase, Fuzz, Pseudonyms, Reveal, SettingsKeeper } from './parts.ts';
import { createFuzz } from './places.ts';
import { createPseudonyms } from './pseudonyms.ts';
import { createReveal } from './reveal.ts';
import { looked, type TrustedClock } from './trustedClock.ts';
import type { SealedRecord } from './sealed.ts';
import { openSettings } from './settings.ts';

export interface PrivacyOptions {
  readonly store: FleetStore;
  readonly audit: Audit;
  /** The state directory: `pseudonym-keys.json` is made there. */
  readonly folder: string;
  readonly now: () => number;
  readonly onError: (error: Error) => void;
  /** Whoever holds something about a subscriber in memory forgets it. */
  readonly onErased: (pseudonyms: readonly string[]) => void;
  /** Whoever knows their sessions ends them; none without it. */
  readonly endSessions?: EndSessions;
  /** Who may reveal and erase; `owner` when it is not said. */
  readonly revealRole?: Extract<Role, 'operator' | 'owner'>;
  /** Subscribers that one person may reveal in an hour; 20. */
  readonly revealsPerHour?: number;
  /** Milliseconds that a clock which went ahead by more than a day has to go on like that before anything is purged; an hour. */
  readonly patience?: number;
}

export interface Privacy {
  readonly pseudonyms: Pseudonyms;
  readonly settings: SettingsKeeper;
  readonly reveal: Reveal;
  readonly erase: Erase;
  readonly fuzz: Fuzz;
  /** Writes what was sealed; once an hour, while the clock is believed, it begins and destroys epochs and purges history. Every few seconds. Never rejects. */
  tick(): Promise<void>;
  /** The last `flush`. */
  close(): Promise<void>;
}

/** Collection `settings`: when the clock was believed last. */
interface KeptClock extends Stored {
  readonly at: number;
}
const CLOCK = 'clock';
const HOUR = 3_600_000;
const PART = 500;

export async function openPrivacy({ store, audit, folder, now, onError, onErased, revealRole = 'owner', revealsPerHour = 20, patience = HOUR, endSessions }: PrivacyOptions): Promise<Privacy> {
  const keys = await openPrivacyKeys(join(folder, 'pseudonym-keys.json'), now(), onError);
  const pseudonyms = await createPseudonyms({ store, keys, now });
  const settings = await openSettings({ store, audit, epochBegan: () => keys.epochs()[0]?.began ?? now() });
  const reveal = createReveal({ vault: pseudonyms, audit, now, role: revealRole, perHour: revealsPerHour });
  const erase = createErase({ store, pseudonyms, audit, role: revealRole, streams: ['handovers', 'events'], collections: ['alerts', 'commands'], ...(endSessions && { endSessions }), onErased });
  const before = (await store.get<KeptClock>('settings', CLOCK))?.at ?? (await audit.list({ newestFirst: true, limit: 1 }))[0]?.at;
  let clock: TrustedClock = { last: before ?? now() };
  let cleaned: number | undefined;
  let running: Promise<void> | undefined;

  async function clean(at: number): Promise<void> {
    const { begin, destroy } = epochsDue(keys.epochs(), settings.get(), at);
    if (begin) await keys.begin(at);
    for (const { stream, before } of purgesDue(settings.get(), at)) await (stream === 'audit' ? audit.purge(before) : store.purge(stream, before));
    const oldest = sealedBefore(settings.get(), at);
    const gone = (await store.list<SealedRecord>('sealed')).filter((r) => r.seen < oldest || destroy.includes(r.epoch)).map((r) => r.id);
    for (let from = 0; from < gone.length; from += PART) {
      const ids = gone.slice(from, from + PART);
      pseudonyms.forget(ids);
      await store.commit(ids.map((id) => ({ remove: 'sealed', id })));
    }
    // Last: while any of this failed, the history that the key belongs to may still be there.
    if (destroy.length > 0) await keys.destroy(destroy);
  }

  async function tick(): Promise<void> {
    try {
      await pseudonyms.flush();
      const at = now();
      const { last, doubtedSince } = clock;
      clock = looked(clock, at, patience);
      if (clock.doubtedSince !== undefined) {
        if (clock.doubtedSince !== doubtedSince) onError(new Error(`the clock went ahead from ${new Date(last).toISOString()} to ${new Date(at).toISOString()}: if that is right nothing is to be done, and history that is too old is purged in ${patience / 60_000} minutes; if not, set the clock before that`));
        return;
      }
      if (cleaned !== undefined && Math.abs(at - cleaned) < HOUR) return;
      cleaned = at;
      await clean(at);
      const kept: KeptClock = { id: CLOCK, at };
      await store.commit([{ put: 'settings', record: kept }]);
    } catch (e) {
      onError(e as Error);
    }
  }

  return {
    pseudonyms,
    settings,
    reveal,
    erase,
    fuzz: createFuzz(keys.positions),
    tick: () =>
      (running ??= tick().finally(() => {
        running = undefined;
      })),
    async close() {
      await running;
      await pseudonyms.flush();
    },
  };
}
