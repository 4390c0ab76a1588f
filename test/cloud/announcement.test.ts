import { expect, it } from 'vitest';
import { announcement, claimIn } from '../../cloud/standby/announcement.ts';
import { encode } from '../../protocol/codec.ts';
import { encodeFrame, ETHERTYPE_ARP } from '../../protocol/ip.ts';
import { arpPacket } from '../../protocol/neighbour/arp.ts';

const MAC = '02:00:00:00:00:01';
const hexOf = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');

it.each(['192.0.2.10', '2001:db8::10'])('what is announced of %s is read as a claim of it', (address) => {
  expect(claimIn(announcement(address, MAC))).toEqual({ address, mac: MAC });
});

it('an ARP announcement goes to everybody, with the address as sender and target (RFC 5227 §3)', () => {
  expect(hexOf(announcement('192.0.2.10', MAC))).toMatch(/^ffffffffffff0200000000010806000108000604000102000000000[1]c000020a000000000000c000020a/);
});

it('a neighbour advertisement overrides what neighbours know, and nobody asked for it (RFC 4861 §7.2.6)', () => {
  const hex = hexOf(announcement('2001:db8::10', MAC));
  expect([hex.slice(0, 12), hex.slice(108, 110), hex.slice(116, 118)]).toEqual(['333300000001', '88', 'a0']);
});

it('a probe claims nothing, and neither does what is no frame of these', () => {
  const probe = encode(arpPacket, { operation: 1, senderMac: MAC, senderAddress: '0.0.0.0', targetMac: '00:00:00:00:00:00', targetAddress: '192.0.2.10' });
  expect(claimIn(encodeFrame({ destination: 'ff:ff:ff:ff:ff:ff', source: MAC, etherType: ETHERTYPE_ARP, payload: probe }))).toBeUndefined();
  const whole = announcement('2001:db8::10', MAC);
  for (let n = 0; n < whole.length; n++) expect(claimIn(whole.subarray(0, n))).toBeUndefined();
});
