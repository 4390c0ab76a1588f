/** Network Access Identifiers as RFC 4282 §2.1 has them: `username`, `@realm` or `username@realm`. Pure. */

/** RFC 4282 §2.2; also what one RADIUS attribute holds. Octets. */
export const LONGEST_NAI = 253;

// Outside ASCII everything is allowed; control characters, which the grammar lets a backslash quote, are not: they have no business in a log or a file.
const CHARACTER = String.raw`(?:[!#$%&'*+\-/0-9=?A-Z^_\x60a-z{|}~\u{a0}-\u{10ffff}]|\\[ -~\u{a0}-\u{10ffff}])`;
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const NAI = new RegExp(`^(?:(?<user>${CHARACTER}+(?:\\.${CHARACTER}+)*)?@(?<realm>(?:${LABEL}\\.)+${LABEL})|(?<alone>${CHARACTER}+(?:\\.${CHARACTER}+)*))$`, 'u');

export interface Nai {
  readonly user: string;
  /** Absent for a user name alone. */
  readonly realm?: string;
}

/** Octets as the text that they are; undefined if they are none. */
export function textIn(octets: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return undefined;
  }
}

export const octetsIn = (text: string): number => new TextEncoder().encode(text).length;

/** undefined if the text is no NAI, or longer than 253 octets. */
export function parseNai(text: string): Nai | undefined {
  if (octetsIn(text) > LONGEST_NAI) return undefined;
  const { user, realm, alone } = NAI.exec(text)?.groups ?? {};
  if (alone !== undefined) return { user: alone };
  return realm === undefined ? undefined : { user: user ?? '', realm };
}

export const formatNai = ({ user, realm }: Nai): string => (realm === undefined ? user : `${user}@${realm}`);

/** The same identity has one spelling: realms are domain names, in which upper and lower case are the same. */
export const canonicalNai = (nai: Nai): Nai => (nai.realm === undefined ? nai : { ...nai, realm: nai.realm.toLowerCase() });
