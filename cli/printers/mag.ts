/** `show ipv6 mobile pmipv6 mag tunnel | globals | stats` and `show route-map dynamic`, laid out as IOS does. */
import type { ShownGlobals } from '../../agent/show/globals.ts';
import type { ShownStats } from '../../agent/show/stats.ts';
import type { ShownRouteMap, ShownTunnel } from '../../agent/show/tunnel.ts';
import { hexKey } from '../../protocol/mobility/print.ts';
import { printable } from '../../runtime/log.ts';
import { fields } from './table.ts';

const RULE = '----------------------------------------------------';
const text = (lines: readonly string[]): string => lines.map((line) => `${printable(line)}\n`).join('');

const ENCAPSULATIONS = { gre6: 'GRE/IPv6', gre4: 'GRE/IP', udp4: 'GRE/UDP/IP' } as const;

export const magTunnels = (all: readonly ShownTunnel[]): string =>
  text([
    `Total number of tunnels: ${all.length}`,
    RULE,
    ...all.flatMap((t, n) => [
      `Peer [${t['peer-id']}] : Tunnel Bindings ${t.bindings}`,
      `  Tunnel${n}:`,
      `    src ${t.local}, dest ${t.remote}${t['remote-port'] === undefined ? '' : ` port ${t['remote-port']}`}`,
      `    encap ${ENCAPSULATIONS[t.transport]}, mtu ${t.mtu}`,
      `      ${t.counters.downPackets} packets input, ${t.counters.downOctets} bytes`,
      `      ${t.counters.upPackets} packets output, ${t.counters.upOctets} bytes`,
    ]),
  ]);

export function magGlobals(g: ShownGlobals): string {
  const line = (name: string, value: string | number, unit = ''): string => `   ${name.padEnd(28)} : ${value}${unit && ` (${unit})`}`;
  const enabled = (is: boolean): string => (is ? 'enabled' : 'disabled');
  return text([
    RULE,
    `Domain : ${g.domain}`,
    `Mag Identifier : ${g.mag}`,
    line('Mag is enabled on interface', g.interfaces.join(', ')),
    ...Object.entries(g['default-mn']).map(([name, profile]) => line('Default MN profile', `${profile} on ${name}`)),
    line('Proxy care-of addresses', [g['care-of'].ipv6, g['care-of'].ipv4].filter(Boolean).join(', ') || 'none'),
    line('Uplink MTU', g['care-of'].mtu, 'octets'),
    line('Clock', g.clock),
    line('Timestamp option', enabled(g.timestamp)),
    line('Encapsulation', g.encap.join(', ')),
    line('Data path', g.datapath),
    line('Max Bindings', g['max-bindings']),
    line('Bindings', g.bindings),
    line("MN's detach discover", enabled(g['discover-mn'])),
    line('Detach Query Period', g.ddp, 'sec'),
    line('Detach Query Response Time', g.ddt, 'sec'),
    line('Detach Query Retries', g.ddr),
    line('Detach Delay', g['detach-delay'], 'msec'),
    line('Registration Life Time', g['reg-time'], 'sec'),
    line('Refresh Time', g['ref-time'], 'sec'),
    line('Refresh Retransmit Init time', g.retx, 'msec'),
    line('Refresh Retransmit Max time', g['ret-max'], 'msec'),
    // RFC 5846 lets a gateway revoke in bulk; this one de-registers each session instead.
    line('BRI Init Delay Time', 'none: this gateway sends no BRI'),
    line('BRI Max Delay Time', 'none: this gateway sends no BRI'),
    ...g.peers.flatMap((p, n) => [
      `Peer#${n + 1}:`,
      `   Peer Name: ${p.id}, AuthOption: ${enabled(g['auth-option'].includes(p.id))}`,
      `   Peer Address: ${[p.ipv6, p.ipv4].filter(Boolean).join(', ')}, UDP encapsulation: ${p.forceUdp}`,
    ]),
  ]);
}

const TRIGGERS: Readonly<Record<string, string>> = { 0: 'unspecified', 1: 'administrative', 2: 'handover, same access technology', 3: 'handover, other access technology', 4: 'handover, unknown', 5: 'user-initiated', 6: 'access network', 7: 'out of sync', 128: 'per-peer policy', 129: 'revoking node policy' };

export function magStats(s: ShownStats): string {
  const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);
  const block = (title: string, counts: Readonly<Record<string, number>>, names: Readonly<Record<string, string>> = {}): string[] => [
    `${title.padEnd(24)} : ${sum(counts)}`,
    ...Object.entries(counts).map(([name, n]) => `   ${(names[name] ?? name).padEnd(36)} : ${n}`),
  ];
  return (
    text([
      RULE,
      `${'Total Bindings'.padEnd(24)} : ${s['bce-count']}`,
      `${'Peak Bindings'.padEnd(24)} : ${s['peak-bce-count']}`,
      `${'No Of handoff'.padEnd(24)} : ${s['handoff-count']}`,
      ...block('PBU Sent', s.pbu),
      ...block('PBA Rcvd', s.pba),
      ...block('PBRI Rcvd', s.pbri, TRIGGERS),
      ...block('PBRA Sent', s.pbra),
    ]) +
    (Object.keys(s.counters).length > 0 ? `Counters\n${fields(s.counters, '   ')}` : '') +
    (Object.keys(s.drops).length > 0 ? `Packets dropped by the data path\n${fields(s.drops, '   ')}` : '')
  );
}

export const routeMaps = (all: readonly ShownRouteMap[]): string =>
  text(
    all.flatMap((m) => [
      `route-map ${m.name}, permit`,
      '  Match clauses:',
      `    interface ${m.match.interface}`,
      `    mac ${m.match.llid}`,
      ...m.match.sources.map((s) => `    source ${s}`),
      '  Set clauses:',
      `    tunnel ${ENCAPSULATIONS[m.set.transport]} to ${m.set.remote}, key ${hexKey(m.set.key)}; back with key ${hexKey(m.from.key)}`,
      ...(m.fault === undefined ? [] : [`  Not in force: ${m.fault}`]),
      `  Policy routing matches: ${m.packets} packets, ${m.octets} bytes`,
    ]),
  ) || 'none\n';
