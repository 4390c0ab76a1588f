/** What hostapd tells its monitors unasked: one line each, `<level>NAME arguments`. */
import type { Mac } from '../../../protocol/mac.ts';

export type HostapdEvent =
  /** A station may use the network: associated, and its key handshake or EAP is done. */
  | { readonly kind: 'stationConnected'; readonly mac: Mac }
  | { readonly kind: 'stationDisconnected'; readonly mac: Mac }
  /** By hostapd's own EAP server (SUCCESS) or by a RADIUS server (SUCCESS2). The key handshake may still be to come. */
  | { readonly kind: 'eapSuccess'; readonly mac: Mac }
  | { readonly kind: 'eapFailure'; readonly mac: Mac }
  | { readonly kind: 'enabled' }
  | { readonly kind: 'disabled' }
  | { readonly kind: 'terminating' }
  | { readonly kind: 'unknown'; readonly text: string };

const OF_STATION = {
  'AP-STA-CONNECTED': 'stationConnected',
  'AP-STA-DISCONNECTED': 'stationDisconnected',
  'CTRL-EVENT-EAP-SUCCESS': 'eapSuccess',
  'CTRL-EVENT-EAP-SUCCESS2': 'eapSuccess',
  'CTRL-EVENT-EAP-FAILURE': 'eapFailure',
  'CTRL-EVENT-EAP-FAILURE2': 'eapFailure',
} as const;

const OF_INTERFACE = {
  'AP-ENABLED': 'enabled',
  'AP-DISABLED': 'disabled',
  'INTERFACE-ENABLED': 'enabled',
  'INTERFACE-DISABLED': 'disabled',
  'CTRL-EVENT-TERMINATING': 'terminating',
} as const;

const has = <T extends object>(table: T, key: string): key is keyof T & string => Object.hasOwn(table, key);
export const isMac = (text: string): boolean => /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(text);

/** Undefined: the datagram is no event but the reply to a request. */
export function parseEvent(datagram: string): HostapdEvent | undefined {
  const m = /^<\d>([^]*)$/.exec(datagram);
  if (!m) return undefined;
  const text = (m[1] as string).trimEnd();
  const [name = '', mac = ''] = text.split(' ');
  if (has(OF_STATION, name) && isMac(mac)) return { kind: OF_STATION[name], mac };
  if (has(OF_INTERFACE, name)) return { kind: OF_INTERFACE[name] };
  return { kind: 'unknown', text };
}
