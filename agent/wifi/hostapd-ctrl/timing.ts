/** How patient the conversation with a control socket is. */
import type { Millis } from '../../../protocol/units.ts';

export interface Timing {
  /** Silence after which hostapd is asked whether it lives. */
  readonly ping: Millis;
  /** How long it may think about a request. */
  readonly reply: Millis;
  /** Pause before the socket is opened again. */
  readonly retry: Millis;
  /** How often the station list is compared with what the events said. */
  readonly audit: Millis;
  /** AP-STA-CONNECTED and EAP-SUCCESS of one station within this time are one attachment. */
  readonly debounce: Millis;
}

export const TIMING: Timing = { ping: 5000, reply: 3000, retry: 500, audit: 30_000, debounce: 1000 };
