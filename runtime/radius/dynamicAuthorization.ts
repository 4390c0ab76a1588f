/** The dynamic authorization server (RFC 5176): UDP sockets around what dynamicRequests.ts decides. */
import { createSocket, type Socket } from 'node:dgram';
import { canonicalIp } from '../../protocol/address.ts';
import { ERROR_CAUSE } from '../../protocol/radius/codes.ts';
import { DYNAMIC_AUTHORIZATION_PORT } from '../../protocol/radius/ports.ts';
import { now } from '../clock.ts';
import { answered, createDynamicRequests, received, type DynamicEffect, type Ticket } from './dynamicRequests.ts';
import { tryDecode } from './replies.ts';
import type { DynamicAnswer, DynamicAuthorization, DynamicAuthorizationOptions, DynamicRequest, PacketDirection } from './types.ts';

export const DEFAULT_WINDOW = 300_000;

/** @throws Error in words when a socket cannot be opened; then none is left open */
export async function openDynamicAuthorization(options: DynamicAuthorizationOptions): Promise<DynamicAuthorization> {
  const requests = createDynamicRequests({
    clients: options.clients.map((c) => ({ ...c, address: canonicalIp(c.address) })),
    nas: options.nas,
    requireMessageAuthenticator: options.requireMessageAuthenticator ?? true,
    requireEventTimestamp: options.requireEventTimestamp ?? true,
    window: options.window ?? DEFAULT_WINDOW,
  });
  const sockets: Socket[] = [];
  let open = true;

  function perform(effect: DynamicEffect): void {
    if (effect.kind === 'discard') return options.onCount(effect.reason);
    if (effect.kind === 'act') return void act(effect.ticket, effect.request);
    if (!open) return;
    const { socket, address, port } = effect.to;
    show('out', effect.octets, address, port);
    sockets[socket]?.send(effect.octets, port, address, (e: NodeJS.ErrnoException | null) => {
      if (e && open) options.onCount(`not sent: ${e.code ?? e.message}`);
    });
  }

  async function act(ticket: Ticket, request: DynamicRequest): Promise<void> {
    let answer: DynamicAnswer;
    try {
      answer = await options.onRequest(request);
    } catch (e) {
      options.onError(e as Error);
      answer = { kind: 'nak', errorCause: ERROR_CAUSE.RESOURCES_UNAVAILABLE };
    }
    try {
      for (const effect of answered(ticket, answer, now())) perform(effect);
    } catch (e) {
      options.onError(e as Error);
    }
  }

  function show(direction: PacketDirection, octets: Uint8Array, address: string, port: number): void {
    const packet = options.onPacket && tryDecode(octets);
    if (typeof packet === 'object') options.onPacket?.(direction, packet, `${address}:${port}`);
  }

  const close = (): void => {
    if (!open) return;
    open = false;
    for (const socket of sockets) socket.close();
  };

  try {
    for (const { address, port = DYNAMIC_AUTHORIZATION_PORT } of options.listen) {
      const index = sockets.length;
      sockets.push(
        await listening(address, port, options.onError, (octets, from) => {
          show('in', octets, from.address, from.port);
          for (const effect of received(requests, octets, { socket: index, ...from }, now())) perform(effect);
        }),
      );
    }
  } catch (e) {
    close();
    throw e;
  }
  return { ports: sockets.map((s) => s.address().port), close };
}

function listening(address: string, port: number, onError: (e: Error) => void, onMessage: (octets: Uint8Array, from: { address: string; port: number }) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(':') ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' });
    socket.once('error', (e) => {
      socket.close();
      reject(new Error(`no dynamic authorization on ${address}, port ${port} (${e.message}): does this machine have the address, and is the port free?`));
    });
    socket.on('message', (octets, r) => onMessage(octets, { address: r.address, port: r.port }));
    socket.bind(port, address, () => {
      socket.removeAllListeners('error').on('error', onError);
      resolve(socket);
    });
  });
}
