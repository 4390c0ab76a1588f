/** Vendor-Specific attributes (RFC 2865 §5.26): a vendor's number, then usually {type, length, value} as the RFC suggests. */
import { DecodeError, decode, encode, EncodeError, octets, Reader, text, Writer } from '../codec.ts';

export const CISCO = 9;
const AV_PAIR = 1;

/** Cisco-AVPair: `name=value`, or `name*value` where the receiver may ignore it. */
export interface CiscoAvPair {
  readonly kind: 'ciscoAvPair';
  readonly value: string;
}

export interface VendorSpecific {
  readonly kind: 'vendorSpecific';
  readonly value: {
    /** IANA Private Enterprise Number. */
    readonly vendor: number;
    /** The vendor's own number; absent where the vendor does not follow the suggested layout. */
    readonly type?: number;
    readonly data: Uint8Array;
  };
}

export type VendorAttribute = CiscoAvPair | VendorSpecific;

/** One item for each sub-attribute. @throws DecodeError without a vendor's number */
export function readVendorSpecific(value: Uint8Array): VendorAttribute[] {
  const r = new Reader(value);
  const vendor = r.uint(4);
  const rest = value.subarray(4);
  if (rest.length === 0) throw new DecodeError('length', 'a Vendor-Specific attribute without a value');
  return subAttributes(vendor, rest) ?? [{ kind: 'vendorSpecific', value: { vendor, data: Uint8Array.from(rest) } }];
}

/** undefined if the lengths do not add up: then the vendor has a layout of its own. */
function subAttributes(vendor: number, rest: Uint8Array): VendorAttribute[] | undefined {
  const all: VendorAttribute[] = [];
  for (let at = 0; at < rest.length; ) {
    const type = rest[at] as number;
    const length = rest[at + 1];
    if (length === undefined || length < 2 || at + length > rest.length) return undefined;
    all.push(subAttribute(vendor, type, Uint8Array.from(rest.subarray(at + 2, at + length))));
    at += length;
  }
  return all;
}

function subAttribute(vendor: number, type: number, data: Uint8Array): VendorAttribute {
  if (vendor === CISCO && type === AV_PAIR) {
    try {
      return { kind: 'ciscoAvPair', value: decode(text, data) };
    } catch (e) {
      if (!(e instanceof DecodeError)) throw e;
    }
  }
  return { kind: 'vendorSpecific', value: { vendor, type, data } };
}

/** What stands behind the attribute's Length. */
export function writeVendorSpecific(attribute: VendorAttribute): Uint8Array {
  const { vendor, type, data } = attribute.kind === 'vendorSpecific' ? attribute.value : { vendor: CISCO, type: AV_PAIR, data: encode(text, attribute.value) };
  const w = new Writer();
  w.uint(vendor, 4);
  if (type !== undefined) {
    if (data.length > 247) throw new EncodeError(`a vendor's attribute of ${data.length} octets; it holds 247`);
    w.uint(type, 1);
    w.uint(data.length + 2, 1);
  }
  octets().write(w, data);
  return w.finish();
}

export interface AvPair {
  readonly name: string;
  readonly value: string;
}

/** `mn-nai=mn0@example.com` in its parts; undefined for text without a separator. */
export function splitAvPair(pair: string): AvPair | undefined {
  const m = /^([^=*]+)[=*](.*)$/s.exec(pair);
  return m ? { name: m[1] as string, value: m[2] as string } : undefined;
}
