/** Every mobility message of this process, decoded, as it passes (runtime/signalling.ts `onTrace`): `debug ipv6 mobile packets`, `monitor protocol`. */
import type { Endpoint } from '../protocol/entity.ts';
import type { MobilityMessage } from '../protocol/mobility/messages.ts';
import { messageLines, summaryOf } from '../protocol/mobility/print.ts';
import type { Request } from './control.ts';
import type { Debug, Said, Watch } from './debug.ts';
import type { Shown } from './identities.ts';

export const PACKETS = 'ipv6 mobile packets';
export const MONITOR = 'monitor protocol';

export interface PacketTrace {
  /** A message that was sent, or came and was authenticated. */
  readonly message: (direction: 'in' | 'out', endpoint: Endpoint, message: MobilityMessage, octets: Uint8Array) => void;
  /** What was not. */
  readonly discarded: (reason: string) => void;
}

/** 1 a line each; 2 its fields; 3 its options; 4 how it travelled; 5 its octets. */
export type Verbosity = 1 | 2 | 3 | 4 | 5;
const USUAL: Verbosity = 3;

interface Passed {
  readonly direction: 'in' | 'out';
  readonly endpoint: Endpoint;
  readonly message: MobilityMessage;
  readonly octets: Uint8Array;
}

export const packetTrace = (debug: Debug<typeof PACKETS>, shown: Shown): PacketTrace => ({
  message(direction, endpoint, message, octets) {
    if (debug.on(PACKETS)) debug.say(PACKETS, () => packetLines({ direction, endpoint, message, octets }, USUAL, shown));
  },
  discarded(reason) {
    if (debug.on(PACKETS)) debug.say(PACKETS, `discarded: ${reason}`);
  },
});

export interface ProtocolMonitor extends PacketTrace {
  /** For `createDebug`: each terminal chooses how much it wants to read. */
  readonly watch: (request: Request) => Watch;
}

/** `monitor protocol` of StarOS. @param veiled octets would show whom names are kept from: no verbosity 5 */
export function protocolMonitor(shown: Shown, veiled: boolean): ProtocolMonitor {
  const watching = new Set<{ readonly verbosity: Verbosity; readonly say: (said: Said) => void }>();
  return {
    message(direction, endpoint, message, octets) {
      if (watching.size === 0) return;
      const kept = octets.slice();
      for (const { verbosity, say } of watching) say(() => packetLines({ direction, endpoint, message, octets: kept }, verbosity, shown));
    },
    discarded(reason) {
      for (const { say } of watching) say(`discarded: ${reason}`);
    },
    watch(request) {
      const { verbosity = USUAL } = request as { verbosity?: unknown };
      if (!isVerbosity(verbosity)) throw new Error(`expected a verbosity of 1 to 5, found ${JSON.stringify(verbosity)}`);
      if (verbosity === 5 && veiled) throw new Error('verbosity 5 shows octets, and with them the names that "identities: pseudonymous" hides: choose 4, or use capture');
      return {
        name: `${MONITOR} verbosity ${verbosity}`,
        start(say) {
          const watcher = { verbosity, say };
          watching.add(watcher);
          return () => void watching.delete(watcher);
        },
      };
    },
  };
}

const isVerbosity = (value: unknown): value is Verbosity => typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 5;

function packetLines(p: Passed, verbosity: Verbosity, shown: Shown): string[] {
  const inward = p.direction === 'in';
  const decoded = messageLines(p.message, shown);
  return [
    `${inward ? '<-' : '->'} ${summaryOf(p.message)} ${inward ? 'from' : 'to'} ${endpointInWords(p.endpoint)}`,
    ...(verbosity >= 4 ? [`  ${p.octets.length} octets, ${travelled(p)}`] : []),
    ...(verbosity >= 3 ? decoded : verbosity >= 2 ? decoded.slice(0, 1) : []),
    ...(verbosity >= 5 ? dump(p.octets) : []),
  ];
}

function travelled({ direction, endpoint: e }: Passed): string {
  const over = e.transport === 'ipv6' ? 'IPv6 protocol 135' : 'IPv4-UDP';
  return direction === 'in' ? `${over} ${endpointInWords(e)} -> ${e.local}` : `${over} ${e.local} -> ${endpointInWords(e)}`;
}

const ROW = 16;

/** `  0010: 3b 01 05 00 …  ;...` */
function dump(octets: Uint8Array): string[] {
  return Array.from({ length: Math.ceil(octets.length / ROW) }, (_, i) => {
    const row = [...octets.subarray(i * ROW, (i + 1) * ROW)];
    const hex = row.map((o) => o.toString(16).padStart(2, '0')).join(' ');
    return `  ${(i * ROW).toString(16).padStart(4, '0')}: ${hex.padEnd(ROW * 3 - 1)}  ${row.map((o) => (o >= 0x20 && o < 0x7f ? String.fromCharCode(o) : '.')).join('')}`;
  });
}

/** `2001:db8::1` or, behind UDP, `192.0.2.1 port 5436`. */
export const endpointInWords = (e: Endpoint): string => (e.transport === 'ipv6' ? e.remote : `${e.remote} port ${e.remotePort}`);
