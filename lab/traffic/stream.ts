/**
 * One numbered stream down: the host's end says when it sent each packet, the phone's in which order they came. The rate is kept by
 * the clock, also when the timer fires late.
 */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { AF_INET6, SOCK_DGRAM } from '../../linux/abi.ts';
import { check, native } from '../../linux/native.ts';
import { sockaddrIn6 } from '../../linux/sockaddr.ts';
import { endpoint, growReceiveBuffer, openSocket } from '../../linux/sockets/endpoint.ts';
import { encode } from '../../protocol/codec.ts';
import { monotonic } from './packet.ts';

const SIZE = 64;
const ROOM = 16 << 20;

export interface Outgoing {
  /** CLOCK_MONOTONIC in ms of each packet, by its number. */
  stop(): readonly number[];
}

export function stream(target: string, port: number, intervalMs: number): Outgoing {
  const socket = createSocket(isIPv6(target) ? 'udp6' : 'udp4');
  const sentAt: number[] = [];
  const begun = monotonic();
  const timer = setInterval(() => {
    const due = Math.floor((monotonic() - begun) / intervalMs);
    while (sentAt.length < due) {
      const octets = Buffer.alloc(SIZE);
      octets.writeUInt32BE(sentAt.length, 0);
      sentAt.push(monotonic());
      socket.send(octets, port, target);
    }
  }, intervalMs);
  return {
    stop() {
      clearInterval(timer);
      return sentAt;
    },
  };
}

export interface Incoming {
  /** The numbers in the order in which they came. */
  received(): readonly number[];
}

export function sink(port: number, onListening: () => void): Incoming {
  const numbers: number[] = [];
  const what = `the UDP socket of port ${port}`;
  // Node's own have room for some hundred packets, which is less than may come at once.
  const fd = openSocket(what, [AF_INET6, SOCK_DGRAM, 0], (fd) => {
    growReceiveBuffer(fd, ROOM);
    check(`bind ${what}`, native().bind(fd, encode(sockaddrIn6, { port, address: '::', scope: 0 })));
  });
  endpoint(fd, {
    what,
    onReceive: ({ octets }) => numbers.push(new DataView(octets.buffer, octets.byteOffset).getUint32(0)),
    onError: (error) => process.stderr.write(`${error.message}\n`),
  });
  onListening();
  return { received: () => numbers };
}
