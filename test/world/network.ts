/** The network between homes and anchor: octets that are lost, doubled, delayed and overtaken; and NATs that rewrite addresses. */
import type { Ipv4 } from '../../protocol/address.ts';
import type { Millis } from '../../protocol/units.ts';
import type { Random } from './random.ts';
import type { Schedule } from './schedule.ts';

export interface Packet {
  readonly transport: 'ipv6' | 'udp';
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  readonly octets: Uint8Array;
}

export interface Weather {
  /** Probabilities per packet */
  readonly loss: number;
  readonly duplication: number;
  /** One way, uniformly between them */
  readonly delay: readonly [Millis, Millis];
  /** Probability of a full queue, and what it adds at most */
  readonly queue: number;
  readonly queueing: Millis;
}

export const CALM: Weather = { loss: 0, duplication: 0, delay: [5, 10], queue: 0, queueing: 0 };
export const ROUGH: Weather = { loss: 0.1, duplication: 0.05, delay: [5, 80], queue: 0.05, queueing: 1500 };
export const AWFUL: Weather = { loss: 0.4, duplication: 0.2, delay: [5, 250], queue: 0.2, queueing: 6000 };

export interface Network {
  weather: Weather;
  /** Nothing passes while it is cut. */
  cut: boolean;
  readonly sent: { packets: number; lost: number };
  /** Who gets what is sent to this address; undefined takes it away. */
  host(address: string, receive: ((packet: Packet) => void) | undefined): void;
  send(packet: Packet): void;
}

export function createNetwork(schedule: Schedule, random: Random): Network {
  const hosts = new Map<string, (packet: Packet) => void>();
  const network: Network = {
    weather: CALM,
    cut: false,
    sent: { packets: 0, lost: 0 },
    host(address, receive) {
      if (receive) hosts.set(address, receive);
      else hosts.delete(address);
    },
    send(packet) {
      const { loss, duplication, delay, queue, queueing } = network.weather;
      network.sent.packets += 1;
      if (network.cut || random.chance(loss)) {
        network.sent.lost += 1;
        return;
      }
      for (let copies = random.chance(duplication) ? 2 : 1; copies > 0; copies--) {
        const way = random.between(...delay) + (random.chance(queue) ? random.between(0, queueing) : 0);
        // The address may belong to nobody any more when the packet comes.
        schedule.after(way, () => hosts.get(packet.destination)?.(packet));
      }
    },
  };
  return network;
}

/** A home's NAT: one public address, and one mapping for the agent's signalling port. */
export interface Nat {
  readonly publicAddress: Ipv4;
  readonly publicPort: number;
}

export const translateOut = (packet: Packet, nat: Nat): Packet => ({ ...packet, source: nat.publicAddress, sourcePort: nat.publicPort });

/** Undefined: no mapping for that port any more. */
export const translateIn = (packet: Packet, nat: Nat, inside: Ipv4, insidePort: number): Packet | undefined =>
  packet.destinationPort === nat.publicPort ? { ...packet, destination: inside, destinationPort: insidePort } : undefined;
