/** Heartbeat requests (RFC 5847 §3): each is answered with its sequence number and our Restart Counter. */
import type { MessageNamed } from '../../protocol/mobility/messages.ts';

export const answerHeartbeat = (request: MessageNamed<'heartbeat'>, restartCounter: number): MessageNamed<'heartbeat'> => ({
  kind: 'heartbeat',
  flags: { unsolicited: false, response: true },
  sequence: request.sequence,
  options: [{ kind: 'restartCounter', counter: restartCounter }],
});
