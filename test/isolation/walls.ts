/** The two walls of a home: the programs, and nftables with the kernel's rules, where a plain wire stands for the kernel's tunnels. */
import { startBpfPaths } from '../../linux/datapath/bpfPaths.ts';
import { kernelGuard } from '../../linux/datapath/kernelGuard.ts';
import { accessRules, addRouting, askLocalLater, removeAllRouting, removeRouting, routingOf, spaceRouting } from '../../linux/datapath/kernelRouting.ts';
import { inNamespace } from '../../linux/namespace.ts';
import { listAddresses } from '../../linux/netlink/address.ts';
import { getLink } from '../../linux/netlink/link.ts';
import { netlink } from '../../linux/netlink/socket.ts';
import { isLinkLocal } from '../../protocol/address.ts';
import type { Rates } from '../../protocol/paths.ts';
import type { GuestName, Home } from './home.ts';
import { GUESTS, pathOf } from './home.ts';
import type { Counting } from './run.ts';

export interface Wall extends Counting {
  attach(): void;
  detach(): void;
  /** As when the agent is killed. */
  abandon(): void;
  /** As when it is told to remove what it made. */
  remove(): void;
}

const NAMES = Object.keys(GUESTS) as GuestName[];
const ACCESS = [{ interface: 'br-guest' }, { interface: 'br-guest2', dns: true }] as const;

export function bpfWall(home: Home, guests?: Rates): Wall {
  const paths = inNamespace(home.namespace, () => startBpfPaths({ role: 'mag', wan: ['wan0'], access: ACCESS, mtu: 1472, maxPaths: 16, ...(guests ? { guests } : {}) }));
  const ports = home.prepare({ count: (index, counted) => paths.countPort?.(index, counted) });
  const stop = (keepForwarding: boolean) => {
    ports.close();
    paths.stop({ keepForwarding });
  };
  return {
    attach: () => NAMES.forEach((name) => paths.set(pathOf(name))),
    detach: () => NAMES.forEach((name) => paths.remove(GUESTS[name].index)),
    drops: () => paths.drops(),
    tunnelled: () => NAMES.reduce((sum, name) => sum + (paths.counters(GUESTS[name].index)?.upPackets ?? 0n), 0n),
    abandon: () => stop(true),
    remove: () => stop(false),
  };
}

export function kernelWall(home: Home): Wall {
  const { nl, guard } = inNamespace(home.namespace, () => ({ nl: netlink(), guard: kernelGuard() }));
  const ports = home.prepare();
  const index = (name: string) => getLink(nl, name)?.index ?? 0;
  const access = ACCESS.map((a) => ({ ...a, gateways: listAddresses(nl).filter((own) => own.index === index(a.interface)).map((own) => own.address) }));
  const routings = NAMES.map((name) => routingOf(pathOf(name), index(GUESTS[name].device), index('tun')));
  addRouting(nl, spaceRouting(0));
  askLocalLater(nl);
  for (const a of access) addRouting(nl, { routes: [], rules: accessRules(0, a.interface, a.gateways.filter((g) => !isLinkLocal(g))) });
  guard.only([], access);
  const abandon = () => {
    ports.close();
    guard.close();
    nl.close();
  };
  return {
    attach() {
      for (const name of NAMES) guard.add(pathOf(name));
      for (const routing of routings) addRouting(nl, routing);
    },
    detach() {
      for (const routing of routings) removeRouting(nl, routing);
      for (const name of NAMES) guard.remove(pathOf(name));
    },
    drops: () => guard.refused(),
    tunnelled: () => undefined,
    abandon,
    remove() {
      removeAllRouting(nl);
      guard.clear();
      abandon();
    },
  };
}
