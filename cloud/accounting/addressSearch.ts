/** `show address-log`: the lines about an address, from the files and from the sessions that have it now. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { canonicalIp, isIpv4, isIpv6, maskIpv6, parsePrefix, formatPrefix } from '../../protocol/address.ts';
import { concerns, covers, type AddressLine, type AddressQuestion } from './addressLog.ts';

/** Most recent ones; an address that had more subscribers is asked for with an instant. */
const MOST = 1000;

/** @throws Error in words */
export function readQuestion(address: unknown, at: unknown): AddressQuestion {
  const text = typeof address === 'string' ? address : '';
  const [, host = text, port] = /^(\d+\.\d+\.\d+\.\d+):(\d+)$/.exec(text) ?? [];
  const wall = typeof at === 'string' ? Date.parse(at) : undefined;
  if (wall !== undefined && Number.isNaN(wall)) throw new Error(`${at as string} is no time: expected one such as 2026-11-23T12:00:00Z`);
  return { address: canonical(host), ...(port === undefined ? {} : { port: Number(port) }), ...(wall === undefined ? {} : { at: wall }) };
}

function canonical(text: string): string {
  if (isIpv4(text) || isIpv6(text)) return canonicalIp(text);
  try {
    return formatPrefix(parsePrefix(text));
  } catch {
    throw new Error(`${text} is no address: expected one such as 192.0.2.7, 192.0.2.7:1024, 2001:db8::1 or 2001:db8::/64`);
  }
}

/** The newest last. @param live of the sessions that stand */
export async function searchAddresses(files: readonly string[], live: readonly AddressLine[], question: AddressQuestion): Promise<AddressLine[]> {
  const found = new Map<string, AddressLine>();
  const key = (l: AddressLine): string => `${l.session} ${l.address} ${l.since}`;
  const needles = needlesOf(question.address);
  for (const file of files) {
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      if (!needles.some((n) => text.includes(n))) continue;
      const line = parsed(text);
      if (line && concerns(line, question)) found.set(key(line), line);
    }
  }
  for (const line of live) if (concerns(line, question)) found.set(key(line), line);
  const { at } = question;
  return [...found.values()].filter((l) => at === undefined || covers(l, at)).toSorted((a, b) => (a.since < b.since ? -1 : 1)).slice(-MOST);
}

/** What a line must have somewhere to be about it, before it is looked at closely. */
const needlesOf = (address: string): string[] => (address.includes(':') && !address.includes('/') ? [`"${maskIpv6(address, 64)}/64"`] : [`"${address}"`]);

function parsed(text: string): AddressLine | undefined {
  try {
    return JSON.parse(text) as AddressLine;
  } catch {
    return undefined;
  }
}
