/** The gateways that hold sessions here: where each is reached, and from which care-of addresses it registered. */
import type { Endpoint } from '../../protocol/entity.ts';
import { createPulse, type Pulse } from '../../protocol/heartbeat.ts';
import type { BindingCacheEntry } from './bindingCache.ts';
import type { Lma } from './state.ts';

export interface Peer {
  /** The authenticated MAG Identifier, or the address where nothing is authenticated. */
  readonly id: string;
  readonly mag: string | undefined;
  /** Of its last accepted PBU, turned round. */
  endpoint: Endpoint;
  /** Where its sessions may be found in the cache; an address without any is dropped when that is noticed. */
  readonly careOf: Set<string>;
  readonly pulse: Pulse;
  /** A heartbeat is due some time. */
  beating: boolean;
}

/** What outlives the process, so that a restart can be announced. */
export type KnownPeer = Pick<Peer, 'id' | 'mag' | 'endpoint'>;

/** The peer, new or known, that a session's gateway is; `moved`: it is new or reached elsewhere. */
export function peerAt(lma: Lma, { mag, endpoint, proxyCoa }: { readonly mag: string | undefined; readonly endpoint: Endpoint; readonly proxyCoa: string }): { readonly peer: Peer; readonly moved: boolean } {
  const id = mag ?? proxyCoa;
  const known = lma.peers.get(id);
  const peer: Peer = known ?? { id, mag, endpoint, careOf: new Set(), pulse: createPulse(lma.config.random32()), beating: false };
  const moved = !known || known.endpoint.local !== endpoint.local || known.endpoint.remote !== endpoint.remote || known.endpoint.remotePort !== endpoint.remotePort;
  peer.endpoint = endpoint;
  peer.careOf.add(proxyCoa);
  if (!known) lma.peers.set(id, peer);
  return { peer, moved };
}

/** The sessions that this gateway holds. */
export function* sessionsAt(lma: Lma, peer: Peer): Generator<BindingCacheEntry> {
  for (const address of peer.careOf) {
    let any = false;
    for (const entry of lma.cache.ofProxyCoa(address)) {
      if ((entry.mag ?? entry.proxyCoa) !== peer.id) continue;
      any = true;
      if (entry.state === 'ACTIVE') yield entry;
    }
    if (!any) peer.careOf.delete(address);
  }
}

export const hasSessions = (lma: Lma, peer: Peer): boolean => sessionsAt(lma, peer).next().done === false;
