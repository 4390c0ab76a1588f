/** `show ipv6 mobile pmipv6 mag tunnel | globals | stats` and `show route-map dynamic`, laid out as IOS does. */
import type { ShownGlobals } from '../../agent/show/globals.ts';
import type { ShownStats } from '../../agent/show/stats.ts';
import type { ShownRouteMap, ShownTunnel } from '../../agent/show/tunnel.ts';
import { REVOCATION_STATUS, TRIGGER } from '../../protocol/mobility/codes.ts';
import { hexKey } from '../../protocol/mobility/print.ts';
import { printable } from '../../runtime/log.ts';

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
    ...Object.entries(g['mn-profile']).map(([name, mode]) => line('MN profiles', `${mode} on ${name}${g['default-mn'][name] === undefined ? '' : `, default ${g['default-mn'][name]}`}`)),
    ...(g['radius-servers'].length > 0 ? [line('RADIUS servers', g['radius-servers'].join(', ')), line('AAA accounting', enabled(g['aaa-accounting']))] : []),
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
    line('BRI Init Delay Time', g['bri-min'], 'msec'),
    line('BRI Max Delay Time', g['bri-max'], 'msec'),
    line('BRI Retries', g['bri-retries']),
    ...g.peers.flatMap((p, n) => [
      `Peer#${n + 1}:`,
      `   Peer Name: ${p.id}, AuthOption: ${enabled(g['auth-option'].includes(p.id))}`,
      `   Peer Address: ${[p.ipv6, p.ipv4].filter(Boolean).join(', ')}, UDP encapsulation: ${p.forceUdp}`,
    ]),
  ]);
}

/** `3` to `handover-different-att`, as the RFC's names become counters. */
const named = (table: Readonly<Record<string, number>>, code: string): string => Object.entries(table).find(([, n]) => String(n) === code)?.[0].toLowerCase().replaceAll('_', '-') ?? code;

type Counts = Readonly<Record<string, number | string>>;
const rows = (counts: Counts, nameOf: (name: string) => string = (name) => name): string[] => Object.entries(counts).map(([name, n]) => `   ${nameOf(name).padEnd(36)} : ${n}`);

/** What the agent's counters are about, by how their names begin; the rest is other. */
const GROUPS: readonly (readonly [title: string, names: RegExp])[] = [
  ['DHCP', /^(?:sent )?dhcp-|^held-too-long$/],
  ['RADIUS', /^RADIUS/],
  ['Other', /^/],
];

export function magStats(s: ShownStats): string {
  const total = (title: string, counts: Readonly<Record<string, number>>, nameOf?: (name: string) => string): string[] => [`${title.padEnd(24)} : ${Object.values(counts).reduce((a, b) => a + b, 0)}`, ...rows(counts, nameOf)];
  const groupOf = (name: string): string | undefined => GROUPS.find(([, names]) => names.test(name))?.[0];
  const block = (title: string, counts: Counts): string[] => (Object.keys(counts).length > 0 ? [title, ...rows(counts)] : []);
  return text([
    RULE,
    ...([['Total Bindings', s['bce-count']], ['Peak Bindings', s['peak-bce-count']], ['No Of handoff', s['handoff-count']]] as const).map(([name, n]) => `${name.padEnd(24)} : ${n}`),
    ...total('PBU Sent', s.pbu),
    ...total('PBA Rcvd', s.pba),
    ...total('PBRI Rcvd', s.pbri, (code) => named(TRIGGER, code)),
    ...total('PBRA Sent', s.pbra, (code) => named(REVOCATION_STATUS, code)),
    ...total('PBRI Sent', s['pbri-sent'], (code) => named(TRIGGER, code)),
    ...total('PBRA Rcvd', s['pbra-received'], (code) => named(REVOCATION_STATUS, code)),
    ...GROUPS.flatMap(([title]) => block(title, Object.fromEntries(Object.entries(s.counters).filter(([name]) => groupOf(name) === title)))),
    ...block('Packets dropped by the data path', s.drops),
  ]);
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
