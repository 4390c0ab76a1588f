/**
 * Requests under way to the operator's servers: 256 identifiers a socket, one for each request. Whoever asked repeats it if nothing comes
 * back, and a repetition goes out as what it repeats (RFC 5080 §2.2.2); a server that leaves several in a row unanswered gives way to the next.
 */
import { createSocket, type Socket } from 'node:dgram';
import { CODE } from '../../protocol/radius/codes.ts';
import { ACCT_PORT, AUTH_PORT } from '../../protocol/radius/ports.ts';
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

export interface Asker {
  readonly gateway: string;
  /** Tells requests with one identifier on several connections apart. */
  readonly connection: number;
}

export interface Upstream {
  /** `answer` is called at most once for each request. */
  ask(asker: Asker, request: Uint8Array, answer: (reply: Uint8Array) => void): void;
  close(): void;
}

interface Pending {
  readonly request: Uint8Array;
  readonly sent: Uint8Array;
  readonly asker: Asker;
  readonly server: RadiusServer;
  readonly at: Millis;
  readonly answer: (reply: Uint8Array) => void;
}

interface Lane {
  readonly family: Family;
  readonly socket: Socket;
  readonly pending: Map<number, Pending>;
  next: number;
}

type Family = 'udp4' | 'udp6';
const familyOf = ({ address }: RadiusServer): Family => (address.includes(':') ? 'udp6' : 'udp4');

/** Where a request stands in the lane that it went out on. */
interface Place {
  readonly lane: Lane;
  readonly identifier: number;
  readonly pending: Pending;
}

const IDENTIFIERS = 256;
/** Longer than any asker's patience: three tries of 3 s. */
const PATIENCE: Millis = 30_000;
/** Of 256 requests each. */
const MOST_LANES = 64;
/** One home's share, so that none keeps the others waiting. */
const MOST_OF_A_GATEWAY = 256;
/** Unanswered in a row. */
const GIVES_WAY = 3;

export function openUpstream({ servers, secret, now, onCount, onError }: UpstreamOptions): Upstream {
  const lanes: Lane[] = [];
  /** The same requests: by gateway, and there by connection and identifier. */
  const underWay = new Map<string, Map<string, Place>>();
  let current = 0;
  let unanswered = 0;

  function openLane(family: Family): Lane {
    const lane: Lane = { family, socket: createSocket({ type: family, recvBufferSize: 1 << 20 }), pending: new Map(), next: 0 };
    lane.socket.on('error', onError).on('message', (octets, from) => onReply(lane, octets, from.address));
    lanes.push(lane);
    return lane;
  }

  function onReply(lane: Lane, reply: Uint8Array, from: string): void {
    const pending = lane.pending.get(reply[1] ?? -1);
    if (!pending || from !== pending.server.address) return onCount('aaa-reply-without-request');
    const out = rekeyReply(reply, { identifier: pending.request[1] as number, from: pending.server.secret, to: secret, asked: authenticatorOf(pending.sent), asking: authenticatorOf(pending.request) });
    if (typeof out === 'string') return onCount(`aaa-reply: ${out}`);
    settle({ lane, identifier: reply[1] as number, pending });
    unanswered = 0;
    pending.answer(out);
  }

  function settle({ lane, identifier, pending: { asker, request } }: Place): void {
    lane.pending.delete(identifier);
    const own = underWay.get(asker.gateway);
    own?.delete(keyOf(asker, request));
    if (own?.size === 0) underWay.delete(asker.gateway);
  }

  function expire(): void {
    const at = now();
    for (const lane of lanes) {
      for (const [identifier, p] of lane.pending) {
        if (p.at + PATIENCE > at) break;
        settle({ lane, identifier, pending: p });
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

  return {
    ask(asker, request, answer) {
      expire();
      const before = underWay.get(asker.gateway)?.get(keyOf(asker, request));
      if (before && Buffer.compare(authenticatorOf(before.pending.request), authenticatorOf(request)) === 0) return send(before.lane, before.pending);
      // Who uses an identifier again has given up what it was used for.
      if (before) settle(before);
      const own = underWay.get(asker.gateway) ?? new Map<string, Place>();
      if (own.size >= MOST_OF_A_GATEWAY) return onCount('aaa-too-many-requests-of-a-gateway');
      const server = servers[current] as RadiusServer;
      const family = familyOf(server);
      const lane = lanes.find((l) => l.family === family && l.pending.size < IDENTIFIERS) ?? (lanes.length < MOST_LANES ? openLane(family) : undefined);
      if (!lane) return onCount('aaa-too-many-requests');
      while (lane.pending.has(lane.next)) lane.next = (lane.next + 1) % IDENTIFIERS;
      const identifier = lane.next;
      lane.next = (identifier + 1) % IDENTIFIERS;
      const pending: Pending = { request, asker, server, at: now(), answer, sent: rekeyRequest(request, { identifier, from: secret, to: server.secret }) };
      lane.pending.set(identifier, pending);
      underWay.set(asker.gateway, own.set(keyOf(asker, request), { lane, identifier, pending }));
      send(lane, pending);
    },
    close() {
      for (const { socket } of lanes) socket.close();
    },
  };
}

const keyOf = ({ connection }: Asker, request: Uint8Array): string => `${connection} ${request[1]}`;
