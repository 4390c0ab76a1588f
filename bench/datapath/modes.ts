/** How a packet gets from the home to the LMA: each way is put up, measured, and taken away again. */
import { ipBatch, runInside } from '../../lab/namespaces.ts';
import { startBpfPaths } from '../../linux/datapath/bpfPaths.ts';
import { inNamespace } from '../../linux/namespace.ts';
import type { TunnelTransport } from '../../protocol/paths.ts';
import { GATEWAY, HOME, LMA, POOLS, namespaceOf, pathPair } from './topology.ts';

export const MODES = ['plain', 'vxlan6', 'gre6', 'vxlan4', 'gre4', 'udp4'] as const;
export type Mode = (typeof MODES)[number];

/** The kernel's tunnel over the same outer family: what the product is held against. */
export const YARDSTICK: Readonly<Record<TunnelTransport, Mode>> = { gre6: 'vxlan6', gre4: 'vxlan4', udp4: 'vxlan4' };

/** @returns what takes it away */
export function putUp(prefix: string, mode: Mode): () => void {
  switch (mode) {
    case 'plain':
      return () => undefined;
    case 'vxlan4':
      return vxlan(prefix, 1450, HOME.ipv4, LMA.ipv4, '');
    case 'vxlan6':
      return vxlan(prefix, 1430, HOME.ipv6, LMA.ipv6, 'udp6zerocsumtx udp6zerocsumrx');
    case 'gre6':
    case 'gre4':
    case 'udp4':
      return product(prefix, mode);
  }
}

/** The data path as agent and LMA start it. */
function product(prefix: string, transport: TunnelTransport): () => void {
  const { mag, lma } = pathPair(transport);
  const common = { wan: ['wan0'], mtu: 1472, maxPaths: 64 };
  const home = inNamespace(namespaceOf(prefix, 'home'), () => startBpfPaths({ ...common, role: 'mag', access: [{ interface: 'lan0', gateways: [GATEWAY] }] }));
  const anchor = inNamespace(namespaceOf(prefix, 'lma'), () => startBpfPaths({ ...common, role: 'lma', pools: POOLS.map((pool) => ({ prefix: pool })) }));
  anchor.set(lma);
  home.set(mag);
  return () => {
    inNamespace(namespaceOf(prefix, 'home'), () => home.stop({ keepForwarding: false }));
    inNamespace(namespaceOf(prefix, 'lma'), () => anchor.stop({ keepForwarding: false }));
  };
}

const TABLE = 100;
const RULE = 100;

function vxlan(prefix: string, mtu: number, home: string, lma: string, more: string): () => void {
  const device = (local: string, remote: string, wan: string) => `link add vx0 type vxlan id 5 local ${local} remote ${remote} dstport 4789 ${more} dev ${wan}`;
  const up = (own: number) => [`link set vx0 mtu ${mtu}`, `address add 169.254.7.${own}/30 dev vx0`, `address add fd77::${own}/64 dev vx0 nodad`, 'link set vx0 up'];
  ipBatch(namespaceOf(prefix, 'home'), [
    device(home, lma, 'wan0'),
    ...up(1),
    `route add default via 169.254.7.2 dev vx0 table ${TABLE}`,
    `route add ::/0 via fd77::2 dev vx0 table ${TABLE}`,
  ]);
  rules(prefix, 'add', 'iif', 'lan0', 'lookup', String(TABLE));
  ipBatch(namespaceOf(prefix, 'lma'), [device(lma, home, 'wan0'), ...up(2), `route add ${POOLS[0]} via 169.254.7.1 dev vx0`, `route add ${POOLS[1]} via fd77::1 dev vx0 metric 1`]);
  return () => {
    rules(prefix, 'delete');
    ipBatch(namespaceOf(prefix, 'home'), ['link delete vx0']);
    ipBatch(namespaceOf(prefix, 'lma'), ['link delete vx0']);
  };
}

const rules = (prefix: string, ...words: readonly [string, ...string[]]): void => {
  for (const family of ['-4', '-6']) runInside(namespaceOf(prefix, 'home'), ['ip', family, 'rule', words[0], 'pref', String(RULE), ...words.slice(1)]);
};
