/**
 * Which homes are within earshot of each other, without a BSSID in what crosses MQTT: each gateway tells marks of its own BSSIDs and
 * of those that its survey heard, and equal ones are one radio. What marks keep from whom stands in docs/PRIVACY.md.
 */
import { createHmac } from 'node:crypto';
import type { Heartbeat } from '../../runtime/fleet/messages.ts';

/** What a heartbeat takes; the strongest neighbours stand first. */
const MOST_OWN = 16;
const MOST_NEAR = 64;

/**
 * @param authority PEM of the fleet's: the key is the fleet's own, so that marks of two fleets, or tables made for all, do not fit
 * @returns undefined for a gateway without a radio
 */
export function radioMarks(authority: string, own: Iterable<string>, near: Iterable<string>): Heartbeat['radio'] {
  const key = authority.replace(/-----[^-]*-----|\s/g, '');
  const marks = (bssids: Iterable<string>, most: number): string[] => [...new Set(bssids)].slice(0, most).map((bssid) => createHmac('sha256', key).update(`bssid ${bssid.toLowerCase()}`).digest('hex').slice(0, 16));
  const radio = { own: marks(own, MOST_OWN), near: marks(near, MOST_NEAR) };
  return radio.own.length + radio.near.length === 0 ? undefined : radio;
}
