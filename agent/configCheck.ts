/** What the agent's schema cannot say: names that must exist, and what must not stand there twice. */
import type { Problem } from '../runtime/config.ts';
import { heartbeatProblems } from '../runtime/heartbeatConfig.ts';
import { aaaProblems } from './aaa/configCheck.ts';
import type { AgentConfig } from './config.ts';
import { problem, twice, unless, type Path } from './problem.ts';

/** IFNAMSIZ without its end (if.h). */
const LONGEST_DEVICE = 15;

export function problemsOf(c: AgentConfig): Problem[] {
  return [
    ...unless(c['local-mobility-anchors'].length > 0 || c.fleet !== undefined, ['local-mobility-anchors'], 'name at least one LMA'),
    ...unless(c.fleet?.['state-directory'] !== c['state-directory'], ['fleet', 'state-directory'], 'bindings are kept in this folder (state-directory): take another one, which outlives a reboot'),
    ...unless(c['owner-directory'] !== c['state-directory'], ['owner-directory'], 'bindings are kept in this folder (state-directory): take another one, which outlives a reboot'),
    ...c['local-mobility-anchors'].flatMap((_, i) => anchor(c, i)),
    ...c.profiles.flatMap((p, i) => [...anchorsOf(c, p.lma, ['profiles', i, 'lma']), ...interfaceOf(c, p.interface, ['profiles', i, 'interface'])]),
    ...Object.entries(c['default-profiles']).flatMap(([name, p]) => anchorsOf(c, p.lma, ['default-profiles', name, 'lma'])),
    ...c.interfaces.flatMap((_, i) => accessInterface(c, i)),
    ...uplink(c),
    ...timers(c),
    ...aaaProblems(c),
    ...twice(c['local-mobility-anchors'], (l) => l.id, (i) => ['local-mobility-anchors', i, 'id']),
    ...twice(c.interfaces, (i) => i.name, (i) => ['interfaces', i, 'name']),
    ...twice(c.interfaces, (i) => i.device ?? i.name, (i) => ['interfaces', i, 'device']),
    ...twice(c.profiles, (p) => `${p['l2-addr']}${p.interface === undefined ? '' : ` on ${p.interface}`}`, (i) => ['profiles', i, 'l2-addr']),
  ];
}

function anchor(c: AgentConfig, i: number): Problem[] {
  const all = c['local-mobility-anchors'];
  const l = all[i] as AgentConfig['local-mobility-anchors'][number];
  const path = ['local-mobility-anchors', i];
  const shared = (key: 'ipv4-address' | 'ipv6-address') => l[key] !== undefined && all.slice(0, i).some((other) => other[key] === l[key]);
  return [
    ...unless(l['ipv6-address'] !== undefined || l['ipv4-address'] !== undefined, path, `${l.id} has neither ipv6-address nor ipv4-address`),
    ...(['ipv6-address', 'ipv4-address'] as const).flatMap((key) => unless(!shared(key), [...path, key], `${l[key]} is another LMA's already, and an LMA is known by its address`)),
  ];
}

function anchorsOf(c: AgentConfig, named: string | readonly string[], path: Path): Problem[] {
  const known = c['local-mobility-anchors'].map((l) => l.id);
  // The fleet's list comes later.
  if (c.fleet && known.length === 0) return [];
  return [named].flat().flatMap((id) => unless(known.includes(id), path, `expected one of the local-mobility-anchors (${known.join(', ')}), found ${id}`));
}

function interfaceOf(c: AgentConfig, name: string | undefined, path: Path): Problem[] {
  const known = c.interfaces.map((i) => i.name);
  return unless(name === undefined || known.includes(name), path, `expected the name of one of the interfaces (${known.join(', ')}), found ${name}`);
}

function accessInterface(c: AgentConfig, i: number): Problem[] {
  const a = c.interfaces[i] as AgentConfig['interfaces'][number];
  const path = ['interfaces', i];
  const device = a.device ?? a.name;
  const at = [...path, a.device === undefined ? 'name' : 'device'];
  const profile = a['default-profile'];
  const known = Object.keys(c['default-profiles']);
  const defined = profile === undefined || known.includes(profile) || (c.fleet !== undefined && known.length === 0);
  const tells = a.hostapd.length > 0 || a.ubus.length > 0;
  return [
    ...unless(defined, [...path, 'default-profile'], `expected one of the default-profiles (${known.join(', ') || 'none is defined'}), found ${profile}`),
    ...unless(tells || a['scripted-stations'] !== undefined || a['first-packet'], path, `${a.name} has no source of stations: give hostapd control sockets, or BSSs on ubus (OpenWrt), or first-packet: true`),
    ...unless(a.hostapd.length === 0 || a.ubus.length === 0, [...path, 'ubus'], `${a.name} has hostapd control sockets as well: give one of the two, or each station would come twice`),
    ...unless(!a['first-packet'] || !tells, [...path, 'first-packet'], `${a.name} has hostapd: with first-packet anybody would be let in whom it has not authenticated`),
    ...unless(device.length <= LONGEST_DEVICE && !device.includes('/'), at, `expected the name of a Linux interface, of at most ${LONGEST_DEVICE} characters, found ${device}${a.device === undefined ? ': give device as well' : ''}`),
    ...unless(device !== c.uplink, at, `${device} is the uplink: phones cannot be on it`),
  ];
}

function uplink(c: AgentConfig): Problem[] {
  const fixed = c.address.ipv4 !== undefined || c.address.ipv6 !== undefined;
  if (c.uplink !== undefined) return [];
  if (!fixed) return [problem(['uplink'], 'expected the interface towards the internet, or a fixed address')];
  return unless(c.datapath === 'none', ['address'], `datapath: ${c.datapath} needs uplink as well: that is where tunnels arrive`);
}

function timers(c: AgentConfig): Problem[] {
  const t = c.timers;
  const initial = t['initial-retransmit-time'] ?? 0;
  const maximum = t['max-retransmit-time'] ?? Infinity;
  const [least, most] = [t['bri-delay-min'] ?? 0, t['bri-delay-max'] ?? Infinity];
  return [
    ...unless(initial <= maximum, ['timers', 'max-retransmit-time'], `expected no less than initial-retransmit-time (${initial}), found ${maximum}`),
    ...unless(least <= most, ['timers', 'bri-delay-max'], `expected no less than bri-delay-min (${least}), found ${most}`),
    ...heartbeatProblems(c.heartbeat, ['heartbeat']),
  ];
}
