/**
 * Addresses that the active anchor has and the standby takes over. Each is added with a lifetime and refreshed: when the process
 * dies, the kernel takes it away by itself, so that two machines never have it for long.
 */
import type { Mac } from '../../protocol/mac.ts';
import { ETHERTYPE_ARP, ETHERTYPE_IPV6 } from '../../protocol/ip.ts';
import { addAddress, deleteAddress } from '../../linux/netlink/address.ts';
import { getLink } from '../../linux/netlink/link.ts';
import { netlink } from '../../linux/netlink/socket.ts';
import { icmp6Filter } from '../../linux/sockets/filter.ts';
import { packetSocket, type PacketSocket } from '../../linux/sockets/packetSocket.ts';
import { announcement, claimIn } from './announcement.ts';

export interface SharedAddress {
  readonly address: string;
  readonly length: number;
  readonly device: string;
}

export interface SharedAddresses {
  /** Adds them, or counts their lifetime anew, and says on the link where they are, if that is sure. What fails is told to `onError`. */
  keep(announce: boolean): void;
  drop(): void;
  close(): void;
}

export interface SharedAddressesOptions {
  readonly addresses: readonly SharedAddress[];
  /** Whole seconds. */
  readonly lifetime: number;
  /** Somebody else on the link says that it has one of them; not before the first `keep`. */
  readonly onRival: (who: string) => void;
  readonly onError: (error: Error) => void;
}

const NEIGHBOUR_ADVERTISEMENT = 136;

/** @throws Error in words when a device is not there, NativeError without CAP_NET_ADMIN and CAP_NET_RAW */
export function sharedAddresses({ addresses, lifetime, onRival, onError }: SharedAddressesOptions): SharedAddresses {
  const nl = netlink();
  const sockets = new Map<string, PacketSocket>();
  let mine = false;

  const links = new Map(
    [...new Set(addresses.map((a) => a.device))].map((name) => {
      const link = getLink(nl, name);
      if (link?.mac === undefined) throw new Error(`standby: there is no Ethernet device ${name} for the shared addresses`);
      return [name, { index: link.index, mac: link.mac }] as const;
    }),
  );
  for (const { device, address } of addresses) {
    const etherType = address.includes(':') ? ETHERTYPE_IPV6 : ETHERTYPE_ARP;
    const key = `${device} ${etherType}`;
    if (sockets.has(key)) continue;
    const filter = etherType === ETHERTYPE_IPV6 ? { filter: icmp6Filter([NEIGHBOUR_ADVERTISEMENT]) } : {};
    sockets.set(key, packetSocket({ interface: device, etherType, ...filter, also: [], onFrame: (frame) => hear(device, frame), onError }));
  }

  function hear(device: string, frame: Uint8Array): void {
    const claim = mine ? claimIn(frame) : undefined;
    if (claim && claim.mac !== linkOf(device).mac && addresses.some((a) => a.device === device && a.address === claim.address)) onRival(`${claim.mac} on ${device}`);
  }

  const linkOf = (device: string): { readonly index: number; readonly mac: Mac } => links.get(device) as { readonly index: number; readonly mac: Mac };

  function attempt(work: () => void): void {
    try {
      work();
    } catch (e) {
      onError(e as Error);
    }
  }

  return {
    keep(announce) {
      mine = true;
      for (const { address, length, device } of addresses) {
        attempt(() => {
          const { index, mac } = linkOf(device);
          addAddress(nl, { index, address, length, noDad: true, lifetime });
          if (announce) sockets.get(`${device} ${address.includes(':') ? ETHERTYPE_IPV6 : ETHERTYPE_ARP}`)?.send(announcement(address, mac));
        });
      }
    },
    drop() {
      mine = false;
      for (const { address, length, device } of addresses) attempt(() => deleteAddress(nl, { index: linkOf(device).index, address, length }));
    },
    close() {
      for (const socket of sockets.values()) socket.close();
      nl.close();
    },
  };
}
