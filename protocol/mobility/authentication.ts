/**
 * The Mobility Message Authentication option (RFC 4285 §5), which says which MAG a message comes from or goes to although
 * homes change their addresses: one key per MAG, found by its MAG Identifier option and the SPI.
 *
 * Authenticator = First(96, HMAC-SHA1(key, care-of address | home address | Mobility Header up to and including the SPI)),
 * with the header's checksum taken as zero. Care-of address is the MAG's address as the IPv6 header has it; over IPv4-UDP it
 * is `::`, because a NAT on the way rewrites it. PMIPv6 has no home address in the header, so that one is `::` as well.
 * The option is the last one. The HMAC itself is passed in: this folder does no cryptography of its own.
 */
import { putIpv6 } from '../address.ts';
import { encodeMessage, setChecksum, type Transport } from './header.ts';
import type { MobilityMessage } from './messages.ts';
import { find } from './options.ts';

/** SPI of the one algorithm in use: HMAC_SHA1 truncated to 96 bits (RFC 4285 §5.1). */
export const MOBILITY_SPI = 256;
export const AUTHENTICATOR_OCTETS = 12;
const MN_HA_SUBTYPE = 1;
/** type, length, subtype, SPI */
const OPTION_HEAD = 7;

export type HmacSha1 = (key: Uint8Array, data: Uint8Array) => Uint8Array;

/** The message's octets with an authentication option appended; `magAddress` is `::` over IPv4-UDP. */
export function encodeAuthenticated(message: MobilityMessage, transport: Transport, magAddress: string, key: Uint8Array, hmac: HmacSha1): Uint8Array {
  const signed = { ...message, options: [...message.options, { kind: 'authentication', subtype: MN_HA_SUBTYPE, spi: MOBILITY_SPI, authenticator: new Uint8Array(AUTHENTICATOR_OCTETS) }] } as MobilityMessage;
  const octets = encodeMessage(signed, transport);
  const at = authenticationAt(octets);
  if (at < 0) throw new RangeError('the authentication option was not written');
  octets.set(hmac(key, covered(octets, at, magAddress)).subarray(0, AUTHENTICATOR_OCTETS), at + OPTION_HEAD);
  if (transport.kind === 'ipv6') setChecksum(octets, transport);
  return octets;
}

/** Does the message carry a valid authenticator under this key? Compared in constant time. */
export function verify(octets: Uint8Array, message: MobilityMessage, magAddress: string, key: Uint8Array, hmac: HmacSha1): boolean {
  const option = find(message.options, 'authentication');
  const at = authenticationAt(octets);
  if (!option || at < 0 || option.subtype !== MN_HA_SUBTYPE || option.spi !== MOBILITY_SPI || option.authenticator.length !== AUTHENTICATOR_OCTETS) return false;
  if (message.options[message.options.length - 1] !== option) return false; // whatever follows it would not be covered
  const want = hmac(key, covered(octets, at, magAddress));
  let difference = 0;
  for (let i = 0; i < AUTHENTICATOR_OCTETS; i++) difference |= (want[i] as number) ^ (option.authenticator[i] as number);
  return difference === 0;
}

/** Where the (decoded, hence well-formed) option list holds type 9; -1 if nowhere. */
function authenticationAt(octets: Uint8Array): number {
  let at = fixedOctets(octets);
  while (at < octets.length) {
    if (octets[at] === 9) return at;
    at += octets[at] === 0 ? 1 : 2 + (octets[at + 1] as number);
  }
  return -1;
}

/** Only a Binding Error has a longer fixed part than 12 octets. */
const fixedOctets = (octets: Uint8Array): number => (octets[2] === 7 ? 24 : 12);

/** Two addresses, of which the second stays zero, and the longest Mobility Header; written anew for each message. */
const coverage = new Uint8Array(32 + 2048);

function covered(octets: Uint8Array, at: number, magAddress: string): Uint8Array {
  putIpv6(coverage, 0, magAddress);
  coverage.set(octets.subarray(0, at + OPTION_HEAD), 32);
  coverage[32 + 4] = 0;
  coverage[32 + 5] = 0;
  return coverage.subarray(0, 32 + at + OPTION_HEAD);
}
