/** The keys that this gateway shares with its LMAs. With a key, everything from that LMA must be signed with it. */
import type { Endpoint } from '../protocol/entity.ts';
import type { SecurityAssociations } from '../runtime/signalling.ts';

interface Lma {
  readonly id: string;
  readonly 'ipv6-address'?: string | undefined;
  readonly 'ipv4-address'?: string | undefined;
  readonly key?: string | undefined;
}

export function securityAssociations(lmas: readonly Lma[]): SecurityAssociations {
  const keys = new Map(lmas.flatMap((l) => (l.key === undefined ? [] : [[l.id, new Uint8Array(Buffer.from(l.key, 'hex'))] as const])));
  const known = new Set(lmas.flatMap((l) => [l['ipv6-address'], l['ipv4-address']]));
  return {
    // An LMA is known by its address: it does not move.
    claimed: (_, from: Endpoint) => (known.has(from.remote) ? lmas.find((l) => keys.has(l.id) && (l['ipv6-address'] === from.remote || l['ipv4-address'] === from.remote))?.id : undefined),
    keyOf: (id) => keys.get(id),
    required: keys.size === lmas.length,
  };
}
