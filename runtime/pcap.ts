/** Capture files as tcpdump and Wireshark read them: classic pcap, microseconds, packets from their IP header on (LINKTYPE_RAW). */
import type { UnixMillis } from '../protocol/units.ts';

const MAGIC = 0xa1b2c3d4;
const LINKTYPE_RAW = 101;
const LONGEST = 65535;

/** What the file begins with. */
export function pcapHeader(): Uint8Array {
  const b = Buffer.alloc(24);
  b.writeUInt32LE(MAGIC, 0);
  b.writeUInt16LE(2, 4);
  b.writeUInt16LE(4, 6);
  b.writeUInt32LE(LONGEST, 16);
  b.writeUInt32LE(LINKTYPE_RAW, 20);
  return b;
}

/** One packet with when it passed. */
export function pcapRecord(at: UnixMillis, packet: Uint8Array): Uint8Array {
  const b = Buffer.alloc(16 + packet.length);
  const micros = Math.floor((at % 1000) * 1000);
  b.writeUInt32LE(Math.floor(at / 1000) >>> 0, 0);
  b.writeUInt32LE(micros, 4);
  b.writeUInt32LE(packet.length, 8);
  b.writeUInt32LE(packet.length, 12);
  b.set(packet, 16);
  return b;
}
