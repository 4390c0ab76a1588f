/** What the last agent left on interfaces that are still ours is taken up, all paths at once, before anybody is heard. */
import type { MagEvent } from './mag/events.ts';
import type { Mag } from './mag/mag.ts';
import type { RetainedBinding } from './mag/retained.ts';
import type { Retention } from './retention.ts';
import type { WantedPaths } from './wantedPaths.ts';

export interface TakeUpOptions {
  readonly mag: Pick<Mag, 'list'>;
  /** What the last agent left. */
  readonly retained: readonly RetainedBinding[];
  readonly retention: Pick<Retention, 'forget'>;
  readonly wanted: Pick<WantedPaths, 'reconcile'>;
  readonly feed: (event: MagEvent) => void;
  readonly isOurs: (device: string) => boolean;
}

/** Undefined: there was nothing. */
export function takeUp({ mag, retained: all, retention, wanted, feed, isOurs }: TakeUpOptions): { readonly bindings: number; readonly stalePaths: number } | undefined {
  const ours = all.filter((b) => isOurs(b.interface));
  for (const { mac, interface: device } of all) if (!isOurs(device)) retention.forget(mac);
  feed({ kind: 'restore', bindings: ours });
  const kept = [...mag.list.byMac.values()].flatMap((e) => e.path ?? []);
  const { removed } = wanted.reconcile(kept);
  return all.length + removed === 0 ? undefined : { bindings: kept.length, stalePaths: removed };
}
