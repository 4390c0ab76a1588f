/** Records of very many paths into the maps: without an object for each, and thousands in one call of the kernel. */
import type { Path } from '../../protocol/paths.ts';
import type { BpfMap } from './bpf.ts';
import type { Maps } from './loader.ts';
import { putIpv4Key, putPrefixKey, putReceive, putSend } from './records.ts';
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

/** One map's keys and values, in octets that are zero before. */
interface Batch {
  readonly keys: Target;
  readonly values: Target;
  /** Where the next entry stands in both; what is there already is written when there is room for no more. @throws NativeError */
  next(): number;
  flush(): void;
}

function batch(map: BpfMap): Batch {
  const { keySize, valueSize } = map.shape;
  const keys = target(BATCH * keySize);
  const values = target(BATCH * valueSize);
  let count = 0;
  function flush(): void {
    if (count === 0) return;
    map.updateBatch(keys.octets.subarray(0, count * keySize), values.octets.subarray(0, count * valueSize), count);
    keys.octets.fill(0);
    values.octets.fill(0);
    count = 0;
  }
  return {
    keys,
    values,
    next() {
      if (count === BATCH) flush();
      return count++;
    },
    flush,
  };
}

/** Records of the sending side alone. */
export function sendWriter(maps: Pick<Maps, 'sends'>, particulars: Particulars): PathWriter {
  const { keySize, valueSize } = maps.sends.shape;
  const sends = batch(maps.sends);
  return {
    add(path) {
      if (path.ipv4) {
        const at = sends.next();
        putIpv4Key(sends.keys, at * keySize, path.space, path.ipv4);
        putSend(sends.values, at * valueSize, path, particulars);
      }
      for (const { address } of path.prefixes) {
        const at = sends.next();
        putPrefixKey(sends.keys, at * keySize, path.space, address);
        putSend(sends.values, at * valueSize, path, particulars);
      }
    },
    finish: () => sends.flush(),
  };
}

/** For paths that are all new: the receiving side of each is written before its sending side. */
export function pathWriter(maps: Pick<Maps, 'receives' | 'sends'>, particulars: Particulars): PathWriter {
  const { keySize, valueSize } = maps.receives.shape;
  const receives = batch(maps.receives);
  const sends = sendWriter(maps, particulars);
  let waiting: Path[] = [];

  function finish(): void {
    for (const path of waiting) {
      const at = receives.next();
      receives.keys.view.setUint32(at * keySize, path.tunnel.receiveKey);
      putReceive(receives.values, at * valueSize, path, particulars);
    }
    receives.flush();
    for (const path of waiting) sends.add(path);
    sends.finish();
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
