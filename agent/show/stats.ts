/** `show ipv6 mobile pmipv6 mag stats`, and `show dhcp proxy` in the words of AireOS. */
import { accessInterfaces } from '../config.ts';
import { strings, type ShowOptions } from './options.ts';
import type { ShownStatistics } from './statistics.ts';

type Counts = Readonly<Record<string, number>>;

export interface ShownStats extends ShownStatistics {
  /** Whatever was sent, received, refused or dropped by the agent, by name. */
  readonly counters: Counts;
  /** Packets dropped by the data path, by reason. */
  readonly drops: Readonly<Record<string, string>>;
}

export const shownStats = (o: ShowOptions): ShownStats => ({ ...o.statistics.all(), counters: o.counters.all(), drops: strings(o.paths.drops()) });

export interface ShownDhcpProxy {
  /** The gateway answers itself with what the LMA assigned (RFC 5844 §3.4), or not at all where the LMA wants a relay. */
  readonly mode: 'server';
  readonly 'assume-dhcp-server': boolean;
  readonly interfaces: readonly string[];
  readonly 'lease-time': number;
  readonly sent: Counts;
  /** Requests that were not answered, by reason. */
  readonly unanswered: Counts;
}

export function shownDhcpProxy(o: ShowOptions): ShownDhcpProxy {
  const all = Object.entries(o.counters.all());
  const beginning = (prefix: string, cut: string): Counts => Object.fromEntries(all.filter(([name]) => name.startsWith(prefix)).map(([name, n]) => [name.slice(cut.length), n]));
  return {
    mode: 'server',
    'assume-dhcp-server': o.config['assume-dhcp-server'],
    interfaces: accessInterfaces(o.config).map((i) => i.name),
    'lease-time': o.mag.config.timers.lifetime,
    sent: beginning('sent dhcp-', 'sent '),
    unanswered: { ...beginning('dhcp-', ''), ...beginning('held-too-long', '') },
  };
}
