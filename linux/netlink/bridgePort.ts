/** A bridge and its ports: whether they reach each other, and how many MACs it learns (linux/if_link.h, IFLA_BRPORT_*, IFLA_BR_*). */
import { u8 } from '../../protocol/codec.ts';
import { cString, n32 } from '../abi.ts';
import { EMPTY, ifinfo, RTM_NEWLINK } from './link.ts';
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

/** IFLA_BR_FDB_MAX_LEARNED, from Linux 6.7 on; older kernels pass over what they do not know. */
const bridge = layout(ifinfo, { info: [18, attributes({ kind: [1, cString], data: [2, attributes({ mostLearned: [49, n32] })] })] });

/** What is beyond these is forwarded as before, and not learned. @throws NativeError */
export const boundLearning = (nl: Netlink, index: number, mostLearned: number): void =>
  void nl.request({ what: `bound what the bridge ${index} learns`, type: RTM_NEWLINK, layout: bridge, body: { ...EMPTY, index, info: { kind: 'bridge', data: { mostLearned } } } });
