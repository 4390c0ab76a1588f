/** What hostapd is asked. */
import type { Mac } from '../../../protocol/mac.ts';
import type { Millis } from '../../../protocol/units.ts';

/** What spoke for an attachment. */
export type Evidence = 'connected' | 'eap';

export type Request =
  | { readonly kind: 'attach' | 'status' | 'first' | 'ping' }
  | { readonly kind: 'next' | 'deauthenticate'; readonly mac: Mac }
  /** Asked because of an event at `at`; `recheck`: is it still authorized? */
  | { readonly kind: 'station'; readonly mac: Mac; readonly because: Evidence | 'recheck'; readonly at: Millis };

export function commandOf(r: Request): string {
  switch (r.kind) {
    case 'attach':
      return 'ATTACH';
    case 'status':
      return 'STATUS';
    case 'ping':
      return 'PING';
    case 'first':
      return 'STA-FIRST';
    case 'next':
      return `STA-NEXT ${r.mac}`;
    case 'station':
      return `STA ${r.mac}`;
    case 'deauthenticate':
      return `DEAUTHENTICATE ${r.mac}`;
  }
}
