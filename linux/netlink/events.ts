/** What changes in the kernel, as it changes: interfaces, addresses, routes and neighbours of one network namespace. */
import { Reader } from '../../protocol/codec.ts';
import { decodeSockaddr, sockaddrNl } from '../sockaddr.ts';
import { endpoint } from '../sockets/endpoint.ts';
import { decodeAddress, RTM_DELADDR, RTM_NEWADDR } from './address.ts';
import type { InterfaceAddress } from './address.ts';
import { decodeLink, RTM_DELLINK, RTM_NEWLINK } from './link.ts';
import type { Link } from './link.ts';
import { AF_BRIDGE, decodeNeighbour, RTM_DELNEIGH, RTM_NEWNEIGH } from './neighbour.ts';
import type { Neighbour } from './neighbour.ts';
import { decodeRoute, RTM_DELROUTE, RTM_NEWROUTE } from './route.ts';
import type { Route } from './route.ts';
import { openNetlink } from './socket.ts';
import { decodeMessages } from './wire.ts';

/** `removed`: gone; else new or changed. `resync`: changes were lost, so list everything again. */
export type NetlinkEvent =
  | { readonly kind: 'link'; readonly removed: boolean; readonly link: Link }
  | { readonly kind: 'address'; readonly removed: boolean; readonly address: InterfaceAddress }
  | { readonly kind: 'route'; readonly removed: boolean; readonly route: Route }
  | { readonly kind: 'neighbour'; readonly removed: boolean; readonly neighbour: Neighbour }
  | { readonly kind: 'resync' };

/** RTMGRP_*, linux/rtnetlink.h */
const GROUPS = { link: 0x1, neighbour: 0x4, address: 0x10 | 0x100, route: 0x40 | 0x400 } as const;

export interface NetlinkEventsOptions {
  readonly of: readonly (keyof typeof GROUPS)[];
  readonly onEvent: (event: NetlinkEvent) => void;
  readonly onError: (error: Error) => void;
}

export interface NetlinkEvents {
  unref(): void;
  close(): void;
}

/** Of the network namespace in which it is called. List the state after this call, so that nothing falls in between. @throws NativeError */
export function netlinkEvents({ of, onEvent, onError }: NetlinkEventsOptions): NetlinkEvents {
  const groups = of.reduce((mask, name) => mask | GROUPS[name], 0);
  const socket = endpoint(openNetlink('the rtnetlink event socket', groups), {
    what: 'the rtnetlink event socket',
    onReceive({ octets, from }) {
      if (decodeSockaddr(sockaddrNl, from).port !== 0) return; // not from the kernel
      for (const { type, body } of decodeMessages(octets)) {
        const event = decodeEvent(type, body);
        if (event) onEvent(event);
      }
    },
    onOverrun: () => onEvent({ kind: 'resync' }),
    onError,
  });
  return { unref: () => socket.unref(), close: () => socket.close() };
}

function decodeEvent(type: number, body: Uint8Array): NetlinkEvent | undefined {
  switch (type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      // A bridge tells of its ports in messages of its own; DELLINK there means only "no longer a port".
      return new Reader(body).uint(1) === AF_BRIDGE ? undefined : { kind: 'link', removed: type === RTM_DELLINK, link: decodeLink(body) };
    case RTM_NEWADDR:
    case RTM_DELADDR:
      return { kind: 'address', removed: type === RTM_DELADDR, address: decodeAddress(body) };
    case RTM_NEWROUTE:
    case RTM_DELROUTE: {
      const route = decodeRoute(body);
      return route && { kind: 'route', removed: type === RTM_DELROUTE, route };
    }
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH: {
      const neighbour = decodeNeighbour(body);
      return neighbour && { kind: 'neighbour', removed: type === RTM_DELNEIGH, neighbour };
    }
    default:
      return undefined;
  }
}
