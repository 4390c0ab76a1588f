/** Identities as they are compared: one spelling each. */
import { canonicalIp, formatUpperHalf, isIpv4, isIpv6, upperHalf } from '../../protocol/address.ts';

export const PSEUDONYM = /^mn-[0-9a-f]{16}$/;

/** A realm has no upper and lower case (RFC 7542 §2.4), a user name has. */
export function canonicalNai(nai: string): string {
  const at = nai.lastIndexOf('@');
  return at < 0 ? nai : nai.slice(0, at) + nai.slice(at).toLowerCase();
}

const MAC = /^([0-9a-f]{2}[:-]?){5}[0-9a-f]{2}$|^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/i;

/** `02:00:…` of any usual spelling. */
export const canonicalMac = (text: string): string | undefined =>
  MAC.test(text) ? (text.toLowerCase().replace(/[:.-]/g, '').match(/../g) ?? []).join(':') : undefined;

/** By what an address is found: itself, or its /64, which is one subscriber's (RFC 5213 §3). What follows a `/` does not matter. */
export function addressKey(text: string): string | undefined {
  const address = text.replace(/\/\d{1,3}$/, '');
  if (isIpv4(address)) return canonicalIp(address);
  return isIpv6(address) ? `${formatUpperHalf(...upperHalf(address))}/64` : undefined;
}
