/**
 * One access interface: frames in from ARP, DHCP and neighbour discovery, a conversation per station (dhcp-server), frames out.
 * Data packets never come here; the data path has them.
 */
import { deadline, presenceProbes, startConversation, stationOf, step, type AccessEffect, type AccessEvent, type Conversation, type Session } from 'dhcp-server';
import { icmp6Filter, udpPortFilter, type Filter } from '../linux/sockets/filter.ts';
import { packetSocket, type PacketSocket } from '../linux/sockets/packetSocket.ts';
import type { Mac } from '../protocol/address.ts';
import { earliest, type Deadline, type Now } from '../protocol/units.ts';
import { createLoop } from '../runtime/loop.ts';

export interface AccessLinkOptions {
  readonly device: string;
  readonly now: () => Now;
  /** Any frame of a station, before it is answered. */
  readonly onStation: (mac: Mac) => void;
  /** What the phone wants from the MAG. */
  readonly onWish: (wish: Exclude<AccessEffect, { kind: 'sendFrame' | 'discard' }>) => void;
  /** What was sent or not answered, by name. */
  readonly onCount: (name: string) => void;
  readonly onError: (error: Error) => void;
}

export interface AccessLink {
  session(mac: Mac, session: Session): void;
  /** Unicast ARP and NS that only the phone can answer. */
  probe(mac: Mac): void;
  close(): void;
}

/** Conversations with stations that nobody ever vouched for are forgotten first. */
const MOST_CONVERSATIONS = 4096;
const DHCP_SERVER_PORT = 67;
const ARP = 0x0806;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const NEIGHBOUR_DISCOVERY = [133, 134, 135, 136];

type Input = { readonly mac: Mac; readonly event: AccessEvent } | 'timer';
type Output = { readonly mac: Mac; readonly effect: AccessEffect };

/** @throws NativeError when the interface is not there or CAP_NET_RAW is missing */
export function openAccessLink(options: AccessLinkOptions): AccessLink {
  const conversations = new Map<Mac, Conversation>();
  const sockets: PacketSocket[] = [];

  const loop = createLoop<Input, Output>({
    now: options.now,
    timer: 'timer',
    onError: (e) => options.onError(e),
    deadline: () => {
      let first: Deadline | undefined;
      for (const c of conversations.values()) first = earliest(first, deadline(c));
      return first;
    },
    step: (input, now) => {
      const due = input === 'timer' ? [...conversations.keys()].map((mac) => ({ mac, event: { kind: 'timer' } as const })) : [input];
      return due.flatMap(({ mac, event }) => step(conversation(mac), event, now).map((effect) => ({ mac, effect })));
    },
    perform: ({ effect }) => {
      switch (effect.kind) {
        case 'sendFrame':
          options.onCount(`sent ${effect.name}`);
          sockets[0]?.send(effect.frame);
          return;
        case 'discard':
          return options.onCount(effect.reason);
        case 'wantBinding':
        case 'releaseIpv4':
        case 'declineIpv4':
          return options.onWish(effect);
      }
    },
  });

  function conversation(mac: Mac): Conversation {
    const known = conversations.get(mac);
    if (known) return known;
    if (conversations.size >= MOST_CONVERSATIONS) forgetIdle(conversations);
    const fresh = startConversation(mac);
    conversations.set(mac, fresh);
    return fresh;
  }

  const listen = (etherType: number, filter?: Filter): void => {
    sockets.push(
      packetSocket({
        interface: options.device,
        etherType,
        ...(filter ? { filter } : {}),
        onFrame: (frame, { checksumReady }) => {
          const mac = stationOf(frame);
          if (mac === undefined) return;
          options.onStation(mac);
          loop.feed({ mac, event: { kind: 'frame', frame, checksumReady } });
        },
        onError: options.onError,
      }),
    );
  };
  listen(ARP);
  listen(IPV6, icmp6Filter(NEIGHBOUR_DISCOVERY));
  listen(IPV4, udpPortFilter(DHCP_SERVER_PORT));

  return {
    session: (mac, session) => loop.feed({ mac, event: { kind: 'session', session } }),
    probe: (mac) => {
      for (const frame of presenceProbes(conversation(mac))) sockets[0]?.send(frame);
    },
    close: () => {
      loop.stop();
      for (const socket of sockets) socket.close();
    },
  };
}

/** Half of those that have no session and wait for none: a flood of invented MACs must not cost memory, nor a real phone its place. */
function forgetIdle(conversations: Map<Mac, Conversation>): void {
  let left = MOST_CONVERSATIONS / 2;
  for (const [mac, c] of conversations) {
    if (c.session.state !== 'none' || left-- <= 0) continue;
    conversations.delete(mac);
  }
}
