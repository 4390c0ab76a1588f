/** When a table of nftables goes: by a firewall that flushes everything as it starts, for example. */
import { decode } from '../../protocol/codec.ts';
import { cString } from '../abi.ts';
import { decodeSockaddr, sockaddrNl } from '../sockaddr.ts';
import { endpoint } from '../sockets/endpoint.ts';
import { NETLINK_NETFILTER } from './nftables.ts';
import { openNetlink } from './socket.ts';
import { attributes, decodeMessages } from './wire.ts';

/** NFNLGRP_NFTABLES, as a bit. */
const GROUP = 1 << 6;
/** NFT_MSG_DELTABLE of the subsystem of nftables */
const DELETED = (10 << 8) | 2;
/** struct nfgenmsg */
const HEADER = 4;
const WHAT = 'the nftables event socket';
const body = attributes({ table: [1, cString] });

/** `onDeleted` may come for a table that was deleted and made again in one step. In the network namespace of the caller. @throws NativeError */
export function watchTable(table: string, onDeleted: () => void, onError: (error: Error) => void): { close(): void } {
  const socket = endpoint(openNetlink(WHAT, GROUP, NETLINK_NETFILTER), {
    what: WHAT,
    onReceive({ octets, from }) {
      if (decodeSockaddr(sockaddrNl, from).port !== 0) return; // not from the kernel
      if (decodeMessages(octets).some((m) => m.type === DELETED && decode(body, m.body.subarray(HEADER)).table === table)) onDeleted();
    },
    onOverrun: onDeleted,
    onError,
  });
  socket.unref();
  return { close: () => socket.close() };
}
