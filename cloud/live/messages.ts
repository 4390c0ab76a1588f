/** The signalling of one handover, cut out of what an LMA sent and got: decoded for people with pseudonyms, or whole as a capture file. */
import type { DecodedMessage } from '../api/resources/handovers.ts';
import { decode } from '../../protocol/codec.ts';
import { ipv4Packet, ipv6Packet, PROTOCOL_UDP, udpDatagram } from '../../protocol/ip.ts';
import { decodeMessage, MOBILITY_HEADER_PROTOCOL } from '../../protocol/mobility/header.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import { find } from '../../protocol/mobility/options.ts';
import { messageLines, summaryOf } from '../../protocol/mobility/print.ts';
import { pcapHeader, pcapRecord } from '../../runtime/pcap.ts';
import type { Millis } from '../../protocol/units.ts';
import type { Captured, CaptureRing } from './captureRing.ts';
import type { HandoverRecord } from './join.ts';

interface Read extends Captured {
  readonly from: string;
  readonly to: string;
  readonly message: MobilityMessage;
}

/** The old home is told afterwards, and may be asked twice. */
const AFTER: Millis = 4000;
const BEFORE: Millis = 500;

/** @param pseudonymOf an NAI; what stands in the record is compared with it */
export function messagesOf(record: HandoverRecord, ring: CaptureRing, pseudonymOf: (nai: string) => string): readonly Read[] {
  const { lma, lmaAt, subscriber } = record;
  if (lma === undefined || lmaAt === undefined) return [];
  const asked = new Set<string>();
  return ring.between(lma, lmaAt - BEFORE, lmaAt + AFTER).flatMap((captured): Read[] => {
    const read = readPacket(captured);
    if (!read) return [];
    const { message } = read;
    const nai = find(message.options, 'mnIdentifier')?.identifier;
    const own = nai !== undefined && pseudonymOf(nai) === subscriber;
    if (own && message.kind === 'bindingRevocationIndication') asked.add(`${read.to} ${message.sequence}`);
    // An answer may leave out whom it is about: its number tells.
    return own || (nai === undefined && message.kind === 'bindingRevocationAcknowledgement' && asked.has(`${read.from} ${message.sequence}`)) ? [read] : [];
  });
}

/** @param veil any other name in it, such as a MAC */
export function decodedForPeople(all: readonly Read[], pseudonymOf: (nai: string) => string, veil: (identity: string) => string): DecodedMessage[] {
  return all.map(({ at, from, to, message }) => {
    const nai = find(message.options, 'mnIdentifier')?.identifier;
    const fields = messageLines(message, (identity) => (identity === nai ? pseudonymOf(identity) : veil(identity)));
    return { at, from, to, name: summaryOf(message), fields: fields.map((line) => line.slice(2)) };
  });
}

export function pcapOf(all: readonly Captured[]): Uint8Array {
  return Buffer.concat([pcapHeader(), ...all.map(({ at, packet }) => pcapRecord(at, packet))]);
}

/** Undefined: not what we read. It is in a capture, but tells nobody anything. */
function readPacket(captured: Captured): Read | undefined {
  try {
    const { packet } = captured;
    if ((packet[0] ?? 0) >> 4 === 6) {
      const { source, destination, nextHeader, payload } = decode(ipv6Packet, packet);
      return nextHeader === MOBILITY_HEADER_PROTOCOL ? { ...captured, from: source, to: destination, message: decodeMessage(payload, { kind: 'ipv6', source, destination }) } : undefined;
    }
    const { source, destination, protocol, payload } = decode(ipv4Packet, packet);
    if (protocol !== PROTOCOL_UDP) return undefined;
    return { ...captured, from: source, to: destination, message: decodeMessage(decode(udpDatagram(source, destination), payload).payload, { kind: 'udp' }) };
  } catch {
    return undefined;
  }
}
