/** What Wireshark reads in RADIUS datagrams, when it is given the shared secret. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../lab/namespaces.ts';
import { encode } from '../../protocol/codec.ts';
import { ethernetFrame, ETHERTYPE_IPV4, ipv4Of, ipv4Packet, PROTOCOL_UDP, udpDatagram } from '../../protocol/ip.ts';

const NAS = '192.0.2.7';
const SERVER = '192.0.2.1';

export interface Datagram {
  readonly direction: 'out' | 'in';
  readonly serverPort: number;
  readonly octets: Uint8Array;
}

function frame({ direction, serverPort, octets }: Datagram): Uint8Array {
  const [source, destination] = direction === 'out' ? [NAS, SERVER] : [SERVER, NAS];
  const [sourcePort, destinationPort] = direction === 'out' ? [40_000, serverPort] : [serverPort, 40_000];
  const datagram = encode(udpDatagram(source, destination), { sourcePort, destinationPort, payload: octets });
  return encode(ethernetFrame, { destination: '02:00:00:00:00:01', source: '02:00:00:00:00:02', etherType: ETHERTYPE_IPV4, payload: encode(ipv4Packet, ipv4Of(source, destination, PROTOCOL_UDP, datagram)) });
}

/** libpcap's file format, link type Ethernet. */
function pcap(frames: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [Uint32Array.of(0xa1b2_c3d4, (4 << 16) | 2, 0, 0, 65_535, 1)].map((words) => new Uint8Array(words.buffer));
  for (const [i, f] of frames.entries()) parts.push(new Uint8Array(Uint32Array.of(i, 0, f.length, f.length).buffer), f);
  return Buffer.concat(parts);
}

/** One record for each datagram: the fields by name, several values of one joined by `|`. */
export function asWireshark<K extends string>(datagrams: readonly Datagram[], secret: string, names: readonly K[]): Record<K, string>[] {
  const folder = mkdtempSync(join(tmpdir(), 'rs-radius-pcap-'));
  try {
    const file = join(folder, 'radius.pcap');
    writeFileSync(file, pcap(datagrams.map(frame)));
    const settings = ['-o', `radius.shared_secret:${secret}`, '-o', 'radius.validate_authenticator:TRUE'];
    const lines = run(['tshark', '-r', file, ...settings, '-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=a', '-E', 'aggregator=|', ...names.flatMap((n) => ['-e', n])]).trimEnd().split('\n');
    return lines.map((line) => {
      const values = line.split('\t');
      return Object.fromEntries(names.map((n, i) => [n, values[i] ?? ''])) as Record<K, string>;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
