/** The keys that this gateway shares with its LMAs. With a key, everything from that LMA must be signed with it; strangers are never heard. */
import { existsSync } from 'node:fs';
import { ANY_IPV4, ANY_IPV6 } from '../protocol/address.ts';
import type { SecurityAssociations, SignallingOptions } from '../runtime/signalling.ts';
import type { AgentConfig } from './config.ts';

interface Lma {
  readonly id: string;
  readonly 'ipv6-address'?: string | undefined;
  readonly 'ipv4-address'?: string | undefined;
  readonly key?: string | undefined;
}

export interface ChangingAssociations extends SecurityAssociations {
  /** These from now on; of those before, the ones that hold sessions (`inUse`, by id) are heard on. */
  use(lmas: readonly Lma[], inUse: ReadonlySet<string>): void;
}

export function securityAssociations(first: readonly Lma[]): ChangingAssociations {
  let all = first;
  let keys = keysOf(first);
  let byAddress = addressesOf(first);
  const keyed = (address: string): string | undefined => {
    const id = byAddress.get(address);
    return id !== undefined && keys.has(id) ? id : undefined;
  };
  return {
    claimed: (_, from) => keyed(from.remote),
    keyOf: (id) => keys.get(id),
    required: (from) => !byAddress.has(from.remote) || keyed(from.remote) !== undefined,
    use(lmas, inUse) {
      all = [...all.filter((before) => inUse.has(before.id) && !lmas.some((l) => l.id === before.id)), ...lmas];
      keys = keysOf(all);
      byAddress = addressesOf(all);
    },
  };
}

const keysOf = (lmas: readonly Lma[]) => new Map(lmas.flatMap((l) => (l.key === undefined ? [] : [[l.id, new Uint8Array(Buffer.from(l.key, 'hex'))] as const])));

/** An LMA is known by its address. */
const addressesOf = (lmas: readonly Lma[]) => new Map(lmas.flatMap((l) => [l['ipv6-address'], l['ipv4-address']].flatMap((address) => (address === undefined ? [] : [[address, l.id] as const]))));

/** All addresses of the families that its LMAs have: those of the uplink come and go. Which ones the fleet will name is not known. */
export function signallingAddresses(config: Pick<AgentConfig, 'local-mobility-anchors' | 'fleet'>, hasIpv6 = existsSync('/proc/net/if_inet6')): Pick<SignallingOptions, 'ipv6' | 'ipv4'> {
  const any = (key: 'ipv4-address' | 'ipv6-address'): boolean => config['local-mobility-anchors'].some((l) => l[key] !== undefined);
  return { ...(any('ipv6-address') || (config.fleet && hasIpv6) ? { ipv6: [ANY_IPV6] } : {}), ...(any('ipv4-address') || config.fleet ? { ipv4: [ANY_IPV4] } : {}) };
}
