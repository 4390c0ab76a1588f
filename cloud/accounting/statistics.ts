/** Counters of accounting, since the start of the process. */
import type { RecordEvent } from './record.ts';

export interface AccountingStatistics {
  /** In session now. */
  readonly sessions: number;
  /** Records that no server has confirmed. */
  readonly waiting: number;
  /** No server answered lately. */
  readonly silent: boolean;
  /** The disk refuses what it is given. */
  readonly stalled: boolean;
  /** Records made, by event. */
  readonly made: Readonly<Record<RecordEvent, number>>;
  /** What became of those that were to be sent. */
  readonly delivered: number;
  readonly superseded: number;
  readonly lost: number;
}

export interface Counting {
  made(event: RecordEvent): void;
  done(how: 'delivered' | 'superseded' | 'lost'): void;
  all(now: Pick<AccountingStatistics, 'sessions' | 'waiting' | 'silent' | 'stalled'>): AccountingStatistics;
}

export function createStatistics(): Counting {
  const made: Record<RecordEvent, number> = { on: 0, start: 0, interim: 0, move: 0, change: 0, stop: 0, off: 0 };
  const done = { delivered: 0, superseded: 0, lost: 0 };
  return {
    made: (event) => void (made[event] += 1),
    done: (how) => void (done[how] += 1),
    all: (now) => ({ ...now, made: { ...made }, ...done }),
  };
}
