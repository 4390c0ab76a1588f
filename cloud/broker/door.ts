/** TLS in front of the embedded broker: who has shown which certificate, how many of one there may be, and how fast they may talk. */
import { constants } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { isGatewayId } from '../../runtime/fleet/gatewayId.ts';
import { networkOf } from '../api/client.ts';
import { CLAIM, CLOUD } from '../pki/authority.ts';
import type { Authority } from '../pki/ports.ts';
import { createFrameWatch } from './frames.ts';
import type { BrokerLimits } from './limits.ts';
import type { Peer } from './ports.ts';
import type { Refusals } from './refusals.ts';
import { watchedStream } from './watchedStream.ts';

export interface Guest {
  readonly peer: Peer;
  readonly expires: number;
  readonly stream: Duplex;
}

export interface DoorOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly authority: Authority;
  readonly limits: BrokerLimits;
  /** Nobody else is let in. */
  readonly only?: Peer['role'];
  readonly now: () => number;
  readonly refusals: Refusals;
  readonly onGuest: (guest: Guest) => void;
  readonly onError: (error: Error) => void;
}

export interface Door {
  readonly port: number;
  /** Those that are open, before and after CONNECT. */
  guests(): Iterable<Guest>;
  /** The broker's next certificate if it is due; guests that stayed longer than theirs go. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

const HANDSHAKE = 10_000;

/** @throws Error in words when it cannot listen */
export async function openDoor({ listen, authority, limits, only, now, refusals, onGuest, onError }: DoorOptions): Promise<Door> {
  const guests = new Set<Guest>();
  /** How many there are of each certificate's name, of claims per address. */
  const open = new Map<string, number>();
  const credentials = async () => {
    const { key, pem } = await authority.server();
    return { key, cert: pem, ca: authority.certificate, minVersion: 'TLSv1.2' } as const;
  };
  // No tickets: who comes again shows the certificate again.
  const server = createServer({ ...(await credentials()), requestCert: true, rejectUnauthorized: true, handshakeTimeout: HANDSHAKE, noDelay: true, secureOptions: constants.SSL_OP_NO_TICKET });
  server.maxConnections = limits.connections;

  /** Ports by network. */
  const strangers = new Map<string, Set<string>>();
  function known(network: string, port: string): void {
    const ports = strangers.get(network);
    ports?.delete(port);
    if (ports?.size === 0) strangers.delete(network);
  }
  server.on('connection', (socket) => {
    const address = addressOf(socket);
    const [network, port] = [networkOf(address), portOf(socket)];
    const ports = strangers.get(network) ?? new Set();
    if (ports.size >= limits.handshakes) {
      refusals.add({ who: '', address, action: 'connect', target: '', reason: 'too many handshakes of one address at once' });
      socket.destroy();
      return;
    }
    strangers.set(network, ports.add(port));
    socket.once('close', () => known(network, port));
  });

  server.on('secureConnection', (socket) => {
    known(networkOf(addressOf(socket)), portOf(socket));
    const found = guestOf(socket);
    if (typeof found === 'string') return void socket.destroy();
    const guest: Guest = found;
    const key = keyOf(guest.peer);
    guests.add(guest);
    open.set(key, (open.get(key) ?? 0) + 1);
    guest.stream.on('close', () => {
      guests.delete(guest);
      const left = (open.get(key) ?? 1) - 1;
      if (left > 0) open.set(key, left);
      else open.delete(key);
    });
    guest.stream.on('error', () => undefined);
    onGuest(guest);
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    // A port scan and a client that went are no attempts.
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return;
    refusals.add({ who: '', address: addressOf(socket), action: 'connect', target: '', reason: `TLS: ${error.code ?? error.message}` });
  });

  /** Or why not, once that was counted. */
  function guestOf(socket: TLSSocket): Guest | string {
    const { subject, serialNumber, valid_to: until } = socket.getPeerCertificate();
    const address = addressOf(socket);
    const name = typeof subject?.CN === 'string' ? subject.CN : '';
    const role = name === CLAIM ? 'claim' : name === CLOUD ? 'cloud' : isGatewayId(name) ? 'gateway' : undefined;
    const refuse = (reason: string, action: 'connect' | 'overrun' = 'connect'): string => {
      refusals.add({ who: name, address, action, target: '', reason });
      return reason;
    };
    if (!role) return refuse('the certificate is none of a gateway');
    if (only !== undefined && role !== only) return refuse('gateways are claimed here, and nothing else');
    const most = role === 'claim' ? limits.claimConnections : limits.connectionsOfGateway;
    const peer: Peer = { role, name, serial: (serialNumber ?? '').toLowerCase(), address };
    if ((open.get(keyOf(peer)) ?? 0) >= most) return refuse(role === 'claim' ? 'too many connections from this address' : 'too many connections of one certificate');
    const watch = createFrameWatch(role === 'claim' ? limits.claim : limits.gateway, now);
    const stream = watchedStream(socket, { watch, onOverrun: (reason) => refuse(reason, 'overrun') });
    return { peer, expires: Date.parse(until), stream };
  }

  let context = (await authority.server()).serial;
  async function refresh(): Promise<void> {
    for (const guest of guests) if (guest.expires <= now()) guest.stream.destroy();
    const { serial } = await authority.server();
    if (serial === context) return;
    server.setSecureContext(await credentials());
    context = serial;
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', (e) => reject(new Error(`the broker cannot listen at ${listen.host} port ${listen.port}: ${e.message}`, { cause: e })));
    server.listen(listen.port, listen.host, resolve);
  });
  server.on('error', onError);
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : listen.port,
    guests: () => guests,
    refresh,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const { stream } of guests) stream.destroy();
      }),
  };
}

const keyOf = ({ role, name, address }: Peer): string => (role === 'claim' ? `${name} ${networkOf(address)}` : name);
const addressOf = (socket: Socket): string => (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
const portOf = (socket: Socket): string => `${socket.remoteAddress ?? ''} ${socket.remotePort ?? 0}`;
