/** How MACs are written in RADIUS attributes. */
import type { Mac } from '../mac.ts';

/** Calling-Station-Id as the seed wants it, `attribute 31 mac format ietf lower-case`: `00-24-d7-8e-21-a4` (RFC 3580 §3.21 has it in upper case). */
export const stationIdOf = (mac: Mac): string => mac.replaceAll(':', '-');
