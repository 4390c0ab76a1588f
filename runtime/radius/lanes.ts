/**
 * Identifiers. A server tells requests apart by source port and Identifier, of which there are 256 (RFC 2865 §3), so every
 * lane, a source port towards one server port, carries 256 requests, and the next ones open another lane.
 */
import type { Purpose } from './servers.ts';

export interface Lane<T> {
  /** Index in `Lanes.all`, and of its socket in the shell. */
  readonly number: number;
  readonly server: number;
  readonly purpose: Purpose;
  readonly outstanding: Map<number, T>;
  /** The next Identifier: in turn, so that a freed one rests before it is used again. */
  next: number;
}

export interface Lanes<T> {
  readonly all: Lane<T>[];
}

const IDENTIFIERS = 256;
/** Towards one server port: 4096 requests that wait at once are a fault, not a need. */
export const MOST_LANES = 16;

/** Puts `item` under a free Identifier; undefined if even the last lane is full. */
export function occupy<T>(lanes: Lanes<T>, server: number, purpose: Purpose, make: (lane: Lane<T>, identifier: number) => T): T | undefined {
  const mine = lanes.all.filter((l) => l.server === server && l.purpose === purpose);
  let lane = mine.find((l) => l.outstanding.size < IDENTIFIERS);
  if (!lane) {
    if (mine.length >= MOST_LANES) return undefined;
    lane = { number: lanes.all.length, server, purpose, outstanding: new Map(), next: 0 };
    lanes.all.push(lane);
  }
  while (lane.outstanding.has(lane.next)) lane.next = (lane.next + 1) % IDENTIFIERS;
  const identifier = lane.next;
  const item = make(lane, identifier);
  lane.outstanding.set(identifier, item);
  lane.next = (identifier + 1) % IDENTIFIERS;
  return item;
}
