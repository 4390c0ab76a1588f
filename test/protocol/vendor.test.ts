/** What an APN tells the phones of its sessions, in Vendor-Specific options (RFC 5094, RFC 5612). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from '../../protocol/mobility/header.ts';
import { noAcknowledgementFlags, type BindingAcknowledgement } from '../../protocol/mobility/messages.ts';
import type { MobilityOption } from '../../protocol/mobility/options.ts';
import { findSettings, settingsOptions, VENDOR, vendorOption } from '../../protocol/vendor.ts';

const pba = (options: readonly MobilityOption[]): BindingAcknowledgement => ({ kind: 'bindingAcknowledgement', status: 0, flags: { ...noAcknowledgementFlags, proxy: true }, sequence: 1, lifetime: 3600, options });
const overTheWire = (options: readonly MobilityOption[]) => decodeMessage(encodeMessage(pba(options), { kind: 'udp' }), { kind: 'udp' }).options;

describe('settings of an APN', () => {
  it.each([
    { dns4: ['198.51.100.250', '198.51.100.251'], dns6: ['2001:db8::53'], mtu: 1400 },
    { dns6: ['2001:db8::53', '2001:db8::54'] },
    { mtu: 65_535 },
    {},
  ])('come over the wire as they were, in their order: %o', (settings) => {
    expect(findSettings(overTheWire(settingsOptions(settings)))).toEqual(settings);
  });

  it('stand in the option under the documentation number, 32473', () => {
    const [dns] = settingsOptions({ dns4: ['198.51.100.250'] });
    expect(dns).toEqual({ kind: 'vendorSpecific', vendor: 32473, subtype: 1, data: Uint8Array.of(198, 51, 100, 250) });
  });

  it.each([
    ['no whole number of addresses', vendorOption(VENDOR.IPV4_DNS, new Uint8Array(5))],
    ['no address at all', vendorOption(VENDOR.IPV6_DNS, new Uint8Array(0))],
    ['an MTU that IPv6 does not allow', vendorOption(VENDOR.MTU, Uint8Array.of(4, 255))],
    ['an MTU of three octets', vendorOption(VENDOR.MTU, Uint8Array.of(5, 120, 0))],
    ['the option of somebody else', { kind: 'vendorSpecific', vendor: 10415, subtype: VENDOR.IPV4_DNS, data: Uint8Array.of(192, 0, 2, 1) } as const],
  ])('%s is as if it were not there', (_, option) => {
    expect(findSettings([option])).toEqual({});
  });

  it('nothing in such an option throws', () => {
    fc.assert(fc.property(fc.constantFrom(...Object.values(VENDOR)), fc.uint8Array({ maxLength: 64 }), (subtype, data) => void findSettings([vendorOption(subtype, data)])), { numRuns: 200 });
  });
});
