/** Where a request comes from, and whether its headers say that a page of another site made it. */
import { isIpv4, isIpv6, maskIpv6 } from '../../protocol/address.ts';

/** What the listener knows of a connection. */
export interface Connection {
  readonly remoteAddress?: string | undefined;
  readonly encrypted?: boolean | undefined;
  destroy?(): unknown;
}

export interface Client {
  readonly ip: string;
  readonly secure: boolean;
}

/** Behind a proxy the last entry of X-Forwarded-For is the proxy's own; those before it are whatever the client wrote. */
export function clientOf(connection: Connection, headers: Headers, behindProxy: boolean): Client {
  const own = withoutMapping(connection.remoteAddress ?? '');
  if (!behindProxy) return { ip: own, secure: connection.encrypted === true };
  const told = withoutMapping((headers.get('x-forwarded-for') ?? '').split(',').at(-1)?.trim() ?? '');
  return { ip: isIpv4(told) || isIpv6(told) ? told : own, secure: headers.get('x-forwarded-proto')?.split(',').at(-1)?.trim() === 'https' };
}

/** IPv4 in a socket of both families (RFC 4291 §2.5.5.2). */
const withoutMapping = (ip: string): string => ip.replace(/^::ffff:(?=\d+\.)/i, '');

/** Whoever has one IPv6 address has all of its /64. */
export const networkOf = (ip: string): string => (isIpv6(ip) ? `${maskIpv6(ip, 64)}/64` : ip);

/**
 * The name in `Host` is one of ours. A page of another site can have its own name resolve to our address (DNS rebinding) and then read
 * what we answer; it cannot do that with an address in figures.
 */
export function knownHost(host: string, names: readonly string[]): boolean {
  const name = host.toLowerCase().replace(/:\d{1,5}$/, '').replace(/\.$/, '');
  if (name === 'localhost' || name.endsWith('.localhost') || names.includes(name)) return true;
  return isIpv4(name) || (name.startsWith('[') && name.endsWith(']') && isIpv6(name.slice(1, -1)));
}

/** `Accept-Encoding` (RFC 9110 §12.5.3), as far as browsers use it. */
export function accepts(headers: Headers, encoding: string): boolean {
  const parts = (headers.get('accept-encoding') ?? '').toLowerCase().split(',').map((part) => part.split(';').map((p) => p.trim()));
  return parts.some(([name, q]) => name === encoding && !/^q=0(?:\.0*)?$/.test(q ?? ''));
}

/** Browsers say where a request was made; programs do not. */
export function fromAnotherSite(headers: Headers, names: readonly string[]): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site !== 'same-origin' && site !== 'none';
  const origin = headers.get('origin');
  if (origin === null) return false;
  const host = URL.canParse(origin) ? new URL(origin).host : '';
  return host === '' || (host !== headers.get('host')?.toLowerCase() && !names.includes(host.replace(/:\d+$/, '')));
}
