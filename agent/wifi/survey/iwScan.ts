/** What `iw dev DEVICE scan dump` prints (iw 5.x, scan.c): blocks that begin with `BSS`, their facts one tab deep. */
import type { Sighting } from './neighbours.ts';

const BLOCK = /^BSS ([0-9a-f]{2}(?::[0-9a-f]{2}){5})\b/;
const FACT = /^\t(freq|signal|last seen|SSID): ?(.*)$/;

/** iw writes what is not printable as `\xNN`, octet by octet. */
function unescapeSsid(text: string): string {
  const octets = [...new TextEncoder().encode(text)];
  const out: number[] = [];
  for (let i = 0; i < octets.length; i++) {
    const hex = /^\\x([0-9a-f]{2})$/.exec(String.fromCharCode(...octets.slice(i, i + 4)));
    out.push(hex ? parseInt(hex[1] as string, 16) : (octets[i] as number));
    if (hex) i += 3;
  }
  return new TextDecoder().decode(Uint8Array.from(out));
}

function sightingOf(bssid: string, facts: ReadonlyMap<string, string>): Sighting | undefined {
  const frequency = Math.floor(Number.parseFloat(facts.get('freq') ?? ''));
  const signal = Number.parseFloat(/^(-?[\d.]+) dBm/.exec(facts.get('signal') ?? '')?.[1] ?? '');
  const ssid = facts.get('SSID');
  // Older ones print the time since boot as well, under the same name.
  const age = Number.parseInt(/^(\d+) ms ago/.exec(facts.get('last seen') ?? '')?.[1] ?? '', 10);
  if (ssid === undefined || ![frequency, signal, age].every(Number.isFinite)) return undefined;
  return { bssid, ssid: unescapeSsid(ssid), frequency, signal, age };
}

/** Blocks without an SSID, a frequency, a signal in dBm or an age are left out. */
export function parseIwScan(output: string): Sighting[] {
  const found: Sighting[] = [];
  let bssid: string | undefined;
  let facts = new Map<string, string>();
  const finish = (): void => {
    const sighting = bssid === undefined ? undefined : sightingOf(bssid, facts);
    if (sighting) found.push(sighting);
  };
  for (const line of output.split('\n')) {
    const block = BLOCK.exec(line);
    if (block) {
      finish();
      bssid = block[1];
      facts = new Map();
      continue;
    }
    const [, name = '', value = ''] = FACT.exec(line) ?? [];
    const isAge = name === 'last seen' && value.endsWith('ago');
    if (name !== '' && (!facts.has(name) || isAge)) facts.set(name, value);
  }
  finish();
  return found;
}
