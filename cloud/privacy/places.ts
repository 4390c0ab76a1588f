/** What a map may show: positions beside the true ones. Which moves a graph may show is cloud/live/moves.ts's. */
import { createHmac } from 'node:crypto';
import type { Fuzz, Position } from './parts.ts';

const METRES_PER_DEGREE = 111_320;
/** Close to a pole a degree of longitude has no metres left. */
const SMALLEST_COSINE = 0.01;

/** @param key as long as the installation lives: with a new one each month the average of a year would be the true place */
export function createFuzz(key: Uint8Array): Fuzz {
  return (id, { latitude, longitude }, metres): Position => {
    if (metres <= 0) return { latitude, longitude };
    // Another radius is another direction, too: two points on one line would lead back to where it begins.
    const hash = createHmac('sha256', key).update(`${id} ${metres}`).digest();
    const angle = (hash.readUInt32BE(0) / 2 ** 32) * 2 * Math.PI;
    // Evenly over the circle's area.
    const distance = Math.sqrt(hash.readUInt32BE(4) / 2 ** 32) * metres;
    const north = (Math.cos(angle) * distance) / METRES_PER_DEGREE;
    const east = (Math.sin(angle) * distance) / (METRES_PER_DEGREE * Math.max(SMALLEST_COSINE, Math.cos((latitude * Math.PI) / 180)));
    return { latitude: rounded(Math.max(-90, Math.min(90, latitude + north))), longitude: rounded(((longitude + east + 540) % 360) - 180) };
  };
}

/** A tenth of a metre: digits that say nothing would look as if they did. */
const rounded = (degrees: number): number => Math.round(degrees * 1e6) / 1e6;
