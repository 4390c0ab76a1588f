/** The signalling in a capture file as our own decoder reads it, packet by packet, to be held against what Wireshark reads. */
import { readFileSync } from 'node:fs';
import { decodeMessage, MOBILITY_HEADER_PROTOCOL, SIGNALLING_PORT } from '../../protocol/mobility/header.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import { formatIpv6 } from '../../protocol/address.ts';

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET = 14;
const IPV6 = 40;
const IPV4 = 20;
const UDP = 8;

/** Ethernet frames of a pcap file that this machine wrote. */
function frames(file: string): Buffer[] {
  const pcap = readFileSync(file);
  const found: Buffer[] = [];
  for (let at = FILE_HEADER; at + RECORD_HEADER <= pcap.length; ) {
    const length = pcap.readUInt32LE(at + 8);
    found.push(pcap.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length));
    at += RECORD_HEADER + length;
  }
  return found;
}

function messageOf(frame: Buffer): MobilityMessage | undefined {
  const etherType = frame.readUInt16BE(12);
  const ip = frame.subarray(ETHERNET);
  if (etherType === 0x86dd && ip[6] === MOBILITY_HEADER_PROTOCOL) {
    return decodeMessage(ip.subarray(IPV6, IPV6 + ip.readUInt16BE(4)), { kind: 'ipv6', source: formatIpv6(ip.subarray(8, 24)), destination: formatIpv6(ip.subarray(24, 40)) });
  }
  if (etherType !== 0x0800 || ip[9] !== 17) return undefined;
  const udp = ip.subarray(IPV4, ip.readUInt16BE(2));
  if (udp.readUInt16BE(0) !== SIGNALLING_PORT && udp.readUInt16BE(2) !== SIGNALLING_PORT) return undefined;
  return decodeMessage(udp.subarray(UDP), { kind: 'udp' });
}

/** @throws DecodeError for one that we do not understand */
export const signalling = (file: string): MobilityMessage[] => frames(file).flatMap((frame) => messageOf(frame) ?? []);
