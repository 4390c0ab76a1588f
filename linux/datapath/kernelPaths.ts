/**
 * The port `Paths` of a MAG on the kernel's own tunnels, for kernels that take no BPF programs: a keyed GRE interface, a routing
 * table and rules for each path. README.md says in what it is less than the BPF programs.
 */
import { isLinkLocal } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import { PathError } from '../../protocol/paths.ts';
import type { Path, PathCounters } from '../../protocol/paths.ts';
import type { Millis } from '../../protocol/units.ts';
import { listAddresses } from '../netlink/address.ts';
import { getLink } from '../netlink/link.ts';
import type { Link } from '../netlink/link.ts';
import { listBridgeEntries } from '../netlink/neighbour.ts';
import { listRoutes } from '../netlink/route.ts';
import { netlink } from '../netlink/socket.ts';
import type { Netlink } from '../netlink/socket.ts';
import type { AccessInterface, AttachedPaths } from './attachedPaths.ts';
import { kernelCounters } from './kernelCounters.ts';
import { kernelGuard } from './kernelGuard.ts';
import type { Guard } from './kernelGuard.ts';
import { accessRules, addRouting, askLocalLater, keepOnlyRouting, pathTableOf, removeAllRouting, removeRouting, routingOf, spaceRouting } from './kernelRouting.ts';
import type { Routing } from './kernelRouting.ts';
import { checkTransport, ownTunnels, putTunnel, removeTunnel, tryTunnels, tunnelName } from './kernelTunnels.ts';
import { askedLocalLater } from './localRule.ts';
import { phones } from './phones.ts';
import { samePath } from './records.ts';
import { registry } from './registry.ts';
import { forward, hasEthernetHeader, keepLearning, linkNamed, removeBpfSurroundings, removeRoutes } from './surroundings.ts';

export interface KernelConfig {
  readonly wan: readonly string[];
  readonly access: readonly AccessInterface[];
  readonly maxPaths: number;
}

interface Held {
  readonly path: Path;
  readonly access: number;
  readonly routing: Routing;
}

interface Access {
  readonly index: number;
  readonly space: number;
  readonly rules: Routing['rules'];
  /** With all its addresses. */
  readonly guarded: AccessInterface;
}

export interface KernelPaths extends AttachedPaths {
  /** Why there is no wall: guests reach the gateway's own addresses, and their MACs are not compared with their addresses; undefined: there is. */
  readonly unguarded: string | undefined;
}

/** Takes up what an earlier run left. In the network namespace of the calling thread. @throws PathError, NativeError; then nothing new is left behind */
export function startKernelPaths(config: KernelConfig): KernelPaths {
  const spaces = Math.max(0, ...config.access.map((a) => a.space ?? 0)) + 1;
  const nl = netlink();
  const undo = [() => nl.close()];
  try {
    tryTunnels(nl);
    const earlier = askedLocalLater(nl);
    const guard = kernelGuard();
    undo.unshift(() => guard.close());
    // What an earlier run left forwards as long as it is there.
    if (!earlier) undo.unshift(() => removeAll(nl, guard, spaces));
    return start(config, nl, guard, spaces);
  } catch (error) {
    for (const work of undo) work();
    throw error;
  }
}

function removeAll(nl: Netlink, guard: Guard, spaces: number): void {
  removeAllRouting(nl);
  phones(nl).keepOnly([], spaces);
  removeRoutes(nl, spaces);
  for (const { name } of ownTunnels(nl)) removeTunnel(nl, name);
  guard.clear();
}

function start({ wan, access: configured, maxPaths }: KernelConfig, nl: Netlink, guard: Guard, spaces: number): KernelPaths {
  const held = new Map<number, Held>();
  const access = new Map<string, Access>();
  const limits = registry({ role: 'mag', maxPaths, spaces });
  const found = phones(nl);
  const counted = kernelCounters(nl);
  const perSpace = Array.from({ length: spaces }, (_, space) => spaceRouting(space));

  removeBpfSurroundings(nl, [...wan, ...configured.map((a) => a.interface)]);
  forward();
  wan.forEach(keepLearning);
  for (const routing of perSpace) addRouting(nl, routing);
  askLocalLater(nl);
  for (const a of configured) {
    // Rules name interfaces, so guests of one that is still to come have nowhere else to go.
    addRouting(nl, { routes: [], rules: accessRules(a.space ?? 0, a.interface, a.gateways ?? []) });
    const link = getLink(nl, a.interface);
    if (link) takeAccess(link, a);
  }
  takeUp();
  guardAll();

  function guardAll(): void {
    const guarded = new Map(configured.map((a) => [a.interface, a]));
    for (const [name, a] of access) guarded.set(name, a.guarded);
    guard.only([...held.values()].map((h) => h.path), [...guarded.values()]);
  }

  function takeAccess(link: Link, { space = 0, gateways = [], dns = false }: AccessInterface): void {
    if (space >= spaces) throw new PathError(`${link.name}: address space ${space} was not configured`);
    if (!hasEthernetHeader(link)) throw new PathError(`${link.name} is no Ethernet interface, so no phone can be told from another there`);
    const own = [...new Set([...gateways, ...listAddresses(nl).filter((a) => a.index === link.index).map((a) => a.address)])];
    const rules = accessRules(space, link.name, own.filter((a) => !isLinkLocal(a)));
    addRouting(nl, { rules, routes: [] });
    removeRouting(nl, { rules: access.get(link.name)?.rules ?? [], routes: [] }, { rules, routes: [] });
    access.set(link.name, { index: link.index, space, rules, guarded: { interface: link.name, gateways: own, dns } });
  }

  function accessIndex(path: Path): number {
    const name = path.access?.interface ?? '';
    const there = access.get(name);
    if (there?.space !== path.space) throw new PathError(`${name} is no access interface of address space ${path.space}: attach it first`);
    return there.index;
  }

  /** Paths that are whole; `reconcile` removes the rest. */
  function takeUp(): void {
    const routes = listRoutes(nl);
    for (const { path: index, label, name, transport, local, remote, sendKey, receiveKey, mtu, index: device } of ownTunnels(nl)) {
      if (!label || access.get(label.interface)?.space !== label.space) continue;
      const mine = routes.filter((r) => r.table === pathTableOf(index)).flatMap((r) => (r.destination.endsWith('/0') ? [] : [r.destination.split('/') as [string, string]]));
      const ipv4 = mine.find(([address]) => !address.includes(':'))?.[0];
      const prefixes = mine.filter(([address]) => address.includes(':')).map(([address, length]) => ({ address, length: Number(length) }));
      const path: Path = {
        index,
        space: label.space,
        ...(ipv4 === undefined ? {} : { ipv4 }),
        prefixes,
        tunnel: { transport, local, remote, sendKey, receiveKey, mtu },
        access: { interface: label.interface, mac: label.mac },
      };
      // A crash between two steps may have left both of its tunnels: the one that is routed to counts.
      if (!routes.some((r) => r.table === pathTableOf(index) && r.device === device) || limits.rivals(path).length > 0 || !isWhole(path)) continue;
      hold({ path, access: accessIndex(path), routing: routingOf(path, accessIndex(path), device) });
      counted.begin(index, name, 'kept');
    }
  }

  function isWhole(path: Path): boolean {
    try {
      limits.check(path);
      return true;
    } catch (error) {
      if (error instanceof PathError) return false;
      throw error;
    }
  }

  function hold(h: Held): void {
    held.set(h.path.index, h);
    limits.hold(h.path);
  }

  function release({ path }: Held): void {
    held.delete(path.index);
    limits.release(path);
  }

  /** The receiving side first, then the sending side. */
  function write(path: Path): Held {
    const index = accessIndex(path);
    const routing = routingOf(path, index, putTunnel(nl, path));
    found.add(path, index);
    guard.add(path);
    addRouting(nl, routing);
    return { path, access: index, routing };
  }

  /** What `gone` has and `kept` has not; the sending side first. */
  function erase(gone: Held, kept?: Held): void {
    removeRouting(nl, gone.routing, kept?.routing);
    guard.remove(gone.path, kept?.path);
    found.remove(gone.path, gone.access, kept?.path, kept?.access);
    const name = tunnelName(gone.path);
    if (!kept || tunnelName(kept.path) !== name) removeTunnel(nl, name);
  }

  function put(path: Path, old: Held | undefined): void {
    const index = accessIndex(path);
    try {
      counted.pause(path.index);
      const fresh = write(path);
      if (old) erase(old, fresh);
      if (old) release(old);
      hold(fresh);
      counted.begin(path.index, tunnelName(path), old ? 'moved' : 'new');
    } catch (error) {
      erase({ path, access: index, routing: routingOf(path, index, 0) }, old);
      if (old) write(old.path);
      throw new PathError(`Path ${path.index} was not set: ${(error as Error).message}`, { cause: error });
    }
  }

  function set(path: Path): void {
    const old = held.get(path.index);
    if (old && samePath(old.path, path, false)) return;
    limits.check(path);
    checkTransport(path);
    put(path, old);
  }

  function remove(index: number): void {
    const old = held.get(index);
    if (!old) return;
    try {
      counted.pause(index);
      erase(old);
    } catch (error) {
      throw new PathError(`Path ${index} was not removed: ${(error as Error).message}`, { cause: error });
    }
    release(old);
  }

  /** What a crash between two steps left, and what belongs to nobody any more. */
  function sweep(): void {
    const all = [...held.values()];
    const parts = [...perSpace, ...all.map((h) => h.routing)];
    const rules = [...parts.flatMap((p) => p.rules), ...[...access.values()].flatMap((a) => a.rules), ...configured.flatMap((a) => (access.has(a.interface) ? [] : accessRules(a.space ?? 0, a.interface, a.gateways ?? [])))];
    keepOnlyRouting(nl, { rules, routes: parts.flatMap((p) => p.routes) });
    found.keepOnly(all.map((h) => ({ path: h.path, ifindex: h.access })), spaces);
    guardAll();
    const names = new Set(all.map((h) => tunnelName(h.path)));
    for (const { name } of ownTunnels(nl)) if (!names.has(name)) removeTunnel(nl, name);
  }

  return {
    unguarded: guard.missing,
    set,
    remove,
    reconcile(all) {
      const wanted = new Set(all.map((p) => p.index));
      const gone = [...held.keys()].filter((index) => !wanted.has(index));
      gone.forEach(remove);
      for (const path of all) limits.rivals(path).forEach(remove);
      const failures: unknown[] = [];
      for (const path of all) {
        try {
          set(path);
        } catch (error) {
          failures.push(error);
        }
      }
      sweep();
      if (failures.length > 0) throw failures[0];
      return { removed: gone.length };
    },
    holds: (index) => held.has(index),
    list: () => [...held.values()].map((h) => h.path),
    counters: (index): PathCounters | undefined => counted.of(index),
    firstDown: (index) => (held.has(index) ? counted.firstDown(index) : undefined),
    policed: () => undefined,
    drops: () => ({ ...counted.drops(), ...guard.refused() }),
    lastSeen(accessInterface: string, mac: Mac): Millis | undefined {
      const index = access.get(accessInterface)?.index;
      const ages = listBridgeEntries(nl).filter((e) => e.bridge === index && e.mac === mac).map((e) => e.age);
      return ages.length > 0 ? Number(process.hrtime.bigint()) / 1e6 - Math.min(...ages) : undefined;
    },
    attachWan: keepLearning,
    attachAccess(a) {
      const before = access.get(a.interface)?.index;
      const link = linkNamed(nl, a.interface);
      takeAccess(link, a);
      guardAll();
      if (before === link.index) return;
      for (const old of [...held.values()].filter((h) => h.path.access?.interface === a.interface)) put(old.path, old);
    },
    stop({ keepForwarding }) {
      if (!keepForwarding) removeAll(nl, guard, spaces);
      guard.close();
      nl.close();
    },
  };
}

/** What an earlier run with this data path left, once another one forwards. Free when there is nothing. @throws NativeError */
export function removeKernelPaths(): void {
  const nl = netlink();
  try {
    if (!removeAllRouting(nl)) return;
    for (const { name } of ownTunnels(nl)) removeTunnel(nl, name);
    const guard = kernelGuard();
    guard.clear();
    guard.close();
  } finally {
    nl.close();
  }
}
