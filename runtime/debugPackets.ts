/** `debug ipv6 mobile packets`: every mobility message of this process, decoded with its options, as it passes (runtime/signalling.ts `onTrace`). */
import type { Endpoint } from '../protocol/entity.ts';
import type { MobilityMessage } from '../protocol/mobility/messages.ts';
import { messageLines, summaryOf } from '../protocol/mobility/print.ts';
import type { Debug } from './debug.ts';
import type { Shown } from './identities.ts';

export const PACKETS = 'ipv6 mobile packets';

export interface PacketTrace {
  /** A message that was sent, or came and was authenticated. */
  readonly message: (direction: 'in' | 'out', endpoint: Endpoint, message: MobilityMessage) => void;
  /** What was not. */
  readonly discarded: (reason: string) => void;
}

export const packetTrace = (debug: Debug<typeof PACKETS>, shown: Shown): PacketTrace => ({
  message(direction, endpoint, message) {
    if (debug.on(PACKETS)) debug.say(PACKETS, () => [`${direction === 'in' ? '<-' : '->'} ${summaryOf(message)} ${direction === 'in' ? 'from' : 'to'} ${endpointInWords(endpoint)}`, ...messageLines(message, shown)]);
  },
  discarded(reason) {
    if (debug.on(PACKETS)) debug.say(PACKETS, `discarded: ${reason}`);
  },
});

/** `2001:db8::1` or, behind UDP, `192.0.2.1 port 5436`. */
export const endpointInWords = (e: Endpoint): string => (e.transport === 'ipv6' ? e.remote : `${e.remote} port ${e.remotePort}`);
