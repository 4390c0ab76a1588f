/** From the configuration file to what is set in the kernel. */
import { apnsOf, poolsOf, type LmaFile } from '../config.ts';
import { planOf } from './config.ts';
import { devicesOf, type EgressPlan } from './egress.ts';
import { portBlockOf, type Nat44, type PortBlock } from './portBlocks.ts';

/** One of each address space in use, with the pools of all its services. */
export function egressPlan(f: LmaFile): EgressPlan {
  const pools = poolsOf(f);
  const numbers = [...new Set(f['lma-services'].map((s) => s['address-space']))].toSorted((a, b) => a - b);
  const { filter, bogons, management } = f.egress;
  return {
    filter: filter ? { bogons, management } : undefined,
    spaces: numbers.map((space) => {
      const own = pools.filter((p) => p.space === space);
      const upstream = f['lma-services'].find((s) => s['address-space'] === space && s.upstream)?.upstream;
      return { space, ...devicesOf(space), pools: own.map((p) => p.prefix), nat44: own.flatMap((p) => natOf(f, p.name) ?? []), resolvers: resolversOf(f, space), upstream: upstream?.device, gateways: upstream?.gateways ?? [] };
    }),
  };
}

const resolversOf = (f: LmaFile, space: number): string[] => f['lma-services'].filter((s) => s['address-space'] === space).flatMap((s) => apnsOf(f, s).flatMap((a) => a.dns ?? []));

/** What the internet sees of a subscriber's address: for the address log, which then needs no line per connection. */
export function portBlocks(f: LmaFile): (space: number, address: string) => PortBlock | undefined {
  const spaces = new Map(egressPlan(f).spaces.map((s) => [s.space, s.nat44]));
  return (space, address) => {
    if (address.includes('/')) return undefined;
    for (const nat of spaces.get(space) ?? []) {
      const block = portBlockOf(nat, address);
      if (block) return block;
    }
    return undefined;
  };
}

/** The translation of an IPv4 pool, if it has one. The file was checked. */
export function natOf(f: LmaFile, name: string): Nat44 | undefined {
  const pool = f['ip-pools'].find((p) => p.name === name);
  const plan = pool?.nat44 && planOf(pool.network, pool.nat44);
  return typeof plan === 'object' ? plan : undefined;
}
