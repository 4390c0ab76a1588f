/** The port `Paths` on the BPF programs, for both ends: sets the machine up, attaches the programs, and keeps the paths. */
import { decode, encode } from '../../protocol/codec.ts';
import { parseIp } from '../../protocol/address.ts';
import { PathError } from '../../protocol/paths.ts';
import type { Rates } from '../../protocol/paths.ts';
import { AF_INET, AF_INET6, n32 } from '../abi.ts';
import { listAddresses } from '../netlink/address.ts';
import { getLink } from '../netlink/link.ts';
import type { Link } from '../netlink/link.ts';
import { netlink } from '../netlink/socket.ts';
import type { AccessInterface, AttachedPaths } from './attachedPaths.ts';
import { keepPins, mapsOf, removePins } from './earlier.ts';
import { DIRECTION, GATEWAY, KIND, MAX_SPACES, ROLE, deviceEntry, gatewayKey, limitEntry } from './layout.ts';
import { loadDatapath, readBpfObject } from './loader.ts';
import { openHold } from './openHold.ts';
import type { HoldOptions } from './openHold.ts';
import { learnOuterMtu } from './outerMtu.ts';
import { pathTable } from './pathTable.ts';
import { phones } from './phones.ts';
import { meterOf } from './rates.ts';
import { indexOctets } from './records.ts';
import { attach, attachedBefore, detach, forward, hasEthernetHeader, keepLearning, linkNamed, lmaRoutes, lmaRules, magRoutes, magRules, makePseudo, removePseudo, removeRoutes, setRoutes, setRules } from './surroundings.ts';
import type { Pool } from './surroundings.ts';

export interface DatapathConfig {
  readonly role: 'mag' | 'lma';
  /** Devices on which tunnel packets arrive. One that is not there yet is attached later, by `attachWan`. */
  readonly wan: readonly string[];
  /** MAG. */
  readonly access?: readonly AccessInterface[];
  /** MAG: what is left to all guests together; the rest is the home's own. */
  readonly guests?: Rates;
  /** LMA: where subscribers' addresses come from; routed to the pseudo-device. */
  readonly pools?: readonly Pool[];
  /** LMA: packets of subscribers between two homes are held, if their path says so; the most of all together. */
  readonly hold?: HoldOptions;
  /** Of the pseudo-device: the largest that a path has. A path's own is enforced besides. */
  readonly mtu: number;
  /** Paths that the maps have room for. */
  readonly maxPaths: number;
  /** A folder of a bpffs of this data path's own: what a run without CAP_SYS_ADMIN needs to take up what the one before left. */
  readonly pins?: string;
}

/** Takes up what an earlier run left. In the network namespace of the calling thread. @throws PathError, NativeError; then nothing new is left behind */
export function startBpfPaths(config: DatapathConfig): AttachedPaths {
  const undo: (() => void)[] = [];
  try {
    return start(config, (work) => undo.unshift(work));
  } catch (error) {
    for (const work of undo) work();
    throw error;
  }
}

function start(config: DatapathConfig, onFailure: (undo: () => void) => void): AttachedPaths {
  const { role, mtu, maxPaths, pins } = config;
  const spaces = Math.max(0, ...(config.access ?? []).map((a) => a.space ?? 0), ...(config.pools ?? []).map((p) => p.space ?? 0)) + 1;
  if (spaces > MAX_SPACES) throw new PathError(`Address space ${spaces - 1} is above ${MAX_SPACES - 1}: number them from 0`);
  const nl = netlink();
  onFailure(() => nl.close());
  const earlier = attachedBefore(nl);
  const loaded = loadDatapath(readBpfObject(), maxPaths, earlier === undefined ? undefined : mapsOf(earlier, pins));
  onFailure(() => loaded.close());
  const { maps, programs } = loaded;
  const wan = new Map<string, number>();
  const ports = new Set<number>();
  const access = new Map<string, { readonly index: number; readonly space: number }>();

  function removeAll(): void {
    for (const index of [...wan.values(), ...[...access.values()].map((a) => a.index), ...ports]) detach(nl, index, 'ingress');
    setRules(nl, [], spaces);
    if (role === 'mag') phones(nl).keepOnly([], spaces);
    removeRoutes(nl, spaces);
    for (let space = 0; space < spaces; space++) removePseudo(nl, space);
    if (pins) removePins(pins);
  }
  // What an earlier run left forwards as long as it is there.
  if (earlier === undefined) onFailure(removeAll);
  const pseudos = Array.from({ length: spaces }, (_, space) => makePseudo(nl, space, mtu));
  const device = (index: number, kind: number, space: number) => maps.devices.update(indexOctets(index), encode(deviceEntry.codec, { kind, role: ROLE[role], space }));
  for (const { space, index, peer } of pseudos) {
    device(index, KIND.pseudo, space);
    device(peer, KIND.again, space);
    maps.spaces.update(indexOctets(space), encode(n32, index));
    attach(nl, index, 'egress', programs.encap);
    attach(nl, peer, 'ingress', programs.again);
  }
  const limitGuests = (guests: Rates | undefined): void => {
    for (const direction of ['up', 'down'] as const) maps.limits.update(indexOctets(DIRECTION[direction]), encode(limitEntry.codec, { tat: 0n, ...meterOf(guests?.[direction]) }));
  };
  limitGuests(config.guests);
  config.wan.forEach(keepLearning);
  forward();
  const outerMtu = learnOuterMtu(role);
  onFailure(() => outerMtu.close());
  for (const pseudo of pseudos) setRoutes(nl, role === 'mag' ? magRoutes(pseudo) : lmaRoutes(pseudo, config.pools ?? []));

  /** Rules name interfaces, so they are set for those that are still to come, too. */
  function rules(): void {
    const names = (space: number) => (config.access ?? []).filter((a) => (a.space ?? 0) === space).map((a) => a.interface);
    const extra = (space: number) => [...access].filter(([, a]) => a.space === space).map(([name]) => name);
    setRules(nl, pseudos.flatMap(({ space }) => (role === 'lma' ? lmaRules(space) : magRules(space, [...new Set([...names(space), ...extra(space)])]))), spaces);
  }

  function setGateways(index: number, addresses: readonly string[], dns: boolean): void {
    const offered = indexOctets(GATEWAY.known | (dns ? GATEWAY.dns : 0));
    const wanted = addresses.map((text) => {
      const octets = parseIp(text);
      const address = new Uint8Array(16);
      address.set(octets);
      return encode(gatewayKey.codec, { ifindex: index, family: octets.length === 4 ? AF_INET : AF_INET6, address });
    });
    for (const key of wanted) maps.gateways.update(key, offered);
    for (const [key] of maps.gateways.entries()) {
      const stale = decode(gatewayKey.codec, key).ifindex === index && !wanted.some((w) => Buffer.from(w).equals(key));
      if (stale) maps.gateways.remove(key);
    }
  }

  function takeWan(link: Link): void {
    keepLearning(link.name);
    attach(nl, link.index, 'ingress', hasEthernetHeader(link) ? programs.decap : programs.decapRaw);
    wan.set(link.name, link.index);
  }

  function takeAccess(link: Link, { space = 0, gateways = [], dns = false }: AccessInterface): void {
    if (space >= spaces) throw new PathError(`${link.name}: address space ${space} was not configured`);
    if (!hasEthernetHeader(link)) throw new PathError(`${link.name} is no Ethernet interface, so no phone can be told from another there`);
    device(link.index, KIND.access, space);
    const own = listAddresses(nl).filter((a) => a.index === link.index);
    setGateways(link.index, [...gateways, ...own.map((a) => a.address)], dns);
    attach(nl, link.index, 'ingress', programs.access);
    access.set(link.name, { index: link.index, space });
  }

  for (const name of config.wan) ifThere(name, takeWan);
  for (const a of config.access ?? []) ifThere(a.interface, (link) => takeAccess(link, a));
  rules();
  forgetOtherDevices();

  function ifThere(name: string, use: (link: Link) => void): void {
    const link = getLink(nl, name);
    if (link) use(link);
  }

  function forgetOtherDevices(): void {
    const known = new Set([...pseudos.flatMap((p) => [p.index, p.peer]), ...[...access.values()].map((a) => a.index)]);
    for (const [key] of maps.devices.entries()) if (!known.has(decode(n32, key))) maps.devices.remove(key);
  }

  const table = pathTable(maps, {
    role,
    maxPaths,
    spaces,
    fresh: loaded.fresh,
    now: () => process.hrtime.bigint(),
    accessIndex(name, space) {
      const found = access.get(name);
      if (found?.space !== space) throw new PathError(`${name} is no access interface of address space ${space}: attach it first`);
      return found.index;
    },
    interfaceName: (index) => [...access].find(([, a]) => a.index === index)?.[0],
    ...(role === 'mag' ? { phones: phones(nl) } : {}),
  });

  const hold = config.hold && openHold(table, maps.holds, { ...config.hold, mtu });
  onFailure(() => hold?.close());
  if (hold) {
    device(hold.index, KIND.hold, 0);
    attach(nl, hold.index, 'ingress', programs.release);
  }
  if (pins) keepPins(pins, programs.encap.fd, Object.values(maps));

  return {
    ...table,
    ...hold?.paths,
    limitGuests,
    ...(earlier !== undefined && loaded.fresh ? { lost: `the maps of the run before are for CAP_SYS_ADMIN, or for who has them pinned: ${pins ?? 'no bpffs is configured'}` } : {}),
    attachWan: (name) => takeWan(linkNamed(nl, name)),
    countPort(index, counted) {
      if (counted) attach(nl, index, 'ingress', programs.across);
      else detach(nl, index, 'ingress');
      ports[counted ? 'add' : 'delete'](index);
    },
    attachAccess(a) {
      const before = access.get(a.interface)?.index;
      const link = linkNamed(nl, a.interface);
      takeAccess(link, a);
      rules();
      if (before !== link.index) table.rewrite(a.interface);
    },
    stop({ keepForwarding }) {
      hold?.close();
      if (!keepForwarding) removeAll();
      outerMtu.close();
      loaded.close();
      nl.close();
    },
  };
}
