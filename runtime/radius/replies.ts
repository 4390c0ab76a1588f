/** Whether a datagram is the answer to a request that waits, and what it says. Nothing of it is believed before. */
import { AUTHENTICATOR_AT, AUTHENTICATOR_LENGTH, decodePacket, trim, type RadiusPacket } from '../../protocol/radius/packet.ts';
import { DecodeError } from '../../protocol/codec.ts';
import { valuesOf } from '../../protocol/radius/attributes.ts';
import { CODE } from '../../protocol/radius/codes.ts';
import { checkMessageAuthenticator, replyFits } from './authenticators.ts';
import type { Attempt } from './exchange.ts';
import type { Lane } from './lanes.ts';
import { portOf, type Purpose } from './servers.ts';
import type { Answer, RadiusServer } from './types.ts';
import { DROPPED } from './words.ts';

interface Datagram {
  readonly octets: Uint8Array;
  readonly address: string;
  readonly port: number;
}

type Verdict = { readonly of: Attempt; readonly answer: Answer } | { readonly dropped: string; readonly of?: Attempt };

const EXPECTED: Readonly<Record<Purpose, readonly number[]>> = {
  authorize: [CODE.ACCESS_ACCEPT, CODE.ACCESS_REJECT, CODE.ACCESS_CHALLENGE],
  account: [CODE.ACCOUNTING_RESPONSE],
};

export function examine(lane: Lane<Attempt>, server: RadiusServer, datagram: Datagram, requireMessageAuthenticator: boolean): Verdict {
  if (datagram.address !== server.address || datagram.port !== portOf(server, lane.purpose)) return { dropped: DROPPED.ANOTHER_ADDRESS };
  const packet = tryDecode(datagram.octets);
  if (typeof packet === 'string') return { dropped: packet };
  const of = lane.outstanding.get(packet.identifier);
  if (!of) return { dropped: DROPPED.NO_REQUEST };
  if (!EXPECTED[lane.purpose].includes(packet.code)) return { dropped: DROPPED.CODE, of };

  const octets = trim(datagram.octets);
  const asked = of.octets.subarray(AUTHENTICATOR_AT, AUTHENTICATOR_AT + AUTHENTICATOR_LENGTH);
  if (!replyFits(octets, asked, server.secret)) return { dropped: DROPPED.RESPONSE_AUTHENTICATOR, of };
  const sealed = checkMessageAuthenticator(octets, asked, server.secret);
  if (sealed === 'wrong') return { dropped: DROPPED.MESSAGE_AUTHENTICATOR, of };
  if (sealed === 'absent' && requireMessageAuthenticator && lane.purpose === 'authorize') return { dropped: DROPPED.NO_MESSAGE_AUTHENTICATOR, of };
  return { of, answer: answerOf(packet) };
}

/** The packet, or the reason to drop it. */
export function tryDecode(octets: Uint8Array): RadiusPacket | string {
  try {
    return decodePacket(octets);
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    return `malformed: ${e.reason}`;
  }
}

function answerOf({ code, attributes }: RadiusPacket): Answer {
  if (code === CODE.ACCESS_ACCEPT || code === CODE.ACCOUNTING_RESPONSE) return { kind: 'accept', attributes };
  const words = valuesOf(attributes, 'replyMessage').join(' ');
  const what = code === CODE.ACCESS_CHALLENGE ? 'Access-Challenge: the server wants a question answered, and nobody is here to answer it' : 'Access-Reject';
  return { kind: 'reject', attributes, reason: words === '' ? what : `${what}: ${words}` };
}
