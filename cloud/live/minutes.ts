/** A line a minute, kept in the store: what the charts of Now are drawn from. */
import type { Overview } from '../api/resources/network.ts';
import type { FleetStore } from '../fleet/ports.ts';
import type { Millis, UnixMillis } from '../../protocol/units.ts';
import type { Figures } from './ports.ts';

export type Minute = Overview['history'][number];

export const STREAM = 'minutes';
const MINUTE: Millis = 60_000;
const KEPT = 60;

export interface Minutes {
  /** Of the last hour, the oldest first. */
  history(): readonly Minute[];
  tick(now: UnixMillis): void;
}

export interface MinutesOptions {
  readonly store: Pick<FleetStore, 'read' | 'commit'>;
  readonly figures: Figures;
  readonly counts: () => { readonly subscribers: number; readonly online: number };
  readonly now: () => UnixMillis;
  readonly onError: (error: Error) => void;
}

/** @throws FleetStoreError */
export async function openMinutes({ store, figures, counts, now, onError }: MinutesOptions): Promise<Minutes> {
  const start = now();
  const kept: Minute[] = (await store.read<Minute>(STREAM, { from: start - KEPT * MINUTE, newestFirst: true, limit: KEPT })).toReversed().map(({ at, handovers, success, p50, p99, subscribers, online }) => ({ at, handovers, success, p50, p99, subscribers, online }));
  let next = Math.floor(start / MINUTE) + 1;
  return {
    history: () => kept,
    tick(at) {
      const minute = Math.floor(at / MINUTE);
      if (minute < next) return;
      next = minute + 1;
      const { attempts, success, p50, p99 } = figures.figuresOf(undefined, (minute - 1) * MINUTE, minute * MINUTE);
      const line: Minute = { at: (minute - 1) * MINUTE, handovers: attempts, success, p50, p99, ...counts() };
      kept.push(line);
      while (kept[0] && kept[0].at < at - KEPT * MINUTE - MINUTE) kept.shift();
      store.commit([{ append: STREAM, record: line }]).catch((e: unknown) => onError(new Error(`a minute of figures is not kept: ${(e as Error).message}`)));
    },
  };
}
