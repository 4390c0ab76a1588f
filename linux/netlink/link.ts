/** Interfaces: veth pairs, macvlans and bridges made, set and removed; every kind listed. Tunnels are made in tunnel.ts. */
import { constants } from 'node:fs';
import type { Mac } from '../../protocol/mac.ts';
import { decode, hex, reserved, struct, u8 } from '../../protocol/codec.ts';
import { cString, int, n16, n32 } from '../abi.ts';
import { check, native } from '../native.ts';
import { unless } from './socket.ts';
import type { Netlink } from './socket.ts';
import { attributes, layout, NLM_F_CREATE, NLM_F_EXCL } from './wire.ts';

export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
export const RTM_GETLINK = 18;

const IFF_UP = 1;
const IFF_RUNNING = 0x40;

export const ifinfo = struct({ family: u8, _pad: reserved(1), hardware: n16, index: int, flags: n32, change: n32 });
/** Attributes that every kind of interface has. */
export const common = {
  mac: [1, hex()],
  name: [3, cString],
  mtu: [4, n32],
  lower: [5, n32],
  master: [10, n32],
  alias: [20, cString],
  namespace: [28, n32],
} as const;

const peerLayout = layout(ifinfo, common);
/** The data of every kind used here; a kind reads its own rows only. */
const linkInfo = attributes({
  kind: [1, cString],
  data: [2, attributes({ vethPeer: [1, peerLayout] })],
});
const macvlanInfo = attributes({ kind: [1, cString], data: [2, attributes({ mode: [1, n32] })] });

const received = layout(ifinfo, { ...common, info: [18, attributes({ kind: [1, cString] })] });
const withVeth = layout(ifinfo, { ...common, info: [18, linkInfo] });
const withMacvlan = layout(ifinfo, { ...common, info: [18, macvlanInfo] });

export interface Link {
  readonly index: number;
  readonly name: string;
  /** Absent on interfaces without a hardware address. */
  readonly mac?: Mac;
  readonly mtu: number;
  /** Administratively up. */
  readonly up: boolean;
  /** Up and with a carrier. */
  readonly running: boolean;
  /** `veth`, `macvlan`, `bridge`; absent for hardware. */
  readonly kind?: string;
  /** Index of the bridge (or VRF) that it is a port of. */
  readonly master?: number;
  /** Index of the interface that it stands on: macvlan, VLAN; a veth's peer. */
  readonly lower?: number;
  /** ARPHRD number: 1 Ethernet, 772 loopback, 512 PPP, 65534 none (if_arp.h). */
  readonly hardware: number;
}

/** What can be chosen at creation and changed later. */
export interface LinkSettings {
  readonly mac?: Mac;
  readonly mtu?: number;
  readonly up?: boolean;
  /** Index of a bridge to become a port of; 0 = of none. */
  readonly master?: number;
  /** Text for whoever looks at the interface, of up to 255 octets. Kept only when it is set after creation. */
  readonly alias?: string;
  /** Move into this network namespace, named as `ip netns` does or by path. */
  readonly namespace?: string;
}

export type NewLink = LinkSettings & { readonly name: string } & (
  // The far end cannot be up before the near end exists: set it up afterwards, in its own namespace.
  | { readonly kind: 'veth'; readonly peer: Omit<LinkSettings, 'up'> & { readonly name: string } }
  | { readonly kind: 'macvlan'; readonly on: number; readonly mode: 'private' | 'bridge' }
  | { readonly kind: 'bridge' }
);

const MACVLAN_MODE = { private: 1, bridge: 4 } as const;

/** @throws NativeError, `EEXIST` when the name is taken */
export function addLink(nl: Netlink, link: NewLink): void {
  const request = { what: `add the ${link.kind} ${link.name}`, type: RTM_NEWLINK, flags: NLM_F_CREATE | NLM_F_EXCL };
  withSettings(link, (own) => {
    switch (link.kind) {
      case 'veth':
        withSettings(link.peer, (peer) => {
          nl.request({ ...request, layout: withVeth, body: { ...own, info: { kind: 'veth', data: { vethPeer: peer } } } });
        });
        break;
      case 'macvlan':
        nl.request({ ...request, layout: withMacvlan, body: { ...own, lower: link.on, info: { kind: 'macvlan', data: { mode: MACVLAN_MODE[link.mode] } } } });
        break;
      case 'bridge':
        nl.request({ ...request, layout: received, body: { ...own, info: { kind: 'bridge' } } });
        break;
    }
  });
}

/** @throws NativeError */
export function setLink(nl: Netlink, index: number, settings: LinkSettings & { readonly name?: string }): void {
  withSettings(settings, (body) => nl.request({ what: `set the interface ${index}`, type: RTM_NEWLINK, layout: received, body: { ...body, index } }));
}

/** Removing what is not there is free. @throws NativeError */
export function deleteLink(nl: Netlink, index: number): void {
  unless(['ENODEV'], () => nl.request({ what: `delete the interface ${index}`, type: RTM_DELLINK, layout: received, body: { ...EMPTY, index } }));
}

export function getLink(nl: Netlink, name: string): Link | undefined {
  let found: Link | undefined;
  unless(['ENODEV'], () => {
    const [message] = nl.request({ what: `get the interface ${name}`, type: RTM_GETLINK, layout: received, body: { ...EMPTY, name } });
    if (message) found = decodeLink(message.body);
  });
  return found;
}

export const listLinks = (nl: Netlink): Link[] =>
  nl.dump({ what: 'list the interfaces', type: RTM_GETLINK, layout: received, body: EMPTY }).map((m) => decodeLink(m.body));

/** @throws DecodeError */
export function decodeLink(body: Uint8Array): Link {
  const { index, flags, hardware, name = '', mac, mtu = 0, master, lower, info } = decode(received, body);
  return {
    index,
    name,
    mtu,
    hardware,
    up: (flags & IFF_UP) !== 0,
    running: (flags & IFF_RUNNING) !== 0,
    ...(mac ? { mac } : {}),
    ...(master ? { master } : {}),
    ...(lower ? { lower } : {}),
    ...(info?.kind ? { kind: info.kind } : {}),
  };
}

export const EMPTY = { family: 0, hardware: 0, index: 0, flags: 0, change: 0 };
type Fixed = typeof EMPTY & { readonly alias?: string | undefined; readonly mac?: Mac | undefined; readonly mtu?: number | undefined; readonly name?: string | undefined; readonly namespace?: number | undefined; readonly master?: number | undefined };

/** The settings as a message's fields, with the namespace open while `use` runs. */
function withSettings(settings: LinkSettings & { readonly name?: string }, use: (fields: Fixed) => void): void {
  const { up, namespace } = settings;
  const fields: Fixed = {
    ...EMPTY,
    flags: up ? IFF_UP : 0,
    change: up === undefined ? 0 : IFF_UP,
    name: settings.name,
    mac: settings.mac,
    mtu: settings.mtu,
    master: settings.master,
    alias: settings.alias,
  };
  if (namespace === undefined) {
    use(fields);
    return;
  }
  const path = namespace.includes('/') ? namespace : `/run/netns/${namespace}`;
  const fd = check(`open the network namespace ${path}`, native().open(path, constants.O_RDONLY), 'create it first: ip netns add NAME');
  try {
    use({ ...fields, namespace: fd });
  } finally {
    native().close(fd);
  }
}
