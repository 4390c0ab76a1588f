/**
 * What happened at each home, a line each. Who is there and what was made of a document is told by the broker again and again, also
 * to a cloud that was started anew: what was written last is stored with the lines, so that each stands there once.
 */
import type { Reported } from '../../runtime/fleet/messages.ts';
import type { Concern, GatewayId } from '../../runtime/fleet/topics.ts';
import type { HomeEvent } from '../api/resources/homes.ts';
import type { Change, FleetStore, Stored } from './ports.ts';
import type { Presence } from './presence.ts';
import { configurationWords } from './status.ts';
import { createTellingLimit, timeTold } from './told.ts';

export interface Diary {
  /** What a gateway tells by itself. */
  note(home: GatewayId, level: HomeEvent['level'], text: string, at: number): void;
  presence(home: GatewayId, presence: Pick<Presence, 'online' | 'gone'>): void;
  reported(home: GatewayId, concern: Concern, reported: Reported): void;
  /** It is not there any more, and why is written by whoever did that. */
  sent(home: GatewayId): void;
  forget(home: GatewayId): void;
  /** Who was there when that was written last. */
  online(): readonly GatewayId[];
  /** Never rejects: what the store does not take goes with the next. */
  write(): Promise<void>;
}

export interface DiaryOptions {
  readonly store: Pick<FleetStore, 'list' | 'commit'>;
  readonly now: () => number;
  /** What is not written, by reason. */
  readonly count: (reason: string, times?: number) => void;
  readonly onError: (error: Error) => void;
}

type Line = Omit<HomeEvent, 'number'>;

/** Collection `told`. */
interface Told extends Stored {
  readonly online: boolean;
  /** By concern: revision, hash and status. */
  readonly documents: Readonly<Partial<Record<Concern, string>>>;
}

/** Lines that wait for a store that does not take them; the oldest go, and are counted. */
const MOST_WAITING = 5000;
const LATE = 'events that the store did not take in time';
/** Of a hash, to tell revisions of the same number apart. */
const SHORT = 16;

export const eventLine = (home: GatewayId, level: HomeEvent['level'], text: string, at: number): Change => {
  const record: Line = { at, home, level, text };
  return { append: 'events', record };
};

export async function openDiary({ store, now, count, onError }: DiaryOptions): Promise<Diary> {
  const told = new Map((await store.list<Told>('told')).map((t) => [t.id, t]));
  const limit = createTellingLimit(now);
  let changed = new Set<GatewayId>();
  let lines: Change[] = [];

  const toldOf = (id: GatewayId): Told => told.get(id) ?? { id, online: false, documents: {} };

  function keep(record: Told): void {
    told.set(record.id, record);
    changed.add(record.id);
  }

  function add(home: GatewayId, level: HomeEvent['level'], text: string, at: number): void {
    if (!limit.take(home)) return count('too many events');
    lines.push(eventLine(home, level, text, timeTold(at, now())));
    makeRoom();
  }

  function makeRoom(): void {
    const surplus = lines.length - MOST_WAITING;
    if (surplus <= 0) return;
    lines.splice(0, surplus);
    count(LATE, surplus);
  }

  return {
    note: add,
    presence(home, { online, gone }) {
      const before = toldOf(home);
      if (before.online === online) return;
      keep({ ...before, online });
      add(home, online ? 'info' : 'warn', online ? 'online' : `offline (${gone ?? 'silent'})`, now());
    },
    reported(home, concern, reported) {
      const before = toldOf(home);
      const mark = `${reported.rev} ${reported.hash.slice(0, SHORT)} ${reported.status}`;
      if (before.documents[concern] === mark) return;
      keep({ ...before, documents: { ...before.documents, [concern]: mark } });
      const [words] = configurationWords(concern, reported);
      add(home, words === undefined ? 'info' : 'warn', words ?? `${concern}: it applied revision ${reported.rev}`, reported.at);
    },
    sent(home) {
      if (toldOf(home).online) keep({ ...toldOf(home), online: false });
    },
    forget(home) {
      if (told.delete(home)) changed.add(home);
    },
    online: () => [...told.values()].filter((t) => t.online).map((t) => t.id),
    async write() {
      const [writing, of] = [lines, changed];
      if (writing.length + of.size === 0) return;
      lines = [];
      changed = new Set();
      const marks = [...of].map((id): Change => {
        const record = told.get(id);
        return record ? { put: 'told', record } : { remove: 'told', id };
      });
      try {
        await store.commit([...writing, ...marks]);
      } catch (e) {
        lines = [...writing, ...lines];
        makeRoom();
        for (const id of of) changed.add(id);
        onError(e as Error);
      }
    },
  };
}
