/** The keepalive as octets: a data packet of the session that nobody has to handle (RFC 5844 §4, RFC 5845 §7). */
import { expect, it } from 'vitest';
import { keepalivePayload } from '../../agent/keepalive.ts';
import { decode, encode } from '../../protocol/codec.ts';
import { dataPacket, DATA_PORT } from '../../protocol/gre.ts';
import { ipv4Of, ipv4Packet, ipv6Packet, PROTOCOL_UDP, udpDatagram } from '../../protocol/ip.ts';
import type { Path } from '../../protocol/paths.ts';
import { hexOf } from '../vectors/index.ts';

const tunnel = { transport: 'udp4', local: '192.168.1.2', remote: '203.0.113.101', remotePort: DATA_PORT, sendKey: 0x0b000007, receiveKey: 0x0a000005, mtu: 1460 } as const;
const dual: Path = { index: 3, space: 0, ipv4: '192.0.2.1', prefixes: [{ address: '2001:db8:f00d:1::', length: 64 }], tunnel, access: { interface: 'br-access', mac: '00:24:d7:8e:21:a4' } };
const { ipv4: _, ...ipv6Only } = dual;

/** The payload in the packet that the socket makes of it. */
const onTheWire = (path: Path) =>
  decode(dataPacket, encode(ipv4Packet, ipv4Of(tunnel.local, tunnel.remote, PROTOCOL_UDP, encode(udpDatagram(tunnel.local, tunnel.remote), { sourcePort: DATA_PORT, destinationPort: DATA_PORT, payload: keepalivePayload(path) }))));

it('carries the uplink key and an empty IPv4 packet of the session', () => {
  const packet = onTheWire(dual);
  expect(packet).toMatchObject({ udp: { sourcePort: 5437, destinationPort: 5437 }, tlv: true, gre: { key: 0x0b000007, checksummed: false } });
  expect(decode(ipv4Packet, packet.inner)).toMatchObject({ source: '192.0.2.1', protocol: 59, ttl: 1, payload: new Uint8Array(0) });
});

it('of a session without IPv4 the inner packet is an IPv6 one from its first prefix', () => {
  const packet = onTheWire(ipv6Only);
  expect(packet.gre).toMatchObject({ key: 0x0b000007 });
  expect(decode(ipv6Packet, packet.inner)).toMatchObject({ source: '2001:db8:f00d:1::', nextHeader: 59, hopLimit: 1, payload: new Uint8Array(0) });
});

it('its first octets are those of RFC 5845 §7: type 0, next header GRE, length; then GRE with K', () => {
  expect(hexOf(keepalivePayload(dual)).slice(0, 24)).toBe('002f001c200008000b000007');
  expect(keepalivePayload(dual)).toHaveLength(4 + 8 + 20);
});
