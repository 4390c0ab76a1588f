/** A RADIUS server made by hand: it answers, refuses, is late or silent, and lies in every way that a client has to notice. */
import { createSocket } from 'node:dgram';
import type { RadiusAttribute } from '../../../protocol/radius/attributes.ts';
import { CODE } from '../../../protocol/radius/codes.ts';
import { AUTHENTICATOR_AT, decodePacket, encodePacket, type RadiusPacket } from '../../../protocol/radius/packet.ts';
import { replySealed, sealReply } from './seal.ts';

export const SECRET = 'aaacisco';

export interface Reply {
  /** Default: Accounting-Response to an Accounting-Request, else Access-Accept. */
  readonly code?: number;
  readonly attributes?: readonly RadiusAttribute[];
  readonly secret?: string;
  readonly identifier?: number;
  /** `none`: no Message-Authenticator; `wrong`: one that does not fit, under a Response Authenticator that does. */
  readonly seal?: 'right' | 'none' | 'wrong';
}

/** The octets of a reply to these octets. */
export function replyTo(request: Uint8Array, how: Reply = {}): Uint8Array {
  const asked = decodePacket(request);
  const { attributes = [], secret = SECRET, identifier = asked.identifier, seal = 'right' } = how;
  const code = how.code ?? (asked.code === CODE.ACCOUNTING_REQUEST ? CODE.ACCOUNTING_RESPONSE : CODE.ACCESS_ACCEPT);
  if (seal === 'right') return sealReply({ code, identifier, attributes }, asked.authenticator, secret);
  const own: readonly RadiusAttribute[] = seal === 'none' ? [] : [{ kind: 'messageAuthenticator', value: 'ab'.repeat(16).replace(/..(?=.)/g, '$&:') }];
  return replySealed(encodePacket({ code, identifier, authenticator: asked.authenticator, attributes: [...own, ...attributes] }), asked.authenticator, secret);
}

/** `octets` with one bit of the octet at `at` turned over. */
export function spoiled(octets: Uint8Array, at: number = AUTHENTICATOR_AT): Uint8Array {
  const copy = Uint8Array.from(octets);
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}

export interface FakeServer {
  readonly address: string;
  readonly port: number;
  /** In the order of arrival. */
  readonly received: RadiusPacket[];
  /** How many different source ports asked. */
  readonly sources: Set<number>;
  close(): Promise<void>;
}

/** `behave` gives the datagrams to send back: none is silence. They leave from the server's own port. */
export function openFakeServer(behave: (request: Uint8Array, count: number) => readonly Uint8Array[], address = '127.0.0.1'): Promise<FakeServer> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const received: RadiusPacket[] = [];
  const sources = new Set<number>();
  socket.on('message', (octets, from) => {
    received.push(decodePacket(octets));
    sources.add(from.port);
    for (const reply of behave(octets, received.length)) socket.send(reply, from.port, from.address);
  });
  return new Promise((resolve) => {
    socket.bind(0, address, () => {
      resolve({ address, port: socket.address().port, received, sources, close: () => new Promise((closed) => socket.close(() => closed())) });
    });
  });
}
