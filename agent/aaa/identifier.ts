/**
 * Which MN-Identifier a station gets (RFC 5213 §6.6: stable, unique, and never one that two devices share).
 *
 * An identity that EAP proved belongs to an account, and an account may have several devices. `per-device` therefore puts a tag of
 * the device behind the user name, as mail does: `alice+0024d78e21a4@home.example`. `per-account` leaves it bare, and a new device
 * takes the session over from the one before. A profile's NAI that was found by the MAC alone is one device's already.
 */
import { createHash } from 'node:crypto';
import { dottedMac, parseHex, type Mac } from '../../protocol/mac.ts';
import { canonicalNai, formatNai, LONGEST_NAI, octetsIn, parseNai, textIn, type Nai } from './nai.ts';

export type IdentifierSource = 'profile' | 'identity' | 'cui' | 'mac';
export type DeviceTag = 'certificate' | 'cui' | 'mac';

export interface IdentifierPolicy {
  /** The first that the station has. */
  readonly from: readonly IdentifierSource[];
  readonly sharing: 'per-device' | 'per-account';
  /** The first that the station has; the MAC, if it has none. */
  readonly deviceTag: readonly DeviceTag[];
}

/** What a station can be named by. */
export interface StationNames {
  readonly mac: Mac;
  /** Of the profile: mn-nai or Mobile-Node-Identifier. */
  readonly profile?: string;
  /** What EAP proved. */
  readonly identity?: string;
  /** Chargeable-User-Identity, hex pairs with colons (RFC 4372). */
  readonly cui?: string;
  /** Serial number of the client's certificate. */
  readonly certificate?: string;
}

export type Identifier = { readonly nai: string; readonly exclusive?: true } | { readonly refused: string };

export function mnIdentifier(policy: IdentifierPolicy, names: StationNames): Identifier {
  if (policy.from.includes('profile') && names.profile !== undefined && !parseNai(names.profile)) return { refused: 'the NAI of the profile does not follow RFC 4282 §2.1' };
  for (const source of policy.from) {
    if (source === 'mac') return { nai: dottedMac(names.mac) };
    const nai = naiFrom(source, names);
    const named = nai && (names.identity === undefined ? { nai: formatNai(nai) } : ofOneDevice(policy, names, nai));
    if (named && octetsIn(named.nai) <= LONGEST_NAI) return named;
  }
  return { refused: `the station has none of the identifiers that the policy allows (${policy.from.join(', ')})` };
}

function naiFrom(source: Exclude<IdentifierSource, 'mac'>, names: StationNames): Nai | undefined {
  switch (source) {
    case 'profile':
      return names.profile === undefined ? undefined : parseNai(names.profile);
    case 'identity': {
      const nai = names.identity === undefined ? undefined : parseNai(names.identity);
      return nai && canonicalNai(nai);
    }
    case 'cui':
      return names.cui === undefined ? undefined : (parseNai(cuiText(names.cui)) ?? { user: names.cui.replaceAll(':', '') });
  }
}

function ofOneDevice(policy: IdentifierPolicy, names: StationNames, nai: Nai): { readonly nai: string; readonly exclusive?: true } {
  if (policy.sharing === 'per-account') return { nai: formatNai(nai), exclusive: true };
  const by = policy.deviceTag.find((tag) => tag === 'mac' || names[tag] !== undefined) ?? 'mac';
  const tagged = formatNai({ ...nai, user: `${nai.user}+${tagOf(by, names)}` });
  // What names the device itself outlives a change of its MAC.
  return by === 'mac' ? { nai: tagged } : { nai: tagged, exclusive: true };
}

function tagOf(by: DeviceTag, names: StationNames): string {
  const raw = { certificate: names.certificate, cui: names.cui && cuiText(names.cui), mac: undefined }[by];
  if (raw === undefined) return names.mac.replaceAll(':', '');
  const plain = by === 'certificate' ? raw.replace(/[:\s]/g, '').toLowerCase() : raw;
  return /^[A-Za-z0-9-]{1,40}$/.test(plain) ? plain : createHash('sha256').update(plain).digest('hex').slice(0, 32);
}

/** Many servers put text into it; what is none stays hex. */
const cuiText = (pairs: string): string => textIn(parseHex(pairs)) ?? pairs;
