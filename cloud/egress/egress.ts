/** How subscribers' packets leave: routed or translated, filtered, and each address space by itself. Desired state, like the paths. */
import { peerName, pseudoName } from '../../linux/datapath/surroundings.ts';
import { NativeError } from '../../linux/native.ts';
import { deleteTable, nftables, type Nftables } from '../../linux/netlink/nftables.ts';
import { netlink, unless, type Netlink } from '../../linux/netlink/socket.ts';
import { removeEgressRoutes, setEgressRoutes, type SpaceRoutes } from './routes.ts';
import { ruleset, TABLE, type Filter } from './ruleset.ts';

export interface EgressPlan {
  readonly spaces: readonly SpaceRoutes[];
  readonly filter: Filter | undefined;
}

export interface Egress {
  /** Why nothing is filtered; undefined: it is as configured. */
  readonly missing: string | undefined;
  /** What was set stays, or goes. */
  stop(how: { readonly keepForwarding: boolean }): void;
}

/** Of an address space, as the data path names it. */
export const devicesOf = (space: number): { readonly device: string; readonly peer: string } => ({ device: pseudoName(space), peer: peerName(space) });

/**
 * Behind the data path, whose devices must be there. Without nftables in the kernel nothing is filtered, and what must be translated
 * or kept apart is refused. @throws Error in words, PathError, NativeError
 */
export function openEgress({ spaces, filter }: EgressPlan): Egress {
  const nl = netlink();
  try {
    setEgressRoutes(nl, spaces);
    return begin(nl, spaces, filter);
  } catch (e) {
    nl.close();
    throw e;
  }
}

function begin(nl: Netlink, spaces: readonly SpaceRoutes[], filter: Filter | undefined): Egress {
  const end = (keepForwarding: boolean): void => {
    if (!keepForwarding) removeEgressRoutes(nl, spaces);
    nl.close();
  };
  let nft: Nftables | undefined;
  try {
    nft = nftables();
    nft.commit(ruleset(spaces, filter));
  } catch (e) {
    nft?.close();
    if (!(e instanceof NativeError)) throw e;
    const needed = spaces.length > 1 ? 'several address spaces' : spaces.some((s) => s.nat44.length > 0) ? 'nat44' : undefined;
    if (needed !== undefined) throw new Error(`${needed} needs nftables, which refused: ${e.message}`, { cause: e });
    return { missing: e.message, stop: ({ keepForwarding }) => end(keepForwarding) };
  }
  const table = nft;
  return {
    missing: undefined,
    stop({ keepForwarding }) {
      if (!keepForwarding) unless(['ENOENT'], () => table.commit([deleteTable(TABLE)]));
      table.close();
      end(keepForwarding);
    },
  };
}
