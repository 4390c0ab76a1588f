/** How subscribers' packets leave: routed or translated, filtered, and each address space by itself. Desired state, like the paths. */
import { peerName, pseudoName } from '../../linux/datapath/surroundings.ts';
import { NativeError } from '../../linux/native.ts';
import { deleteTable, deviceName, newElements, nftables, type Nftables } from '../../linux/netlink/nftables.ts';
import { watchTable } from '../../linux/netlink/nftablesEvents.ts';
import { netlink, unless, type Netlink } from '../../linux/netlink/socket.ts';
import { removeEgressRoutes, setEgressRoutes, type SpaceRoutes } from './routes.ts';
import { ruleset, TABLE, type Filter } from './ruleset.ts';

export interface EgressPlan {
  readonly spaces: readonly SpaceRoutes[];
  readonly filter: Filter | undefined;
}

export interface EgressOptions extends EgressPlan {
  /** Somebody removed the filter and the translation; they are there again. */
  readonly onRestored?: () => void;
  readonly onError: (error: Error) => void;
}

export interface Egress {
  /** Why nothing is filtered; undefined: it is as configured. */
  readonly missing: string | undefined;
  /** An upstream was made anew. @throws NativeError */
  refresh(): void;
  /** What was set stays, or goes. */
  stop(how: { readonly keepForwarding: boolean }): void;
}

/** Of an address space, as the data path names it. */
export const devicesOf = (space: number): { readonly device: string; readonly peer: string } => ({ device: pseudoName(space), peer: peerName(space) });

/**
 * Behind the data path, whose devices must be there. Without nftables in the kernel nothing is filtered, and what must be translated
 * or kept apart is refused. @throws Error in words, NativeError
 */
export function openEgress(options: EgressOptions): Egress {
  const nl = netlink();
  try {
    setEgressRoutes(nl, options.spaces);
    return begin(nl, options);
  } catch (e) {
    nl.close();
    throw e;
  }
}

function begin(nl: Netlink, { spaces, filter, onRestored, onError }: EgressOptions): Egress {
  const end = (keepForwarding: boolean): void => {
    if (!keepForwarding) removeEgressRoutes(nl, spaces);
    nl.close();
  };
  const refresh = (): void => setEgressRoutes(nl, spaces);
  let nft: Nftables | undefined;
  try {
    nft = nftables();
    nft.commit(ruleset(spaces, filter));
  } catch (e) {
    nft?.close();
    if (!(e instanceof NativeError)) throw e;
    const needed = spaces.length > 1 ? 'several address spaces' : spaces.some((s) => s.nat44.length > 0) ? 'nat44' : undefined;
    if (needed !== undefined) throw new Error(`${needed} needs nftables, which refused: ${e.message}`, { cause: e });
    return { missing: e.message, refresh, stop: ({ keepForwarding }) => end(keepForwarding) };
  }
  const table = nft;
  const watch = watchTable(TABLE, restore, onError);
  /** A firewall that flushes all of nftables as it starts takes this table with it. */
  function restore(): void {
    try {
      if (isThere(table)) return;
      table.commit(ruleset(spaces, filter));
      onRestored?.();
    } catch (e) {
      onError(e as Error);
    }
  }
  return {
    missing: undefined,
    refresh,
    stop({ keepForwarding }) {
      watch.close();
      if (!keepForwarding) unless(['ENOENT'], () => table.commit([deleteTable(TABLE)]));
      table.close();
      end(keepForwarding);
    },
  };
}

/** @throws NativeError other than that it is not */
function isThere(nft: Nftables): boolean {
  let there = true;
  try {
    nft.commit([newElements(TABLE, 'own', [deviceName('lo')])]);
  } catch (e) {
    if (!(e instanceof NativeError && e.errno === 'ENOENT')) throw e;
    there = false;
  }
  return there;
}
