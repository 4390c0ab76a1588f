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
    leave(link.index);
    if (link.master === undefined) return;
    const bridge = access.find(({ device }) => getLink(nl, device)?.index === link.master);
    if (!bridge) return;
    const apart = !bridge['station-to-station'];
    // It may have gone meanwhile, or what it is a port of is no bridge.
    unless(['ENODEV', 'EINVAL', 'EOPNOTSUPP'], () => {
      isolatePort(nl, link.index, apart);
      counting(link.index, apart);
    });
    done.set(link.index, link.master);
  }

  function leave(index: number): void {
    if (done.delete(index)) counting(index, false);
  }

  /** Nobody knows what happened meanwhile: a port that left and came back is isolated no more. */
  function lookAnew(): void {
    Array.from(done.keys()).forEach(leave);
    listLinks(nl).forEach(look);
  }

  /** Guests are apart without it. */
  function counting(index: number, counted: boolean): void {
    try {
      unless(['ENODEV', 'EINVAL'], () => count(index, counted));
    } catch (e) {
      onError(e as Error);
    }
  }

  const events = netlinkEvents({
    of: ['link'],
    onEvent(e) {
      if (e.kind === 'resync') lookAnew();
      else if (e.kind === 'link' && e.removed) leave(e.link.index);
      else if (e.kind === 'link') look(e.link);
    },
    onError,
  });
  const close = (): void => {
    events.close();
    nl.close();
  };
  try {
    listLinks(nl).forEach(take);
  } catch (e) {
    close();
    throw e;
  }
  return { close };
}
