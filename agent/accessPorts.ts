/**
 * Guests of one access interface do not reach each other through its bridge: every port of it is isolated, also one that comes later
 * (a radio that is restarted). Within one radio's network it is hostapd that keeps them apart (`ap_isolate`).
 */
import { isolatePort } from '../linux/netlink/bridgePort.ts';
import { netlinkEvents } from '../linux/netlink/events.ts';
import { getLink, listLinks, type Link } from '../linux/netlink/link.ts';
import { netlink, unless } from '../linux/netlink/socket.ts';

export interface AccessPort {
  readonly device: string;
  /** Guests may reach each other: what is isolated is isolated no more. */
  readonly 'station-to-station': boolean;
}

export interface AccessPortsOptions {
  /** Whether what a port sends to others is to be counted; it may be a port no more. */
  readonly count: (index: number, counted: boolean) => void;
  readonly onError: (error: Error) => void;
}

/** @throws NativeError */
export function watchAccessPorts(access: readonly AccessPort[], { count, onError }: AccessPortsOptions): { close(): void } {
  const nl = netlink();
  const done = new Map<number, number>();

  function look(link: Link): void {
    try {
      take(link);
    } catch (e) {
      onError(e as Error);
    }
  }

  function take(link: Link): void {
    if (done.get(link.index) === link.master) return;
    if (done.delete(link.index)) count(link.index, false);
    if (link.master === undefined) return;
    const bridge = access.find(({ device }) => getLink(nl, device)?.index === link.master);
    if (!bridge) return;
    // It may have gone meanwhile, or what it is a port of is no bridge.
    unless(['ENODEV', 'EINVAL', 'EOPNOTSUPP'], () => {
      isolatePort(nl, link.index, !bridge['station-to-station']);
      count(link.index, !bridge['station-to-station']);
    });
    done.set(link.index, link.master);
  }

  const events = netlinkEvents({
    of: ['link'],
    onEvent(e) {
      if (e.kind === 'resync') listLinks(nl).forEach(look);
      else if (e.kind === 'link' && e.removed) done.delete(e.link.index);
      else if (e.kind === 'link') look(e.link);
    },
    onError,
  });
  listLinks(nl).forEach(take);
  return {
    close() {
      events.close();
      nl.close();
    },
  };
}
