/** The Wi-Fi lab for people: the picture, a line for each thing that happens, the table of roams, and what must hold. Pure. */
import type { HomeEvent, Result, RoamCause, Roamed } from './results.ts';

export const drawing = (): string => `
                          +------------------- a virtual machine, no hardware support -------------------+
  phone                   |  home1  channel 1   hostapd, roamstead agent \\                               |
  wpa_supplicant  ~~802.11~~                                              == transport == LMA == internet |
  runs nothing of ours    |  home2  channel 6   hostapd, roamstead agent /              FreeRADIUS  host |
                          +-------------------------------------------------------------------------------+
   WPA2-Enterprise (PEAP), radios: mac80211_hwsim; UDP every 20 ms and TCP, IPv4 and IPv6, all the time
`;

const CAUSES: Record<RoamCause, string> = { command: 'told to', vanishing: 'home vanished', fading: 'home became weak' };
const ms = (value: number) => `${Math.round(value)} ms`;

export const describeEvents = (events: readonly HomeEvent[]): string => events.map((e) => `home${e.home} ${e.event} +${ms(e.at)}`).join(', ');

/** Lines for what was told. */
export function progress(r: Result): string[] {
  switch (r.kind) {
    case 'booted':
      return [`the machine is up, Linux ${r.kernel}`];
    case 'step':
      return [r.what];
    case 'attached':
      return [`  at home${r.home} as ${r.identity} after ${ms(r.associatedMs)}, both ends switched ${ms(r.switchedMs)} later; ${[...r.addresses.ipv4, ...r.addresses.ipv6].join(' ')}`, `  ${describeEvents(r.events)}`];
    case 'roamed':
      return [`  associated after ${ms(r.associatedMs)}, both ends switched ${ms(r.switchedMs)} later, no packet for ${ms(Math.max(r.gapMs.ipv4, r.gapMs.ipv6))}; LMA: home${r.servedBy}`, `  ${describeEvents(r.events)}`];
    case 'left':
      return [`  home${r.home} de-registers after ${ms(r.afterMs)}: ${r.reason}`];
    case 'neighbours':
      return [`  home${r.home} hears ${r.heard.map((n) => `${n.bssid} on channel ${n.channel} at ${n.signal} dBm`).join(', ')}`];
    case 'traffic':
    case 'forwarded':
    case 'failed':
    case 'done':
      return [];
  }
}

const columns = ['roam', 'why', 'associated', 'switched', 'gap IPv4', 'gap IPv6', 'LMA says', 'address'] as const;

function row(r: Roamed): string[] {
  return [`home${r.from} -> home${r.to}`, CAUSES[r.cause], ms(r.associatedMs), ms(r.switchedMs), ms(r.gapMs.ipv4), ms(r.gapMs.ipv6), `home${r.servedBy}`, [...r.addresses.ipv4, ...r.addresses.ipv6].join(' ')];
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((r) => r[i]?.length ?? 0))) ?? [];
  return rows.map((r) => `  ${r.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd()).join('\n');
}

const of = <K extends Result['kind']>(results: readonly Result[], kind: K) => results.filter((r): r is Extract<Result, { kind: K }> => r.kind === kind);

export interface Verdict {
  readonly what: string;
  readonly holds: boolean;
}

/** What the lab is there to show. */
export function verdict(results: readonly Result[]): Verdict[] {
  const [first] = of(results, 'attached');
  const roams = of(results, 'roamed');
  const tcp = of(results, 'traffic').flatMap((t) => t.tcp);
  const addresses = JSON.stringify(first?.addresses);
  return [
    { what: 'address kept in every roam', holds: roams.length > 0 && roams.every((r) => JSON.stringify(r.addresses) === addresses) },
    { what: 'TCP connections survived', holds: tcp.length > 0 && tcp.every((t) => t.alive && t.corrupt === 0) },
    { what: 'the LMA followed', holds: roams.length > 0 && roams.every((r) => r.servedBy === r.to && r.heldBy.join() === String(r.to)) },
    { what: 'goodbye and silence ended the session', holds: of(results, 'left').length === 2 && of(results, 'left').every((l) => l.sessions === 0) },
  ];
}

export function summary(results: readonly Result[]): string {
  const packets = of(results, 'traffic').map((t) => `UDP packets ${t.packets.sent} sent, ${t.packets.lost} lost while roaming`);
  const left = of(results, 'left').map((l) => `${l.how === 'disconnect' ? 'goodbye' : 'vanished without a word'}: de-registered after ${ms(l.afterMs)} (${l.reason})`);
  return ['', table([columns, ...of(results, 'roamed').map(row)]), '', ...packets, ...left, ...verdict(results).map((v) => `${v.holds ? 'yes' : 'NO '}  ${v.what}`)].join('\n');
}
