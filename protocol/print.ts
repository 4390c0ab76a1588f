/** Decoded values in words, for whoever watches packets. Follows the shape of the value, so that every row of every table can be printed. */
import { formatHex } from './mac.ts';

/** How to show what may tell who a subscriber is. */
export type Veil = (identity: string) => string;

/** A field that deserves better than its value: undefined = as it is. */
export type Spelling = (name: string, value: unknown) => string | undefined;

const LONGEST_OCTETS = 32;

/** `homeNetworkPrefix` to `home network prefix` */
export const spaced = (name: string): string => name.replace(/(?<=[a-z0-9])[A-Z]/g, (c) => ` ${c.toLowerCase()}`);

/** `prefix length 64, prefix 2001:db8::`; `kind` is left out, because it names the whole. */
export const fieldsInWords = (value: object, spell: Spelling = () => undefined): string =>
  Object.entries(value)
    .filter(([name, field]) => name !== 'kind' && field !== undefined)
    .map(([name, field]) => `${spaced(name)} ${spell(name, field) ?? inWords(field, spell)}`)
    .join(', ');

function inWords(value: unknown, spell: Spelling): string {
  if (value instanceof Uint8Array) return octetsInWords(value);
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((item) => inWords(item, spell)).join(' ');
  if (typeof value !== 'object' || value === null) return String(value);
  if (isFlags(value)) return flagsInWords(value);
  const name = 'kind' in value && typeof value.kind === 'string' ? `${spaced(value.kind)} ` : '';
  return `{${name}${fieldsInWords(value, spell)}}`;
}

const isFlags = (value: object): value is Readonly<Record<string, boolean>> => Object.values(value).every((v) => typeof v === 'boolean');

const flagsInWords = (flags: Readonly<Record<string, boolean>>): string =>
  Object.entries(flags)
    .filter(([, set]) => set)
    .map(([name]) => spaced(name).replaceAll(' ', '-'))
    .join(' ') || 'none';

const octetsInWords = (octets: Uint8Array): string => (octets.length === 0 ? 'empty' : `${formatHex(octets.subarray(0, LONGEST_OCTETS))}${octets.length > LONGEST_OCTETS ? ` and ${octets.length - LONGEST_OCTETS} more octets` : ''}`);
