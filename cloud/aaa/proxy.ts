/**
 * The RADIUS proxy between homes and the operator's servers: gateways come by RadSec with certificates of their own, so that no RADIUS
 * crosses the internet in clear and it is known through which home somebody was accepted. That opens the home for the subscriber.
 */
import { createServer, type TLSSocket } from 'node:tls';
import { decodePacket } from '../../protocol/radius/packet.ts';
import { CODE } from '../../protocol/radius/codes.ts';
import type { Millis, Seconds } from '../../protocol/units.ts';
import { packetReader, RADSEC_SECRET } from '../../runtime/radius/radsec.ts';
import { distrust } from '../../runtime/radius/rekey.ts';
import type { RadiusServer } from '../../runtime/radius/types.ts';
import type { Proved } from '../lma/proof.ts';
import { createAcceptances } from './accepted.ts';
import { HANDSHAKE_TIMEOUT, limitHandshakes } from './handshakes.ts';
import { openUpstream, type Asker } from './upstream.ts';

export interface AaaProxyOptions {
  readonly listen: readonly string[];
  readonly port: number;
  /** PEM; `ca` issues the gateways' certificates. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer; readonly ca: Buffer };
  readonly servers: readonly RadiusServer[];
  readonly sessionTimeout: Seconds;
  readonly trustUserName: boolean;
  /** Whether Accounting-Requests of gateways are passed on: any of them could bill anybody. */
  readonly forwardAccounting: boolean;
  /** Is this common name a MAG Identifier of ours? */
  readonly isGateway: (name: string) => boolean;
  readonly onProved: (proved: Proved) => void;
  readonly onCount: (reason: string) => void;
  readonly onError: (error: Error) => void;
  readonly now: () => Millis;
}

export interface AaaProxy {
  /** The gateway's connections end at once. */
  revoke(gateway: string): void;
  close(): void;
}

/** A connection without a word is closed: the gateway opens another when it needs one. */
const IDLE: Millis = 600_000;
/** Of a gateway, whose hostapd and agent have one for each of their sockets; the oldest makes room. */
const MOST_OF_A_GATEWAY = 64;
/** Replies that a gateway does not read. */
const MOST_BUFFERED = 1 << 18;

/** @throws Error in words when an address or the port cannot be had */
export async function openAaaProxy(options: AaaProxyOptions): Promise<AaaProxy> {
  const { onCount, onError, onProved, isGateway, now } = options;
  const upstream = openUpstream({ servers: options.servers, secret: RADSEC_SECRET, now, onCount, onError });
  const acceptances = createAcceptances(options);
  const connections = new Map<string, Set<TLSSocket>>();
  const handshakes = limitHandshakes(() => onCount('aaa-too-many-handshakes'));
  let connected = 0;

  function onConnection(socket: TLSSocket): void {
    const subject = socket.getPeerCertificate().subject as { readonly CN?: unknown } | undefined;
    const name = subject?.CN;
    socket.on('error', () => onCount('aaa-connection-broke'));
    if (typeof name !== 'string' || !isGateway(name)) {
      onCount('aaa-unknown-gateway');
      return void socket.destroy();
    }
    const asker: Asker = { gateway: name, connection: (connected += 1) };
    const own = connections.get(name) ?? new Set();
    connections.set(name, own.add(socket));
    const [oldest] = own;
    if (own.size > MOST_OF_A_GATEWAY) oldest?.destroy();
    const read = packetReader();
    socket.setTimeout(IDLE, () => socket.end());
    socket.on('close', () => {
      own.delete(socket);
      if (own.size === 0) connections.delete(name);
    });
    socket.on('data', (octets) => {
      try {
        for (const packet of read(octets)) onRequest(socket, asker, packet);
      } catch {
        onCount('aaa-malformed');
        socket.destroy();
      }
    });
  }

  function onRequest(socket: TLSSocket, asker: Asker, request: Uint8Array): void {
    const wrong = distrust(request, RADSEC_SECRET);
    if (wrong !== undefined) return onCount(`aaa-request: ${wrong}`);
    if (request[0] === CODE.ACCOUNTING_REQUEST && !options.forwardAccounting) return onCount('aaa-accounting-of-a-gateway');
    upstream.ask(asker, request, (reply) => {
      if (reply[0] === CODE.ACCESS_ACCEPT) {
        const proved = acceptances.prove({ mag: asker.gateway, request: decodePacket(request).attributes, accept: decodePacket(reply).attributes }, now());
        // Before the gateway hears of it, so that its PBU cannot be faster.
        if (proved) onProved(proved);
      }
      if (socket.writableLength > MOST_BUFFERED) socket.destroy();
      else if (!socket.destroyed) socket.write(reply);
    });
  }

  const servers = await Promise.all(options.listen.map((address) => listening(address)));

  function listening(address: string): Promise<ReturnType<typeof createServer>> {
    return new Promise((resolve, reject) => {
      const server = createServer({ ...options.tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_TIMEOUT }, onConnection);
      server.on('connection', handshakes.begin);
      server.on('secureConnection', handshakes.end);
      server.on('tlsClientError', () => onCount('aaa-certificate-refused'));
      server.once('error', (e) => reject(new Error(`no RadSec on ${address} port ${options.port} (${e.message}): does this machine have the address, and is the port free?`)));
      server.listen(options.port, address, () => {
        server.removeAllListeners('error').on('error', onError);
        resolve(server);
      });
    });
  }

  return {
    revoke(gateway) {
      for (const socket of connections.get(gateway) ?? []) socket.destroy();
    },
    close() {
      for (const server of servers) server.close();
      for (const own of connections.values()) for (const socket of own) socket.destroy();
      upstream.close();
    },
  };
}
