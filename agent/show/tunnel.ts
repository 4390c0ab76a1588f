/** `show ipv6 mobile pmipv6 mag tunnel`: the tunnels to each LMA, each the sum of the sessions in it. `show route-map dynamic`: what is sent into them. */
import { formatPrefix } from '../../protocol/address.ts';
import type { Path, PathCounters, TunnelTransport } from '../../protocol/paths.ts';
import { entriesOf } from '../mag/bindingUpdateList.ts';
import { shownMac } from './binding.ts';
import { interfaceName, strings, type ShowOptions } from './options.ts';

export interface ShownTunnel {
  readonly 'peer-id': string;
  readonly transport: TunnelTransport;
  readonly local: string;
  readonly remote: string;
  readonly 'remote-port'?: number;
  /** octets */
  readonly mtu: number;
  readonly bindings: number;
  readonly counters: Readonly<Record<keyof PathCounters, string>>;
}

const NOTHING: PathCounters = { upOctets: 0n, upPackets: 0n, downOctets: 0n, downPackets: 0n };

const sum = (a: PathCounters, b: PathCounters): PathCounters => ({
  upOctets: a.upOctets + b.upOctets,
  upPackets: a.upPackets + b.upPackets,
  downOctets: a.downOctets + b.downOctets,
  downPackets: a.downPackets + b.downPackets,
});

export function shownTunnels(o: ShowOptions): ShownTunnel[] {
  const groups = new Map<string, { peer: string; paths: Path[] }>();
  for (const { path, lma } of entriesOf(o.mag.list)) {
    if (!path) continue;
    const peer = lma?.id ?? '-';
    const { transport, local, remote, remotePort, mtu } = path.tunnel;
    const key = JSON.stringify([peer, transport, local, remote, remotePort, mtu]);
    const group = groups.get(key) ?? { peer, paths: [] };
    group.paths.push(path);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ peer, paths }) => {
    const { transport, local, remote, remotePort, mtu } = (paths[0] as Path).tunnel;
    const counted = paths.map((p) => o.paths.counters(p.index) ?? NOTHING).reduce(sum, NOTHING);
    const counters = strings({ ...counted }) as Record<keyof PathCounters, string>;
    return { 'peer-id': peer, transport, local, remote, ...(remotePort === undefined ? {} : { 'remote-port': remotePort }), mtu, bindings: paths.length, counters };
  });
}

/** What the data path does for one subscriber. */
export interface ShownRouteMap {
  readonly name: string;
  readonly match: { readonly interface: string; readonly llid: string; readonly sources: readonly string[] };
  readonly set: { readonly transport: TunnelTransport; readonly remote: string; readonly key: number };
  /** The way back. */
  readonly from: { readonly key: number };
  /** Packets and octets taken from the phone so far. */
  readonly packets: string;
  readonly octets: string;
  /** Why it is not in force. */
  readonly fault?: string;
}

export const shownRouteMaps = (o: ShowOptions): ShownRouteMap[] =>
  entriesOf(o.mag.list).flatMap(({ path, interface: device, mac }) => {
    if (!path) return [];
    const counters = o.paths.counters(path.index) ?? NOTHING;
    const fault = o.fault(path.index);
    return [
      {
        name: `MIP-${path.index}`,
        match: { interface: interfaceName(o.config, device), llid: shownMac(o, mac), sources: [...(path.ipv4 === undefined ? [] : [`${path.ipv4}/32`]), ...path.prefixes.map(formatPrefix)] },
        set: { transport: path.tunnel.transport, remote: path.tunnel.remote, key: path.tunnel.sendKey },
        from: { key: path.tunnel.receiveKey },
        packets: counters.upPackets.toString(),
        octets: counters.upOctets.toString(),
        ...(fault === undefined ? {} : { fault }),
      },
    ];
  });
