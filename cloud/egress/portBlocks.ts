/**
 * NAT44 with a block of ports for each subscriber, found by arithmetic from its address (the idea of RFC 7422): whoever has the
 * pool's configuration can tell from an outside address and port whose they were, so that nothing need be logged per connection.
 *
 * The subscribers of a pool are cut into groups of a power of two, in the order of their addresses; a group has one outside
 * address, and each in it an equal part of that address's ports.
 */
import { ipv4FromNumber, ipv4ToNumber, type Ipv4 } from '../../protocol/address.ts';

export interface Nat44 {
  /** First address and size of the pool, both of a CIDR network. */
  readonly network: Ipv4;
  readonly size: number;
  /** First outside address, and how many there are. */
  readonly outside: Ipv4;
  readonly outsideSize: number;
  /** Ports below stay with the anchor. */
  readonly firstPort: number;
  /** Of each outside address; a power of two. */
  readonly subscribersPerAddress: number;
  readonly portsPerSubscriber: number;
}

export interface PortBlock {
  readonly address: Ipv4;
  readonly first: number;
  readonly last: number;
}

const PORTS = 65_536;

export interface Nat44Wish {
  /** `10.1.0.0/16` */
  readonly pool: string;
  /** `203.0.113.0/28` */
  readonly outside: string;
  readonly firstPort: number;
  /** At least so many; undefined: as many as there are. */
  readonly portsPerSubscriber?: number | undefined;
}

/** How the ports are cut; or in words why they do not suffice. */
export function planNat44({ pool, outside, firstPort, portsPerSubscriber }: Nat44Wish): Nat44 | string {
  const [network, size] = range(pool);
  const [firstOutside, outsideSize] = range(outside);
  const ports = PORTS - firstPort;
  const subscribersPerAddress = Math.min(size, portsPerSubscriber === undefined ? powerOfTwo(Math.ceil(size / outsideSize)) : powerBelow(Math.floor(ports / portsPerSubscriber)));
  const needed = Math.ceil(size / Math.max(1, subscribersPerAddress));
  const each = Math.floor(ports / Math.max(1, subscribersPerAddress));
  if (subscribersPerAddress < 1) return `an address has only ${ports} ports from ${firstPort} on`;
  if (each < 1) return `${outside} has fewer ports than ${pool} has subscribers`;
  if (needed > outsideSize) return `${pool} with ${portsPerSubscriber} ports for each subscriber needs ${needed} outside addresses, and ${outside} has ${outsideSize}`;
  return { network, size, outside: firstOutside, outsideSize, firstPort, subscribersPerAddress, portsPerSubscriber: each };
}

/** The outside address and ports of a subscriber; undefined: not of this pool. */
export function portBlockOf(nat: Nat44, subscriber: Ipv4): PortBlock | undefined {
  const n = ipv4ToNumber(subscriber) - ipv4ToNumber(nat.network);
  if (n < 0 || n >= nat.size) return undefined;
  return { address: outsideOf(nat, Math.floor(n / nat.subscribersPerAddress)), ...portsOf(nat, n % nat.subscribersPerAddress) };
}

/** Whose an outside address and port (or ICMP identifier) are; undefined: nobody's. */
export function subscriberOf(nat: Nat44, outside: Ipv4, port: number): Ipv4 | undefined {
  const group = ipv4ToNumber(outside) - ipv4ToNumber(nat.outside);
  const place = Math.floor((port - nat.firstPort) / nat.portsPerSubscriber);
  const n = group * nat.subscribersPerAddress + place;
  if (group < 0 || place < 0 || place >= nat.subscribersPerAddress || n >= nat.size) return undefined;
  return ipv4FromNumber(ipv4ToNumber(nat.network) + n);
}

/** Outside address of the n-th group of subscribers. */
export const outsideOf = (nat: Nat44, group: number): Ipv4 => ipv4FromNumber(ipv4ToNumber(nat.outside) + group);

/** Ports of the n-th subscriber of a group. */
export function portsOf({ firstPort, portsPerSubscriber }: Nat44, place: number): { readonly first: number; readonly last: number } {
  const first = firstPort + place * portsPerSubscriber;
  return { first, last: first + portsPerSubscriber - 1 };
}

/** Groups that have a subscriber. */
export const groupsOf = (nat: Nat44): number => Math.ceil(nat.size / nat.subscribersPerAddress);

function range(network: string): [first: Ipv4, size: number] {
  const [address, length] = network.split('/') as [string, string];
  const size = 2 ** (32 - Number(length));
  return [ipv4FromNumber(Math.floor(ipv4ToNumber(address) / size) * size), size];
}

const powerOfTwo = (atLeast: number): number => 2 ** Math.ceil(Math.log2(atLeast));
const powerBelow = (atMost: number): number => (atMost < 1 ? 0 : 2 ** Math.floor(Math.log2(atMost)));
