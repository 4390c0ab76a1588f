/** Whole Ethernet frames on one interface: ARP, neighbour discovery, router advertisements, DHCP to a phone without an address. */
import { MAG_MAC } from '../../protocol/address.ts';
import { isUnicastMac } from '../../protocol/mac.ts';
import type { Mac } from '../../protocol/mac.ts';
import { encode, hex, reserved, struct } from '../../protocol/codec.ts';
import { AF_PACKET, int, n16, PACKET_ADD_MEMBERSHIP, PACKET_IGNORE_OUTGOING, SOCK_RAW, SOL_PACKET } from '../abi.ts';
import { check, native } from '../native.ts';
import { decodeSockaddr, sockaddrLl } from '../sockaddr.ts';
import { controlInt, endpoint, openSocket, setOption } from './endpoint.ts';
import { attachFilter } from './filter.ts';
import type { Filter } from './filter.ts';

const membership = struct({ index: int, type: n16, length: n16, mac: hex(6), _unused: reserved(2) });
const MULTICAST = 0;
const UNICAST = 3;

export interface FrameInfo {
  readonly interfaceIndex: number;
  /** 0 = to this device, 1 = broadcast, 2 = multicast, 3 = to another, 4 = sent by this host (packet(7), sll_pkttype). */
  readonly packetType: number;
  /** False: the UDP or TCP checksum was left to hardware that a virtual link does not have, and says nothing. */
  readonly checksumReady: boolean;
}

const PACKET_AUXDATA = 8;
/** struct tpacket_auxdata begins with the status; TP_STATUS_CSUMNOTREADY, linux/if_packet.h */
const CHECKSUM_NOT_READY = 8;

export interface PacketSocketOptions {
  readonly interface: string;
  /** 0x0806 ARP, 0x86dd IPv6, 0x0800 IPv4, 0x0003 all. */
  readonly etherType: number;
  readonly filter?: Filter;
  /** MACs to receive besides the device's own, unicast or multicast. Default: the MAG's fixed one (RFC 6543 §4). */
  readonly also?: readonly Mac[];
  /** Also what this host sends: `packetType` 4. Default: not. */
  readonly outgoing?: boolean;
  /** A frame, by default one that this host did not send itself. */
  readonly onFrame: (frame: Uint8Array, info: FrameInfo) => void;
  readonly onError: (error: Error) => void;
}

export interface PacketSocket {
  readonly interfaceIndex: number;
  /** A frame from the destination MAC on. False: refused, see onError. */
  send(frame: Uint8Array): boolean;
  unref(): void;
  close(): void;
}

/** @throws NativeError when there is no such interface or CAP_NET_RAW is missing */
export function packetSocket(options: PacketSocketOptions): PacketSocket {
  const what = `the packet socket on ${options.interface}`;
  const index = check(`find the interface ${options.interface}`, native().ifNameToIndex(options.interface));
  const fd = openSocket(what, [AF_PACKET, SOCK_RAW, 0], (fd) => {
    // Protocol 0 receives nothing until bind, so no frame slips in before the filter.
    if (options.filter) attachFilter(what, fd, options.filter);
    if (!options.outgoing) setOption(what, fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
    setOption(what, fd, SOL_PACKET, PACKET_AUXDATA, 1);
    for (const mac of options.also ?? [MAG_MAC]) {
      const type = isUnicastMac(mac) ? UNICAST : MULTICAST;
      setOption(what, fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, encode(membership, { index, type, length: 6, mac }));
    }
    const address = { protocol: options.etherType, index, hardware: 0, type: 0, length: 0, mac: '00:00:00:00:00:00' };
    check(`bind ${what}`, native().bind(fd, encode(sockaddrLl, address)));
  });
  const socket = endpoint(fd, {
    what,
    onError: options.onError,
    onReceive({ octets, from, control }) {
      const sender = decodeSockaddr(sockaddrLl, from);
      const checksumReady = ((controlInt(control, SOL_PACKET, PACKET_AUXDATA) ?? 0) & CHECKSUM_NOT_READY) === 0;
      options.onFrame(octets, { interfaceIndex: sender.index, packetType: sender.type, checksumReady });
    },
  });
  return { interfaceIndex: index, send: (frame) => socket.send(frame), unref: () => socket.unref(), close: () => socket.close() };
}
