/** Records of very many paths into the maps: without an object for each, and thousands in one call of the kernel. */
import type { Path } from '../../protocol/paths.ts';
import type { BpfMap } from './bpf.ts';
import type { Maps } from './loader.ts';
import { addressKeys, putReceive, putSend } from './records.ts';
import type { Particulars } from './records.ts';
import { target } from './table.ts';
import type { Target } from './table.ts';

const BATCH = 4096;

export interface PathWriter {
  /** @throws NativeError */
  add(path: Path): void;
  /** What is still to be written. @throws NativeError */
  finish(): void;
}

interface Batch {
  add(key: (into: Target, at: number) => void, value: (into: Target, at: number) => void): void;
  flush(): void;
}

function batch(map: BpfMap): Batch {
  const { keySize, valueSize } = map.shape;
  const keys = target(BATCH * keySize);
  const values = target(BATCH * valueSize);
  let count = 0;
  function flush(): void {
    if (count > 0) map.updateBatch(keys.octets.subarray(0, count * keySize), values.octets.subarray(0, count * valueSize), count);
    // Fields are put into octets that are zero.
    values.octets.fill(0);
    count = 0;
  }
  return {
    add(key, value) {
      key(keys, count * keySize);
      value(values, count * valueSize);
      count += 1;
      if (count === BATCH) flush();
    },
    flush,
  };
}

/** For paths that are all new: the receiving side of each is written before its sending side. */
export function pathWriter(maps: Pick<Maps, 'receives' | 'sends'>, particulars: Particulars): PathWriter {
  const receives = batch(maps.receives);
  const sends = batch(maps.sends);
  let waiting: Path[] = [];

  function finish(): void {
    for (const path of waiting) receives.add(({ view }, at) => view.setUint32(at, path.tunnel.receiveKey), (into, at) => putReceive(into, at, path, particulars));
    receives.flush();
    for (const path of waiting) {
      for (const key of addressKeys(path)) sends.add(({ octets }, at) => octets.set(key, at), (into, at) => putSend(into, at, path, particulars));
    }
    sends.flush();
    waiting = [];
  }

  return {
    add(path) {
      waiting.push(path);
      if (waiting.length === BATCH) finish();
    },
    finish,
  };
}
