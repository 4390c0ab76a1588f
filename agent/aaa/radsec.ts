/**
 * RADIUS of this home to the cloud over TLS (RFC 6614). hostapd and the agent speak UDP to this machine's loopback, with the secret
 * `radsec`; each of their sockets has a connection of its own, so that packets pass as they are.
 */
import { createSocket, type Socket } from 'node:dgram';
import { connect, type TLSSocket } from 'node:tls';
import type { Millis } from '../../protocol/units.ts';
import { packetReader } from '../../runtime/radius/radsec.ts';

export interface RadsecOptions {
  /** The cloud's; its certificate must name `serverName`. */
  readonly server: { readonly host: string; readonly port: number; readonly name: string };
  /** PEM */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer; readonly ca: Buffer };
  /** Loopback address and ports on which RADIUS is taken. */
  readonly listen: { readonly address: string; readonly ports: readonly number[] };
  readonly now: () => Millis;
  readonly onCount: (reason: string) => void;
  readonly onError: (error: Error) => void;
}

export interface Radsec {
  close(): void;
}

/** Clients of this machine: hostapd's radios and the agent. */
const MOST_CLIENTS = 64;
/** Packets that wait for a connection; RADIUS repeats what is lost. */
const MOST_WAITING = 256;
/** After a connection that failed, so that a cloud that is away is not hammered. */
const PAUSE: Millis = 1000;
const IDLE: Millis = 300_000;
/** A connection that asks and hears nothing is dead, as after a change of the home's address; TCP notices that after a quarter of an hour. */
const SILENCE: Millis = 10_000;

interface Client {
  readonly socket: TLSSocket;
  waiting: number;
  /** When it asked what nothing came back for. */
  askedAt: Millis | undefined;
}

/** @throws Error in words when a port cannot be had */
export async function openRadsec({ server, tls, listen, now, onCount, onError }: RadsecOptions): Promise<Radsec> {
  const clients = new Map<string, Client>();
  let notBefore: Millis = -Infinity;
  let told = false;

  function forward(udp: Socket, octets: Uint8Array, address: string, port: number): void {
    const key = `${udp.address().port} ${port}`;
    const known = clients.get(key);
    const dead = known?.askedAt !== undefined && now() - known.askedAt > SILENCE;
    if (dead) {
      onCount('radsec-connection-silent');
      known.socket.destroy();
      clients.delete(key);
    }
    const client = (dead ? undefined : known) ?? dial(udp, key, address, port);
    if (!client || client.waiting >= MOST_WAITING) return onCount('radsec-not-connected');
    client.askedAt ??= now();
    client.waiting += 1;
    client.socket.write(octets, () => (client.waiting -= 1));
  }

  function dial(udp: Socket, key: string, address: string, port: number): Client | undefined {
    if (now() < notBefore || clients.size >= MOST_CLIENTS) return undefined;
    const read = packetReader();
    const socket = connect({ host: server.host, port: server.port, servername: server.name, ...tls, minVersion: 'TLSv1.2' }).setNoDelay();
    const client: Client = { socket, waiting: 0, askedAt: undefined };
    clients.set(key, client);
    socket.setTimeout(IDLE, () => socket.destroy());
    socket.on('secureConnect', () => (told = false));
    socket.on('data', (octets) => {
      client.askedAt = undefined;
      try {
        for (const packet of read(octets)) udp.send(packet, port, address);
      } catch {
        onCount('radsec-malformed');
        socket.destroy();
      }
    });
    socket.on('error', (e) => {
      notBefore = now() + PAUSE;
      onCount('radsec-connection-failed');
      if (!told) onError(new Error(`the cloud's RadSec at ${server.host}:${server.port} cannot be reached: ${e.message}; subscribers who authenticate get in when it is back`));
      told = true;
    });
    socket.on('close', () => clients.get(key) === client && clients.delete(key));
    return client;
  }

  const sockets = await Promise.all(listen.ports.map((port) => bound(listen.address, port)));
  for (const udp of sockets) udp.on('message', (octets, from) => forward(udp, octets, from.address, from.port)).on('error', onError);
  return {
    close() {
      for (const udp of sockets) udp.close();
      for (const { socket } of clients.values()) socket.destroy();
    },
  };
}

function bound(address: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4' });
    socket.once('error', (e) => reject(new Error(`RADIUS cannot be taken on ${address} port ${port} (${e.message}): is another RADIUS server on this machine?`)));
    socket.bind(port, address, () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}
