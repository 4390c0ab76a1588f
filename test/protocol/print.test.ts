/** Packets in words: the recorded messages, line for line, and nobody named in any of them. */
import { describe, expect, it } from 'vitest';
import { decodeDhcp } from '../../protocol/dhcp/message.ts';
import { dhcpLines, summaryOfDhcp } from '../../protocol/dhcp/print.ts';
import { decodeMessage } from '../../protocol/mobility/header.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import type { MobilityOption } from '../../protocol/mobility/options.ts';
import { messageLines, summaryOf } from '../../protocol/mobility/print.ts';
import { fieldsInWords, spaced } from '../../protocol/print.ts';
import { ENTERPRISE } from '../../protocol/vendor.ts';
import { mobilityVectors, octetsOf, transportOf, vectors, type Vector } from '../vectors/index.ts';

const veil = (identity: string): string => `mn-${identity.length}`;
const raw = (identity: string): string => identity;
const named = (name: string): Vector => {
  const found = vectors.find((v) => v.name === name);
  if (!found) throw new Error(`there is no vector ${name}`);
  return found;
};
const messageOf = (v: Vector): MobilityMessage => decodeMessage(octetsOf(v.mh_hex as string), transportOf(v));
const recorded = mobilityVectors.filter((v) => v.expect === 'ok').map((v) => [v.name, messageOf(v)] as const);

describe('a mobility message', () => {
  it('has a summary, its fixed part, and a line for each option by its row', () => {
    const pbu = messageOf(named('pbu-initial-dualstack'));
    expect(summaryOf(pbu)).toBe('PBU #1 HI 1 lifetime 3600 ::/0 0.0.0.0/0 key 0x0a000005');
    expect(messageLines(pbu, raw)).toEqual([
      '  binding update: sequence 1, flags acknowledge proxy, lifetime 3600',
      '  mn identifier (8): subtype 1 NAI, identifier mn0@example.com',
      '  service selection (20): service example.com',
      '  handoff indicator (23): indicator 1 NEW_INTERFACE',
      '  access technology type (24): technology 4',
      '  mn link layer identifier (25): identifier 00:24:d7:8e:21:a4',
      '  home network prefix (22): prefix length 0, prefix ::',
      '  ipv4 home address request (36): prefix length 0, address 0.0.0.0',
      '  gre key (33): key 0x0a000005',
      '  timestamp (27): timestamp 2026-01-01T00:00:00.500Z',
    ]);
  });

  it.each([
    ['pba-err-156-timestamp-mismatch', 'binding acknowledgement: status 156 TIMESTAMP_MISMATCH, flags proxy'],
    ['pba-accept-dualstack', 'ipv4 home address reply (37): status 0 SUCCESS, prefix length 24, address 192.0.2.1'],
    ['pba-accept-dualstack', 'ipv4 dhcp support mode (39): flags server'],
    ['bri-single', 'binding revocation indication: trigger 1 ADMINISTRATIVE'],
    ['bra-mn-attached', 'status 132 NODE_IS_ATTACHED'],
    ['pba-lcmp', '{heartbeat interval 60, retransmission delay 5, max retransmissions 3}'],
    ['pbu-qos-allocate', 'attributes {per session max downlink flags none, bits per second 20000000}'],
    ['heartbeat-request', 'heartbeat: flags none, sequence 7'],
  ])('%s says %s', (name, words) => {
    expect(messageLines(messageOf(named(name)), raw).join('\n')).toContain(words);
  });

  it.each(recorded)('%s has a line for each option, and names nobody', (_, message) => {
    const lines = messageLines(message, veil);
    expect(lines).toHaveLength(1 + message.options.length);
    expect([summaryOf(message), ...lines].join('\n')).not.toMatch(/mn0@|00:24:d7|undefined|\[object/);
  });

  const withOptions = (...options: MobilityOption[]): string => messageLines({ kind: 'heartbeat', flags: { unsolicited: false, response: false }, sequence: 1, options }, veil).slice(1).join('\n');
  it('what nobody can read is veiled as a whole', () => {
    expect(withOptions({ kind: 'unknown', type: 200, data: Uint8Array.of(109, 110, 48) })).toBe('  unknown option (200): mn-8');
    expect(withOptions({ kind: 'unknown', type: 7, data: new Uint8Array(0) })).toBe('  mh link-layer address (7): empty');
    expect(withOptions({ kind: 'vendorSpecific', vendor: 9, subtype: 1, data: Uint8Array.of(1, 2) })).toBe('  vendor specific (19): vendor 9, subtype 1, data mn-5');
    expect(withOptions({ kind: 'vendorSpecific', vendor: ENTERPRISE, subtype: 3, data: Uint8Array.of(5, 220) })).toBe('  vendor specific (19): vendor 32473, subtype 3, data 05:dc');
  });
  it('a peer’s year 300,000 is no error', () => {
    expect(withOptions({ kind: 'timestamp', timestamp: (1n << 64n) - 1n })).toBe('  timestamp (27): timestamp 18446744073709551615');
  });
  it('an option without fields is there', () => {
    expect(withOptions({ kind: 'redirectCapability' })).toBe('  redirect capability (46): present');
  });
});

describe('a DHCP message', () => {
  /** Behind Ethernet, IPv4 and UDP. */
  const dhcpOf = (name: string) => decodeDhcp(octetsOf(named(name).hex).subarray(42));
  it('has a summary and a line for each option by its row', () => {
    const ack = dhcpOf('dhcp-ack-renew-unicast');
    expect(summaryOfDhcp(ack, raw)).toBe('DHCPACK xid 0x3903f326 chaddr 00:24:d7:8e:21:a4 ciaddr 192.0.2.1 yiaddr 192.0.2.1 server 192.0.2.254');
    expect(dhcpLines(ack, raw)).toEqual([
      '  secs 0, hops 0',
      '  message type (53): ACK',
      '  server identifier (54): 192.0.2.254',
      '  lease time (51): 3600',
      '  renewal time (58): 1800',
      '  rebinding time (59): 3150',
      '  subnet mask (1): 255.255.255.0',
      '  routers (3): 192.0.2.254',
      '  domain name servers (6): 198.51.100.250 198.51.100.251',
      '  interface mtu (26): 1444',
    ]);
  });
  it('what its owner would be known by is veiled: names, identifiers, and whatever has no row', () => {
    const discover = dhcpOf('dhcp-discover');
    const told = { ...discover, options: { ...discover.options, hostName: 'Marys-phone', vendorClass: 'aa:bb', unknown: [{ code: 81, data: '4d:61:72:79' }, { code: 80, data: '' }] } };
    const text = [summaryOfDhcp(told, veil), ...dhcpLines(told, veil)].join('\n');
    for (const line of ['chaddr mn-17', 'client identifier (61): 01:mn-17', 'host name (12): mn-11', 'vendor class (60): mn-5', 'option 81: mn-11', 'option 80: empty']) expect(text).toContain(line);
    expect(text).not.toMatch(/Mary|00:24:d7|4d:61/);
    expect(dhcpLines({ ...told, options: { ...told.options, clientIdentifier: '00:4d:61' } }, veil).join('\n')).toContain('client identifier (61): mn-8');
  });
});

describe('any value', () => {
  it.each([
    [{ kind: 'x', a: 1, bothWords: 'y', none: undefined }, 'a 1, both words y'],
    [{ flags: { one: true, twoWords: true, off: false }, rest: { a: false } }, 'flags one two-words, rest none'],
    [{ list: [1, 2], empty: [], octets: Uint8Array.of(1, 255), nothing: new Uint8Array(0) }, 'list 1 2, empty none, octets 01:ff, nothing empty'],
    [{ nested: { kind: 'someKind', a: 1n }, plain: { b: 2 } }, 'nested {some kind a 1}, plain {b 2}'],
    [{ long: new Uint8Array(40) }, `long ${'00:'.repeat(31)}00 and 8 more octets`],
  ])('%o', (value, words) => {
    expect(fieldsInWords(value)).toBe(words);
  });
  it('a name in camel case becomes words', () => {
    expect(['homeNetworkPrefix', 'ipv4HomeAddress', 'pmip6HomeIpv4HoA', 'x'].map(spaced)).toEqual(['home network prefix', 'ipv4 home address', 'pmip6 home ipv4 ho a', 'x']);
  });
});
