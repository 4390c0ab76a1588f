/** For tests without an agent: homes that route a phone's address natively, as a stand-in for the tunnel. */
import { MAG_LINK_LOCAL, MAG_MAC } from '../../protocol/address.ts';
import { ipBatch, runInside } from '../../lab/namespaces.ts';
import { ACCESS, POOL4, RADIO, TRANSPORT } from '../../lab/topology.ts';
import type { World } from '../../lab/world.ts';

export const phoneIpv4 = (phone: number): string => `10.77.0.${phone + 10}`;
export const phoneIpv6 = (phone: number): string => `2001:db8:7700:${phone}::10`;

/** Every home is the phones' router, and each phone has its addresses by hand. */
export function staticPhones(world: World): void {
  for (const home of world.plan.homes) {
    const toPhones = world.plan.phones.flatMap((p) => [`route add ${phoneIpv4(p.number)}/32 dev ${ACCESS}`, `route add ${phoneIpv6(p.number)}/128 dev ${ACCESS}`]);
    ipBatch(home.namespace, [`address add ${POOL4.gateway}/32 dev ${ACCESS}`, ...toPhones]);
  }
  for (const phone of world.plan.phones) {
    const n = phone.number;
    ipBatch(phone.namespace, [
      `address add ${phoneIpv4(n)}/16 dev ${RADIO}`,
      `neighbour replace ${POOL4.gateway} lladdr ${MAG_MAC} dev ${RADIO}`,
      `route add default via ${POOL4.gateway}`,
      `address add ${phoneIpv6(n)}/64 dev ${RADIO} nodad`,
      `route add ::/0 via ${MAG_LINK_LOCAL} dev ${RADIO}`,
    ]);
  }
  ipBatch(world.plan.lma.namespace, [`route add 10.77.0.0/16 via ${world.plan.lma.ipv4Router} dev ${TRANSPORT}`, `route add 2001:db8:7700::/40 via ${world.plan.lma.ipv6Router} dev ${TRANSPORT}`]);
  for (const ns of [world.plan.net]) {
    ipBatch(ns, [`route add ${world.plan.inet.ipv4}/32 via ${world.plan.lma.ipv4}`, `route add ${world.plan.inet.ipv6}/128 via ${world.plan.lma.ipv6}`]);
  }
}

/** What a handover does: the transport sends the phone's addresses to this home. */
export function anchor(world: World, phone: number, home: number): void {
  const { ipv4, ipv6 } = world.home(home);
  ipBatch(world.plan.net, [`route replace ${phoneIpv4(phone)}/32 via ${ipv4}`, `route replace ${phoneIpv6(phone)}/128 via ${ipv6 ?? ''}`]);
}

export const ping = (namespace: string, target: string, ...options: string[]): string => runInside(namespace, ['ping', '-n', '-c', '1', '-W', '2', ...options, target]);
