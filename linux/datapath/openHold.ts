/** What holds packets, on its device and a timer: the port `Paths` with paths that may be held. */
import type { HoldRoom, Paths } from '../../protocol/paths.ts';
import type { BpfMap } from './bpf.ts';
import { openHoldDevice } from './holdDevice.ts';
import { createHolding } from './holding.ts';
import type { PathTable } from './pathTable.ts';

export interface Hold {
  /** The device of held packets. */
  readonly index: number;
  /** Instead of the table's. */
  readonly paths: Pick<Paths, 'set' | 'remove' | 'reconcile'> & Required<Pick<Paths, 'holding'>>;
  /** Sends what may be sent, and gives up the rest. */
  close(): void;
}

export interface HoldOptions extends HoldRoom {
  /** What the kernel refused while no caller waited. */
  readonly onError: (error: Error) => void;
}

/** @throws NativeError */
export function openHold(table: PathTable, holds: BpfMap, { mtu, onError, ...most }: HoldOptions & { readonly mtu: number }): Hold {
  let timer: NodeJS.Timeout | undefined;
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      onError(error as Error);
    }
  };
  const device = openHoldDevice(mtu, () => attempt(() => holding.readable()), onError);
  const holding = createHolding({
    table,
    holds,
    device,
    most,
    now: () => Number(process.hrtime.bigint()) / 1e6,
    wake(after) {
      clearTimeout(timer);
      timer = after === undefined ? undefined : setTimeout(() => attempt(() => holding.tick()), after);
    },
  });
  return {
    index: device.index,
    paths: {
      set: (path) => holding.set(path),
      remove: (index) => holding.remove(index),
      reconcile(all) {
        holding.clear();
        return table.reconcile(all);
      },
      holding: () => holding.counters(),
    },
    close() {
      attempt(() => holding.clear());
      device.close();
    },
  };
}
