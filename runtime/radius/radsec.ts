/** RadSec (RFC 6614): RADIUS packets one after the other on a TLS connection; the shared secret has no secret left to keep. */
import { DecodeError } from '../../protocol/codec.ts';
import { decodePacket, HEADER_LENGTH, MAX_LENGTH } from '../../protocol/radius/packet.ts';

/** RFC 6614 §2.3 */
export const RADSEC_SECRET = 'radsec';

/**
 * Cuts a stream into packets. The function that it returns takes what comes, and gives the complete packets.
 * @throws DecodeError when the stream is none of packets: nothing behind it can be believed (RFC 6614 §3.4)
 */
export function packetReader(): (octets: Uint8Array) => Uint8Array[] {
  let rest = new Uint8Array(0);
  return (octets) => {
    const all = rest.length === 0 ? octets : Buffer.concat([rest, octets]);
    const packets: Uint8Array[] = [];
    let at = 0;
    while (all.length - at >= HEADER_LENGTH) {
      const length = ((all[at + 2] as number) << 8) | (all[at + 3] as number);
      if (length < HEADER_LENGTH || length > MAX_LENGTH) throw new DecodeError('length', `a RADIUS packet of ${length} octets`);
      if (all.length - at < length) break;
      const packet = Uint8Array.from(all.subarray(at, at + length));
      decodePacket(packet);
      packets.push(packet);
      at += length;
    }
    rest = Uint8Array.from(all.subarray(at));
    return packets;
  };
}
