/** Arithmetic on what the data path counts. Pure. */
import type { PathCounters } from '../../protocol/paths.ts';

export const NOTHING: PathCounters = { upOctets: 0n, upPackets: 0n, downOctets: 0n, downPackets: 0n };

export const plus = (a: PathCounters, b: PathCounters): PathCounters => ({
  upOctets: a.upOctets + b.upOctets,
  upPackets: a.upPackets + b.upPackets,
  downOctets: a.downOctets + b.downOctets,
  downPackets: a.downPackets + b.downPackets,
});

/** A counter that is behind what it said before has begun anew. */
export const isBehind = (a: PathCounters, b: PathCounters): boolean => a.upOctets < b.upOctets || a.upPackets < b.upPackets || a.downOctets < b.downOctets || a.downPackets < b.downPackets;

/** As JSON can hold it: up octets, up packets, down octets, down packets, decimal. */
export type StoredCounts = readonly [string, string, string, string];

export const stored = (c: PathCounters): StoredCounts => [String(c.upOctets), String(c.upPackets), String(c.downOctets), String(c.downPackets)];
export const restored = ([upOctets, upPackets, downOctets, downPackets]: StoredCounts): PathCounters => ({ upOctets: BigInt(upOctets), upPackets: BigInt(upPackets), downOctets: BigInt(downOctets), downPackets: BigInt(downPackets) });
