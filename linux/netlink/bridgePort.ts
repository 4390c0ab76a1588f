/** Ports of a bridge: whether they reach each other (linux/if_link.h, IFLA_BRPORT_*). */
import { u8 } from '../../protocol/codec.ts';
import { EMPTY, ifinfo } from './link.ts';
import { AF_BRIDGE } from './neighbour.ts';
import type { Netlink } from './socket.ts';
import { attributes, layout } from './wire.ts';

const RTM_SETLINK = 19;
/** IFLA_PROTINFO, with the flag that says that attributes are in it (NLA_F_NESTED). */
const PORT = 12 | 0x8000;
const port = layout(ifinfo, { port: [PORT, attributes({ isolated: [33, u8] })] });

/** Isolated ports reach the bridge itself, and ports that are not isolated. @throws NativeError */
export const isolatePort = (nl: Netlink, index: number, isolated: boolean): void =>
  void nl.request({ what: `isolate the bridge's port ${index}`, type: RTM_SETLINK, layout: port, body: { ...EMPTY, family: AF_BRIDGE, index, port: { isolated: Number(isolated) } } });
