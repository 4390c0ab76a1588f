/** The authentication option of RFC 4285 §5. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AUTHENTICATOR_OCTETS, encodeAuthenticated, MOBILITY_SPI, verify } from '../../protocol/mobility/authentication.ts';
import { decodeMessage, type Transport } from '../../protocol/mobility/header.ts';
import { noUpdateFlags, type MobilityMessage } from '../../protocol/mobility/messages.ts';
import { find } from '../../protocol/mobility/options.ts';

const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array => createHmac('sha1', key).update(data).digest();
const key = new TextEncoder().encode('a key of twenty octs');
const ipv6: Transport = { kind: 'ipv6', source: '2001:db8:1::15', destination: '2001:db8:2::101' };
const pbu: MobilityMessage = {
  kind: 'bindingUpdate',
  sequence: 7,
  flags: { ...noUpdateFlags, acknowledge: true, proxy: true },
  lifetime: 3600,
  options: [{ kind: 'mnIdentifier', subtype: 1, identifier: 'mn0@example.com' }, { kind: 'magIdentifier', subtype: 1, identifier: 'm1@example.com' }],
};

describe.each([
  ['over IPv6', ipv6, '2001:db8:1::15'],
  ['over UDP', { kind: 'udp' } as const, '::'],
])('%s', (_, transport, address) => {
  const octets = encodeAuthenticated(pbu, transport, address, key, hmac);
  const message = decodeMessage(octets, transport);

  it('is the last option, with the SPI and 96 bits', () => {
    const option = message.options[message.options.length - 1];
    expect(option).toMatchObject({ kind: 'authentication', subtype: 1, spi: MOBILITY_SPI });
    expect(find(message.options, 'authentication')?.authenticator).toHaveLength(AUTHENTICATOR_OCTETS);
  });

  it('verifies under its key', () => expect(verify(octets, message, address, key, hmac)).toBe(true));

  it('any flipped bit before it is noticed', () => {
    const end = octets.length;
    let noticed = 0;
    for (let at = 0; at < end; at++) {
      const forged = Uint8Array.from(octets, (b, i) => (i === at ? b ^ 1 : b));
      try {
        if (verify(forged, decodeMessage(forged, { kind: 'udp' }), address, key, hmac)) {
          // Only what the option does not cover may change: the checksum field and the padding behind it.
          expect(at === 4 || at === 5 || at >= end - 8, `octet ${at}`).toBe(true);
        } else noticed++;
      } catch {
        noticed++;
      }
    }
    expect(noticed).toBeGreaterThan(60);
  });

  it('another key, another address, or none at all do not verify', () => {
    expect(verify(octets, message, address, new Uint8Array(20), hmac)).toBe(false);
    expect(verify(octets, message, '2001:db8:bad::1', key, hmac)).toBe(false);
    const { options } = message;
    expect(verify(octets, { ...message, options: options.slice(0, -1) }, address, key, hmac)).toBe(false);
    expect(verify(octets, { ...message, options: [...options, { kind: 'greKey', key: 1 }] }, address, key, hmac)).toBe(false);
  });
});

it('is as RFC 4285 §5.1 computes it: First(96, HMAC_SHA1(key, care-of | home address | header up to the SPI))', () => {
  const octets = encodeAuthenticated(pbu, ipv6, '2001:db8:1::15', key, hmac);
  const at = octets.lastIndexOf(9, octets.length - AUTHENTICATOR_OCTETS - 7);
  const covered = Uint8Array.from(octets.subarray(0, at + 7));
  covered[4] = 0;
  covered[5] = 0;
  const careOf = Uint8Array.from([0x20, 1, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x15]);
  const want = createHmac('sha1', key).update(careOf).update(new Uint8Array(16)).update(covered).digest().subarray(0, 12);
  expect(Buffer.from(octets.subarray(at + 7, at + 19))).toEqual(want);
});
