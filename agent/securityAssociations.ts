/** The keys that this gateway shares with its LMAs. With a key, everything from that LMA must be signed with it; strangers are never heard. */
import type { SecurityAssociations } from '../runtime/signalling.ts';

interface Lma {
  readonly id: string;
  readonly 'ipv6-address'?: string | undefined;
  readonly 'ipv4-address'?: string | undefined;
  readonly key?: string | undefined;
}

export function securityAssociations(lmas: readonly Lma[]): SecurityAssociations {
  const keys = new Map(lmas.flatMap((l) => (l.key === undefined ? [] : [[l.id, new Uint8Array(Buffer.from(l.key, 'hex'))] as const])));
  // An LMA is known by its address: it does not move.
  const byAddress = new Map(lmas.flatMap((l) => [l['ipv6-address'], l['ipv4-address']].flatMap((address) => (address === undefined ? [] : [[address, l.id] as const]))));
  const keyed = (address: string): string | undefined => {
    const id = byAddress.get(address);
    return id !== undefined && keys.has(id) ? id : undefined;
  };
  return {
    claimed: (_, from) => keyed(from.remote),
    keyOf: (id) => keys.get(id),
    required: (from) => !byAddress.has(from.remote) || keyed(from.remote) !== undefined,
  };
}
