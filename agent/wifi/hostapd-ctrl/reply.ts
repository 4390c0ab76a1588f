/** What hostapd answers to STA, STA-FIRST, STA-NEXT and STATUS: `key=value` lines. */
import type { Mac } from '../../../protocol/mac.ts';
import { isMac } from './event.ts';

export interface Station {
  readonly mac: Mac;
  /** May use the network. Listed but not authorized: still authenticating, or failed to. */
  readonly authorized: boolean;
  /** What EAP proved (`dot1xAuthSessionUserName`), if it ran; kept by hostapd when a cached key skips EAP. */
  readonly identity?: string;
  /** All lines of the reply by key, for what has no name here: `signal`, `connected_time`, `rx_bytes`, ... */
  readonly fields: Readonly<Record<string, string>>;
}

export interface Status {
  /** `ENABLED` when the access point serves; `DISABLED`, `COUNTRY_UPDATE`, `ACS`, `DFS`, ... when not. */
  readonly state: string;
  /** The interface that is the BSS. */
  readonly bss?: string;
  readonly bssid?: Mac;
  readonly ssid?: string;
  readonly channel?: number;
  readonly fields: Readonly<Record<string, string>>;
}

/** Of a repeated key the first counts: a station chooses its identity, and a line break in it must not forge its flags. */
function parseFields(lines: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const line of lines) {
    const at = line.indexOf('=');
    if (at > 0 && !Object.hasOwn(fields, line.slice(0, at))) fields[line.slice(0, at)] = line.slice(at + 1);
  }
  return fields;
}

/** Undefined: there is no such station (`FAIL`), or no further one (empty). */
export function parseStation(reply: string): Station | undefined {
  const [mac = '', ...lines] = reply.split('\n');
  if (!isMac(mac)) return undefined;
  const fields = parseFields(lines);
  const identity = fields.dot1xAuthSessionUserName;
  return { mac, authorized: (fields.flags ?? '').includes('[AUTHORIZED]'), ...(identity ? { identity } : {}), fields };
}

/** Undefined: not the reply to STATUS. */
export function parseStatus(reply: string): Status | undefined {
  const fields = parseFields(reply.split('\n'));
  if (fields.state === undefined) return undefined;
  const channel = Number(fields.channel);
  return {
    state: fields.state,
    ...(fields['bss[0]'] ? { bss: fields['bss[0]'] } : {}),
    ...(fields['bssid[0]'] ? { bssid: fields['bssid[0]'] } : {}),
    ...(fields['ssid[0]'] ? { ssid: fields['ssid[0]'] } : {}),
    ...(channel > 0 ? { channel } : {}),
    fields,
  };
}
