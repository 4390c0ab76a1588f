/** The neighbour list between two agents: one file in the state directory. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Neighbour } from './neighbours.ts';

const FILE = 'neighbours';
const number = v.pipe(v.number(), v.finite());
const neighbour = v.strictObject({
  bssid: v.pipe(v.string(), v.regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/)),
  ssid: v.string(),
  frequency: number,
  channel: number,
  signal: number,
  lastSeen: number,
});
/** A list of another version is no list. */
const file = v.strictObject({ version: v.literal(1), neighbours: v.array(neighbour) });

/** Nothing, where there is no file or none that can be read: the next look makes a new one. */
export function loadNeighbours(folder: string): readonly Neighbour[] {
  try {
    return v.parse(file, JSON.parse(readFileSync(join(folder, FILE), 'utf8'))).neighbours;
  } catch {
    return [];
  }
}

/** @throws Error of fs */
export function storeNeighbours(folder: string, neighbours: readonly Neighbour[]): void {
  const path = join(folder, FILE);
  writeFileSync(`${path}.new`, JSON.stringify({ version: 1, neighbours }), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
