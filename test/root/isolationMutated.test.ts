/** Whatever is changed in the frames of the matrix: of a stranger nothing passes the programs but what the gateway is there to be asked. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAG_LINK_LOCAL, parseIp } from '../../protocol/address.ts';
import { parseHex } from '../../protocol/mac.ts';
import { VERDICT, makeBench, type Bench } from '../datapath/bench.ts';
import { GUESTS } from '../isolation/home.ts';
import { MATRIX } from '../isolation/rows.ts';

let bench: Bench;
beforeAll(() => {
  bench = makeBench('mutated');
  bench.device('access', 'mag');
  bench.gateway(MAG_LINK_LOCAL);
});
afterAll(() => bench.remove());

const ETHERNET = 14;
const MOST_OPTIONS = 4;
const MAC = parseHex(GUESTS.a.mac);
const isAt = (packet: Uint8Array, at: number, octets: Uint8Array) => Buffer.from(packet.subarray(at, at + octets.length)).equals(octets);
const n16 = (packet: Uint8Array, at: number) => ((packet[at] as number) << 8) | (packet[at + 1] as number);

/** DHCP to all, from no server. */
const isDhcp = (p: Uint8Array) => p[0] === 0x45 && (n16(p, 6) & 0x3fff) === 0 && p[9] === 17 && (p[16] as number) >= 224 && n16(p, 22) === 67 && n16(p, 20) !== 67;

/** A neighbour discovery message as a host may send it, in the name of the MAC that sends it and not of the gateway. */
function isNeighbourDiscovery(p: Uint8Array): boolean {
  const type = p[40] as number;
  const near = p[24] === 0xff || (p[24] === 0xfe && ((p[25] as number) & 0xc0) === 0x80);
  if (p[6] !== 58 || p[7] !== 255 || ![133, 135, 136].includes(type) || !near || isAt(p, 8, parseIp(MAG_LINK_LOCAL))) return false;
  if (type === 136 && isAt(p, 48, parseIp(MAG_LINK_LOCAL))) return false;
  const end = 40 + n16(p, 4);
  let at = type === 133 ? 48 : 64;
  for (let options = 0; at + 8 <= end; options++) {
    const length = (p[at + 1] as number) * 8;
    if (options === MOST_OPTIONS || length === 0 || ([1, 2].includes(p[at] as number) && !isAt(p, at + 2, MAC))) return false;
    at += length;
  }
  return true;
}

const packets = MATRIX.flatMap((g) => g.rows)
  .map((row) => row.frame(new Uint8Array(8)))
  .filter((frame) => [0x0800, 0x86dd].includes(n16(frame, 12)))
  .map((frame) => frame.subarray(ETHERNET));
const mutation = fc.tuple(fc.nat({ max: 110 }), fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 1, 2, 17, 44, 58, 67, 133, 134, 135, 136, 0xfe, 0xff)));

test('what passes is DHCP or neighbour discovery', () => {
  let passed = 0;
  fc.assert(
    fc.property(fc.constantFrom(...packets), fc.array(mutation, { maxLength: 4 }), (packet, changes) => {
      const changed = Uint8Array.from(packet);
      for (const [at, value] of changes) changed[at % changed.length] = value;
      // It stays of its family: the kernel runs programs on nothing that is shorter than its header.
      changed[0] = ((packet[0] as number) & 0xf0) | ((changed[0] as number) & 0x0f);
      const six = changed[0] >> 4 === 6;
      const { verdict } = bench.run('access', changed, { frame: { from: MAC } });
      if (verdict === VERDICT.pass) passed += 1;
      return verdict === VERDICT.drop || (verdict === VERDICT.pass && (six ? isNeighbourDiscovery(changed) : isDhcp(changed)));
    }),
    { numRuns: 4000 },
  );
  expect(passed).toBeGreaterThan(20);
});
