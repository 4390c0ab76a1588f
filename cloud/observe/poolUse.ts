/** How full the pools are. */
import type { Lma } from '../lma/lma.ts';

export interface PoolUse {
  readonly pool: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly used: number;
  readonly free: number;
}

/** Network, broadcast and router are nobody's; neither is the first prefix (cloud/lma/pools.ts). */
const RESERVED = { ipv4: 3, ipv6: 1 } as const;

export const poolsOf = (lma: Pick<Lma, 'ipv4Pools' | 'ipv6Pools'>): PoolUse[] => [
  ...[...lma.ipv4Pools].map(([pool, p]) => use(pool, 'ipv4', 2 ** (32 - p.config.prefixLength), p.used)),
  ...[...lma.ipv6Pools].map(([pool, p]) => use(pool, 'ipv6', 2 ** (64 - p.config.prefix.length), p.used)),
];

const use = (pool: string, family: PoolUse['family'], size: number, used: number): PoolUse => ({ pool, family, used, free: size - RESERVED[family] - used });
