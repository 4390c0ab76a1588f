/** Every message of the test vectors, as `capture` writes it: Wireshark's dissectors find none malformed, over either transport. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { complaints, fields } from '../../lab/capture.ts';
import type { Endpoint } from '../../protocol/entity.ts';
import { decodeMessage, encodeMessage } from '../../protocol/mobility/header.ts';
import { onTheWire } from '../../runtime/capture.ts';
import { pcapHeader, pcapRecord } from '../../runtime/pcap.ts';
import { mobilityVectors, octetsOf, transportOf } from '../vectors/index.ts';

const six: Endpoint = { transport: 'ipv6', local: '2001:db8:cafe:1024::101', remote: '2001:db8:cafe:1025::15' };
const four: Endpoint = { transport: 'udp', local: '10.8.24.101', remote: '10.8.24.15', remotePort: 5436 };

/** RFC 5213 §5.3.6 wants an empty identifier in answer to none; Wireshark warns of each that is empty. */
const EMPTY_IDENTIFIER = 'pba-err-160-missing-mn-id';

const messages = mobilityVectors.filter((v) => v.expect === 'ok' && v.name !== EMPTY_IDENTIFIER).map((v) => decodeMessage(octetsOf(v.mh_hex ?? ''), transportOf(v)));

it.each([
  ['IPv6', six, 'mipv6 && ipv6'],
  ['IPv4-UDP', four, 'mipv6 && udp'],
] as const)('over %s', (_, endpoint, filter) => {
  const folder = mkdtempSync(join(tmpdir(), 'roamstead-vectors-'));
  try {
    const file = join(folder, 'all.pcap');
    const packets = messages.map((m) => {
      const octets = encodeMessage(m, endpoint.transport === 'ipv6' ? { kind: 'ipv6', source: endpoint.remote, destination: endpoint.local } : { kind: 'udp' });
      return pcapRecord(1_800_000_000_000, onTheWire('in', endpoint, octets, 5436));
    });
    writeFileSync(file, Buffer.concat([pcapHeader(), ...packets]));
    expect(messages.length).toBeGreaterThan(10);
    expect(complaints(file)).toEqual([]);
    expect(fields(file, filter, ['mip6.mhtype'] as const)).toHaveLength(messages.length);
    expect(new Set(messages.map((m) => m.kind)).size).toBeGreaterThan(4);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
