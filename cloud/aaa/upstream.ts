/**
 * Requests under way to the operator's servers: 256 identifiers a socket, one for each request. Whoever asked repeats it if nothing comes
 * back, and a repetition goes out as what it repeats (RFC 5080 §2.2.2); a server that leaves several in a row unanswered gives way to the next.
 */
import { createSocket, type Socket } from 'node:dgram';
import { CODE } from '../../protocol/radius/codes.ts';
import { ACCT_PORT, AUTH_PORT } from '../../protocol/radius/packet.ts';
import type { Millis } from '../../protocol/units.ts';
import { authenticatorOf } from '../../runtime/radius/authenticators.ts';
import { rekeyReply, rekeyRequest } from '../../runtime/radius/rekey.ts';
import type { RadiusServer } from '../../runtime/radius/types.ts';

export interface UpstreamOptions {
  readonly servers: readonly RadiusServer[];
  /** Of those who ask here. */
  readonly secret: string;
  readonly now: () => Millis;
  readonly onCount: (reason: string) => void;
  readonly onError: (error: Error) => void;
}

export interface Upstream {
  /** `who`: tells requests with one identifier of several askers apart. `answer` is called at most once for each request. */
  ask(who: object, request: Uint8Array, answer: (reply: Uint8Array) => void): void;
  close(): void;
}

interface Pending {
  readonly request: Uint8Array;
  readonly sent: Uint8Array;
  readonly who: object;
  readonly server: RadiusServer;
  readonly at: Millis;
  readonly answer: (reply: Uint8Array) => void;
}

interface Lane {
  readonly socket: Socket;
  readonly pending: Map<number, Pending>;
  next: number;
}

const IDENTIFIERS = 256;
/** Longer than any asker's patience: three tries of 3 s. */
const PATIENCE: Millis = 30_000;
/** Of 256 requests each. */
const MOST_LANES = 64;
/** Unanswered in a row. */
const GIVES_WAY = 3;

export function openUpstream({ servers, secret, now, onCount, onError }: UpstreamOptions): Upstream {
  const lanes: Lane[] = [];
  let current = 0;
  let unanswered = 0;

  function openLane(server: RadiusServer): Lane {
    const lane: Lane = { socket: createSocket({ type: server.address.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 1 << 20 }), pending: new Map(), next: 0 };
    lane.socket.on('error', onError).on('message', (octets, from) => onReply(lane, octets, from.address));
    lanes.push(lane);
    return lane;
  }

  function onReply(lane: Lane, reply: Uint8Array, from: string): void {
    const pending = lane.pending.get(reply[1] ?? -1);
    if (!pending || from !== pending.server.address) return onCount('aaa-reply-without-request');
    const out = rekeyReply(reply, { identifier: pending.request[1] as number, from: pending.server.secret, to: secret, asked: authenticatorOf(pending.sent), asking: authenticatorOf(pending.request) });
    if (typeof out === 'string') return onCount(`aaa-reply: ${out}`);
    lane.pending.delete(reply[1] as number);
    unanswered = 0;
    pending.answer(out);
  }

  function expire(): void {
    const at = now();
    for (const { pending } of lanes) {
      for (const [identifier, p] of pending) {
        if (p.at + PATIENCE > at) break;
        pending.delete(identifier);
        onCount('aaa-unanswered');
        unanswered += 1;
      }
    }
    if (unanswered < GIVES_WAY || servers.length < 2) return;
    unanswered = 0;
    current = (current + 1) % servers.length;
    onError(new Error(`the RADIUS server does not answer; ${servers[current]?.address} is asked from now on`));
  }

  function send({ socket }: Lane, { sent, server }: Pending): void {
    socket.send(sent, sent[0] === CODE.ACCOUNTING_REQUEST ? (server.acctPort ?? ACCT_PORT) : (server.authPort ?? AUTH_PORT), server.address, (e) => {
      if (e) onCount(`aaa-not-sent: ${(e as NodeJS.ErrnoException).code ?? e.message}`);
    });
  }

  const repeats = (p: Pending, who: object, request: Uint8Array): boolean => p.who === who && p.request[1] === request[1] && Buffer.compare(authenticatorOf(p.request), authenticatorOf(request)) === 0;

  return {
    ask(who, request, answer) {
      expire();
      for (const lane of lanes) for (const p of lane.pending.values()) if (repeats(p, who, request)) return send(lane, p);
      const server = servers[current] as RadiusServer;
      const lane = lanes.find((l) => l.pending.size < IDENTIFIERS) ?? (lanes.length < MOST_LANES ? openLane(server) : undefined);
      if (!lane) return onCount('aaa-too-many-requests');
      while (lane.pending.has(lane.next)) lane.next = (lane.next + 1) % IDENTIFIERS;
      const identifier = lane.next;
      lane.next = (identifier + 1) % IDENTIFIERS;
      const pending: Pending = { request, who, server, at: now(), answer, sent: rekeyRequest(request, { identifier, from: secret, to: server.secret }) };
      lane.pending.set(identifier, pending);
      send(lane, pending);
    },
    close() {
      for (const { socket } of lanes) socket.close();
    },
  };
}
