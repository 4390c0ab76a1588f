/** Where a world's anchor keeps its bindings: as octets, after a while, or not at all while it is full or away. */
import type { AddressAtRest, BindingRecord, StoreChange } from '../../cloud/lma/bindingStore.ts';
import { decodeRecord, encodeRecord } from '../../cloud/store/record.ts';
import type { Millis } from '../../protocol/units.ts';
import type { Random } from './random.ts';
import type { Schedule } from './schedule.ts';

export interface Disk {
  /** `full` refuses; `away` does not answer, and may have done it all the same. */
  mode: 'well' | 'full' | 'away';
  /** How long a commit takes; undefined = it is done at once. */
  latency: readonly [Millis, Millis] | undefined;
  commit(changes: readonly StoreChange[], done: (error?: Error) => void): void;
  /** What is under way happens or does not, and nobody is told. */
  kill(): void;
  read(): (BindingRecord | AddressAtRest)[];
}

/** Half the commits that a kill interrupts, and a third of those that a store that is away leaves unanswered. */
const HALF = 0.5;
const THIRD = 1 / 3;
const QUICK: readonly [Millis, Millis] = [1, 1];

export function createDisk(schedule: Pick<Schedule, 'after'>, random: Random): Disk {
  const records = new Map<string, string>();
  const pending = new Set<readonly StoreChange[]>();
  const write = (changes: readonly StoreChange[]): void => {
    for (const { key, record } of changes) {
      if (record) records.set(key, encodeRecord(record));
      else records.delete(key);
    }
  };
  const disk: Disk = {
    mode: 'well',
    latency: undefined,
    commit(changes, done) {
      if (disk.mode === 'well' && !disk.latency) {
        write(changes);
        return done();
      }
      pending.add(changes);
      schedule.after(random.between(...(disk.latency ?? QUICK)), () => {
        if (!pending.delete(changes)) return;
        if (disk.mode === 'well' || (disk.mode === 'away' && random.chance(THIRD))) write(changes);
        done(disk.mode === 'well' ? undefined : new Error(`the store is ${disk.mode}`));
      });
    },
    kill() {
      for (const changes of pending) if (disk.mode !== 'full' && random.chance(HALF)) write(changes);
      pending.clear();
    },
    read: () => [...records.values()].map(decodeRecord),
  };
  return disk;
}
