/**
 * The Mobility Header (RFC 6275 §6.1.1) around a message, over both transports: IPv6 protocol 135 with a checksum over the
 * pseudo-header, and bare behind IPv4-UDP 5436 with the checksum sent as zero and ignored (RFC 5844 §4.1.3).
 *
 *   0        8        16       24
 *   | Payload Proto | Header Len | MH Type | Reserved |
 *   | Checksum               | Message Data ...
 */
import { checksum, pseudoHeaderSum } from '../checksum.ts';
import { DecodeError, Reader, Writer, type ValueOf } from '../codec.ts';
import { messageTypes, type MessageKind, type MessageRow, type MobilityMessage } from './messages.ts';
import { readOptions, writeOptions } from './options.ts';

export const MOBILITY_HEADER_PROTOCOL = 135;
/** UDP port of signalling over IPv4 (RFC 5844 §4.2.2.1, `pmip6-cntl`) */
export const SIGNALLING_PORT = 5436;
const NO_NEXT_HEADER = 59;
const FIXED_START = 6;

/** The addresses in the IPv6 header, which the checksum covers; or UDP, whose own checksum does. */
export type Transport = { readonly kind: 'ipv6'; readonly source: string; readonly destination: string } | { readonly kind: 'udp' };

type FixedPart = ValueOf<(typeof messageTypes)[MessageKind]['fixed']>;
const rows = Object.entries(messageTypes) as [MessageKind, MessageRow<FixedPart>][];
const rowsOf = (type: number) => rows.filter(([, row]) => row.type === type);
const byType = new Map(rows.map(([, { type }]) => [type, rowsOf(type)]));

/** An MH type nobody here knows, or a B.R. type nobody defined: answered with Binding Error 2 (RFC 6275 §9.2). */
export class UnknownMessageError extends DecodeError {
  readonly mhType: number;
  constructor(mhType: number) {
    super('unknown-type', `Mobility Header type ${mhType} is not known`);
    this.mhType = mhType;
  }
}

/**
 * Checks in the order of RFC 6275 §9.2: checksum, type, payload proto, length, then the message.
 * @throws DecodeError; the caller drops the packet and counts the reason
 */
export function decodeMessage(octets: Uint8Array, transport: Transport): MobilityMessage {
  if (octets.length < 8) throw new DecodeError('truncated', `${octets.length} octets are no Mobility Header`);
  const length = ((octets[1] as number) + 1) * 8;
  // Octets after a header whose next header is 59 are ignored (RFC 8200 §4.7).
  if (transport.kind === 'ipv6' && mobilityChecksum(octets.subarray(0, length), transport) !== 0) throw new DecodeError('checksum', 'the Mobility Header checksum is wrong');
  const type = octets[2] as number;
  const candidates = byType.get(type);
  if (!candidates) throw new UnknownMessageError(type);
  if (octets[0] !== NO_NEXT_HEADER) throw new DecodeError('payload-proto', `Payload Proto is ${octets[0]}, not 59`);
  if (length > octets.length) throw new DecodeError('length', `Header Len says ${length} octets, ${octets.length} came`);
  const chosen = candidates.find(([, row]) => row.subtype === undefined || row.subtype === octets[FIXED_START]);
  if (!chosen) throw new DecodeError('value', `binding revocation type ${octets[FIXED_START]} is not known`);
  const [kind, row] = chosen;
  const r = new Reader(octets, FIXED_START, length);
  return { kind, ...row.fixed.read(r), options: readOptions(r) } as MobilityMessage;
}

/** The octets from Payload Proto on, a multiple of 8. @throws EncodeError if a value does not fit its field */
export function encodeMessage(message: MobilityMessage, transport: Transport): Uint8Array {
  const row = messageTypes[message.kind] as MessageRow<unknown>;
  const w = new Writer();
  w.uint(NO_NEXT_HEADER, 1);
  w.uint(0, 1);
  w.uint(row.type, 1);
  w.zeros(3);
  row.fixed.write(w, message);
  writeOptions(w, message.options);
  w.patch(1, w.length / 8 - 1, 1);
  const octets = w.endShared();
  if (transport.kind === 'ipv6') setChecksum(octets, transport);
  return octets;
}

/** Fills in the checksum of a finished header. */
export function setChecksum(octets: Uint8Array, transport: Extract<Transport, { kind: 'ipv6' }>): void {
  octets[4] = 0;
  octets[5] = 0;
  const sum = mobilityChecksum(octets, transport);
  octets[4] = sum >> 8;
  octets[5] = sum & 255;
}

const mobilityChecksum = (octets: Uint8Array, t: { source: string; destination: string }): number =>
  checksum(octets, pseudoHeaderSum(t.source, t.destination, MOBILITY_HEADER_PROTOCOL, octets.length));
