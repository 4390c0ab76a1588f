/**
 * The kernel's tunnel interfaces, one for each path: `pmip4-7` and `pmip6-7` are path 7 over IPv4 and over IPv6, so that both are
 * there while it changes from one to the other. What the kernel has no field for stands in the interface's alias.
 */
import type { Mac } from '../../protocol/mac.ts';
import { PathError } from '../../protocol/paths.ts';
import type { Path, TunnelTransport } from '../../protocol/paths.ts';
import { deleteLink, setLink } from '../netlink/link.ts';
import { NativeError } from '../native.ts';
import type { Netlink } from '../netlink/socket.ts';
import { addTunnel, changeTunnel, getTunnel, listTunnels } from '../netlink/tunnel.ts';
import type { FoundTunnel, TunnelKind, TunnelLink } from '../netlink/tunnel.ts';
import { readSysctl, writeSysctl } from './device.ts';
import { MINIMUM_MTU } from './layout.ts';
import { linkNamed } from './surroundings.ts';

const KINDS: Readonly<Partial<Record<TunnelTransport, TunnelKind>>> = { gre4: 'gre', gre6: 'ip6gre' };
const NAME = /^pmip[46]-(\d+)$/;
const ALIAS = /^(\S+) on (\S+) space (\d+)$/;

export const tunnelName = ({ index, tunnel }: Path): string => `pmip${tunnel.transport === 'gre6' ? 6 : 4}-${index}`;
const aliasOf = ({ access, space }: Path): string => `${access?.mac ?? ''} on ${access?.interface ?? ''} space ${space}`;

/** @throws PathError in words, when the kernel's GRE cannot do what the path needs */
export function checkTransport({ index, ipv4, prefixes, tunnel, action = 'forward' }: Path): void {
  if (action !== 'forward') throw new PathError(`Path ${index} is refused: the kernel's own tunnels forward what they have, so a path that is to drop is one to remove`);
  if (KINDS[tunnel.transport]) return;
  throw new PathError(
    `Path ${index} (${ipv4 ?? prefixes[0]?.address ?? 'no address'}) is refused: the kernel's own GRE cannot go behind UDP and a TLV header (RFC 5845 §3), which a NAT needs; use an LMA that is reached without NAT, or a kernel with cls_bpf`,
  );
}

const wanted = (path: Path): TunnelLink => {
  const { transport, local, remote, sendKey, receiveKey, mtu } = path.tunnel;
  return { name: tunnelName(path), kind: KINDS[transport] ?? 'gre', local, remote, sendKey, receiveKey, mtu };
};

/** Makes the path's interface or changes it, and returns its index. What it takes is decided at once, what it sends by the routes to it. @throws NativeError */
export function putTunnel(nl: Netlink, path: Path): number {
  const link = wanted(path);
  if (getTunnel(nl, link.name)) changeTunnel(nl, link);
  else {
    addTunnel(nl, link);
    prepare(link.name);
  }
  const { index } = linkNamed(nl, link.name);
  setLink(nl, index, { up: true, alias: aliasOf(path) });
  return index;
}

/** Before it is up: no address of its own, so that it neither asks nor announces anything. */
function prepare(name: string): void {
  writeSysctl(`ipv6/conf/${name}/addr_gen_mode`, 1);
  writeSysctl(`ipv6/conf/${name}/accept_ra`, 0);
  // The larger of this and `all` counts; with strict checks for all, loose ones are the best there is.
  writeSysctl(`ipv4/conf/${name}/rp_filter`, readSysctl('ipv4/conf/all/rp_filter') === '0' ? 0 : 2);
  writeSysctl(`ipv4/conf/${name}/send_redirects`, 0);
}

/** Removing what is not there is free. @throws NativeError */
export function removeTunnel(nl: Netlink, name: string): void {
  const found = getTunnel(nl, name);
  if (found) deleteLink(nl, found.index);
}

export interface OwnTunnel extends FoundTunnel {
  /** Of the path. */
  readonly path: number;
  readonly transport: TunnelTransport;
  /** Undefined when it was left half made. */
  readonly label: { readonly interface: string; readonly mac: Mac; readonly space: number } | undefined;
}

/** All that this or an earlier run made. */
export const ownTunnels = (nl: Netlink): OwnTunnel[] =>
  listTunnels(nl).flatMap((found) => {
    const path = NAME.exec(found.name)?.[1];
    if (path === undefined) return [];
    const [, mac, device, space] = ALIAS.exec(found.alias ?? '') ?? [];
    const label = mac === undefined || device === undefined ? undefined : { mac, interface: device, space: Number(space) };
    return [{ ...found, path: Number(path), transport: found.kind === 'gre' ? 'gre4' : 'gre6', label }];
  });

/** @throws PathError with the kernel's reasons when it makes neither kind; one of the two is enough for LMAs of its family */
export function tryTunnels(nl: Netlink): void {
  const trials = [
    { name: 'pmip4-try', kind: 'gre', local: '127.0.0.1', remote: '127.0.0.2' },
    { name: 'pmip6-try', kind: 'ip6gre', local: '::1', remote: '::2' },
  ] as const;
  const reasons = trials.flatMap((trial) => {
    try {
      removeTunnel(nl, trial.name);
      addTunnel(nl, { ...trial, sendKey: 1, receiveKey: 1, mtu: MINIMUM_MTU });
      removeTunnel(nl, trial.name);
      return [];
    } catch (error) {
      if (!(error instanceof NativeError)) throw error;
      return [error.message];
    }
  });
  if (reasons.length === trials.length) throw new PathError(`${reasons.join('; ')}: the kernel needs its modules ip_gre or ip6_gre`);
}
