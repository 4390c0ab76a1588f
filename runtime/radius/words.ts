/** What people read: why a reply was dropped (these are counters too), and why nobody answered. */
import type { ExchangeOptions, Request } from './exchange.ts';
import { nameOf } from './servers.ts';

export const DROPPED = {
  ANOTHER_ADDRESS: 'reply from another address or port',
  NO_REQUEST: 'reply to no request',
  CODE: 'reply with an unexpected code',
  RESPONSE_AUTHENTICATOR: 'wrong Response Authenticator',
  MESSAGE_AUTHENTICATOR: 'wrong Message-Authenticator',
  NO_MESSAGE_AUTHENTICATOR: 'no Message-Authenticator',
} as const;

const HINTS: Readonly<Record<string, string>> = {
  [DROPPED.RESPONSE_AUTHENTICATOR]: 'replies came whose authenticator is wrong: check the shared secret',
  [DROPPED.MESSAGE_AUTHENTICATOR]: 'replies came whose Message-Authenticator is wrong: check the shared secret',
  [DROPPED.NO_MESSAGE_AUTHENTICATOR]: 'replies came without Message-Authenticator (CVE-2024-3596): have the server send it',
  [DROPPED.CODE]: 'replies came that are none to this request: is this the right port?',
};
const SILENCE = 'does a server listen there, is this NAS among its clients, and is the shared secret the same on both sides?';

/** `no answer from 192.0.2.1:1812 (asked 3 times, 3 s apart): ...` */
export function unanswered(options: ExchangeOptions, request: Request): string {
  const asked = request.tried.flatMap((i) => options.servers[i] ?? []).map((server) => nameOf(server, request.purpose));
  const hints = [...request.complaints].flatMap((c) => HINTS[c] ?? []);
  const times = options.retransmit === 0 ? 'asked once' : `asked ${options.retransmit + 1} times, ${options.timeout / 1000} s apart`;
  return `no valid answer from ${asked.join(' and ')} (${times}): ${hints.length > 0 ? hints.join('; ') : SILENCE}`;
}
