/**
 * The wall around guests where the kernel forwards by itself: a table of nftables that knows which MAC and interface each address belongs to and
 * what guests are offered, drops the rest before it is routed, and counts it by reason.
 */
import { formatHex } from '../../protocol/mac.ts';
import type { Path } from '../../protocol/paths.ts';
import { NativeError } from '../native.ts';
import { unless } from '../netlink/socket.ts';
import { watchTable } from '../netlink/nftablesEvents.ts';
import { deleteElements, deleteTable, newElements, newTable, nftables } from '../netlink/nftables.ts';
import type { Change, Nftables } from '../netlink/nftables.ts';
import type { AccessInterface } from './attachedPaths.ts';
import { elementsOf, REASONS, SETS, TABLE, wholeTable } from './guestRules.ts';
import type { SetName } from './guestRules.ts';

export interface Guard {
  /** Why there is no wall; undefined: there is. */
  readonly missing: string | undefined;
  /** @throws NativeError, as do the others */
  add(path: Path): void;
  /** What `gone` has and `kept` has not. */
  remove(gone: Path, kept?: Path): void;
  /** Exactly these, on these access interfaces, in one step. `gateways`: all addresses of the interface. */
  only(paths: readonly Path[], access: readonly AccessInterface[]): void;
  /** Packets that were refused since the start, by reason. */
  refused(): Readonly<Record<string, bigint>>;
  /** Removes the table. */
  clear(): void;
  close(): void;
}

const NAMES = Object.keys(SETS) as SetName[];

/** Where the kernel has no nftables it does nothing, and says why. */
export function kernelGuard(): Guard {
  let nft: Nftables;
  try {
    nft = nftables();
  } catch (error) {
    return unguarded(error);
  }
  try {
    nft.commit([newTable(TABLE)]);
  } catch (error) {
    nft.close();
    return unguarded(error);
  }
  const held = new Map<number, Path>();
  let devices: readonly AccessInterface[] = [];
  /** Of tables that were replaced; the first may be an earlier run's. */
  let before: Record<string, bigint> = {};
  let made = false;

  const counted = (): Record<string, bigint> => (made ? nft.readCounters(TABLE) : {});
  const refused = (): Record<string, bigint> => {
    const now = counted();
    return Object.fromEntries(REASONS.map((reason) => [reason, (before[reason] ?? 0n) + (now[reason] ?? 0n)]));
  };

  function remake(): void {
    const sofar = refused();
    // First one is added, so that there is one to delete.
    nft.commit([newTable(TABLE), deleteTable(TABLE), ...wholeTable([...held.values()], devices)]);
    before = sofar;
    made = true;
  }

  // A firewall that starts may flush all of nftables. Should this not work, the next change makes the table again.
  const watching = watchTable(TABLE, () => {
    if (made && Object.keys(nft.readCounters(TABLE)).length === 0) remake();
  }, () => undefined);

  /** Somebody may have flushed all of nftables a moment ago: then it is made again. */
  function change(changes: readonly Change[]): void {
    try {
      if (changes.length > 0) nft.commit(changes);
    } catch (error) {
      if (!(error instanceof NativeError && error.errno === 'ENOENT')) throw error;
      remake();
    }
  }

  return {
    missing: undefined,
    add(path) {
      held.set(path.index, path);
      const elements = elementsOf(path);
      change(NAMES.flatMap((name) => (elements[name].length > 0 ? [newElements(TABLE, name, elements[name])] : [])));
    },
    remove(gone, kept) {
      if (kept) held.set(kept.index, kept);
      else held.delete(gone.index);
      const [old, still] = [elementsOf(gone), kept && elementsOf(kept)];
      for (const name of NAMES) {
        const stay = new Set(still?.[name].map(formatHex));
        const stale = old[name].filter((key) => !stay.has(formatHex(key)));
        if (stale.length > 0) change([deleteElements(TABLE, name, stale)]);
      }
    },
    only(paths, access) {
      held.clear();
      for (const path of paths) held.set(path.index, path);
      devices = access;
      remake();
    },
    refused,
    clear() {
      before = refused();
      made = false;
      unless(['ENOENT'], () => nft.commit([deleteTable(TABLE)]));
    },
    close() {
      watching.close();
      nft.close();
    },
  };
}

function unguarded(error: unknown): Guard {
  if (!(error instanceof NativeError)) throw error;
  const nothing = () => undefined;
  return { missing: error.message, add: nothing, remove: nothing, only: nothing, refused: () => ({}), clear: nothing, close: nothing };
}
