/** `show lma-service session`: the Binding Cache, all of it or what fits a filter, in pages that never hold up a handover. */
import { formatPrefix, inPrefix, isIpv4, isIpv6, canonicalIp, type Prefix } from '../protocol/address.ts';
import { NAI } from '../protocol/mobility/suboptions.ts';
import type { Paths } from '../protocol/paths.ts';
import type { Now } from '../protocol/units.ts';
import type { Request, Stream, StreamHandler } from '../runtime/control.ts';
import type { Shown } from '../runtime/identities.ts';
import { shownRates, type ShownRates } from '../runtime/shownRates.ts';
import type { BindingCacheEntry } from './lma/bindingCache.ts';
import type { Lma } from './lma/lma.ts';
import { bitRates } from './lma/qos.ts';

export interface SessionSources {
  readonly services: readonly { readonly name: string; readonly lma: Lma }[];
  readonly paths: Pick<Paths, 'counters' | 'policed'>;
  readonly shown: Shown;
  readonly now: () => Now;
}

/** Named after Cisco's YANG model of a binding. Counters are decimal, because JSON has no big integers. */
export interface ShownSession extends ShownRates {
  /** Of its path, where it was asked for (`indexed: true`): what tells sessions of one anchor apart. */
  readonly index?: number;
  readonly 'lma-service'?: string;
  readonly mnnai: string;
  readonly llid?: string | undefined;
  readonly state: string;
  readonly apn: string;
  readonly hoa?: string | undefined;
  readonly hnps: readonly string[];
  readonly mag?: string | undefined;
  readonly coa: string;
  readonly encap: string;
  readonly lifetime: number;
  readonly liferem: number;
  readonly 'up-stream-grekey': number;
  readonly 'down-stream-grekey': number;
  readonly upOctets?: string;
  readonly upPackets?: string;
  readonly downOctets?: string;
  readonly downPackets?: string;
}

export type SessionEvent = { readonly kind: 'page'; readonly sessions: readonly ShownSession[] } | { readonly kind: 'end'; readonly sessions: number; readonly fault?: string };

type Fits = (e: BindingCacheEntry) => boolean;

/** Entries looked at in one turn of the event loop, and the most that one page has: about a millisecond. */
const AT_ONCE = 250;

export const sessionStream =
  (o: SessionSources): StreamHandler =>
  (request) => {
    const filter = { ...filterOf(request), indexed: request['indexed'] === true };
    return (stream) => void send(o, filter, stream).catch((e: unknown) => stream.end({ kind: 'end', sessions: 0, fault: (e as Error).message } satisfies SessionEvent));
  };

async function send(o: SessionSources, filter: Filter, stream: Stream): Promise<void> {
  let open = true;
  let sent = 0;
  stream.onClose(() => {
    open = false;
  });
  for (const page of pages(o, filter)) {
    if (!open) return;
    while (page.length > 0 && !stream.send({ kind: 'page', sessions: page } satisfies SessionEvent)) {
      await stream.drained();
      if (!open) return;
    }
    sent += page.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  stream.end({ kind: 'end', sessions: sent } satisfies SessionEvent);
}

function* pages(o: SessionSources, { nai, index, indexed, fits }: Filter): Generator<ShownSession[]> {
  let page: ShownSession[] = [];
  let seen = 0;
  for (const { name, lma } of o.services) {
    const entries = index !== undefined ? [lma.cache.get(index)].filter((e) => e !== undefined) : nai === undefined ? lma.cache.all() : lma.cache.ofNode({ subtype: NAI, identifier: nai });
    for (const e of entries) {
      if (fits(e)) page.push({ ...(indexed ? { index: e.index } : {}), ...session(o, o.services.length > 1 ? name : undefined, e), ...shownRates(bitRates(lma, e), o.paths.policed(e.index)) });
      if (++seen % AT_ONCE > 0) continue;
      yield page;
      page = [];
    }
  }
  yield page;
}

interface Filter {
  /** One node, or one session, found without looking at the others. */
  readonly nai?: string;
  readonly index?: number;
  readonly indexed?: boolean;
  readonly fits: Fits;
}

/** By which words of the request. @throws Error in words */
const FILTERS: Readonly<Record<string, (value: string) => Fits>> = {
  mag: (value) => (e) => e.mag === value || e.proxyCoa === value,
  apn: (value) => (e) => e.apn.toLowerCase() === value.toLowerCase(),
  state: stateFilter,
  address: addressFilter,
};

function filterOf(request: Request): Filter {
  const fits: Fits[] = [];
  for (const [name, make] of Object.entries(FILTERS)) {
    const value = request[name];
    if (value === undefined) continue;
    if (typeof value !== 'string') throw new Error(`${name} is a text`);
    fits.push(make(value));
  }
  const { nai, index } = request;
  if (index !== undefined && typeof index !== 'number') throw new Error('index is a number');
  if (nai !== undefined && typeof nai !== 'string') throw new Error('nai is a text');
  return { ...(nai === undefined ? {} : { nai }), ...(index === undefined ? {} : { index }), fits: (e) => fits.every((f) => f(e)) };
}

const STATES: readonly string[] = ['ACTIVE', 'RELEASED'] satisfies BindingCacheEntry['state'][];

function stateFilter(value: string): Fits {
  const state = value.toUpperCase();
  if (!STATES.includes(state)) throw new Error(`${value}: expected a state, ${STATES.join(' or ')}`);
  return (e) => e.state === state;
}

/** A home address, an address of a home network prefix, or a care-of address. */
function addressFilter(value: string): Fits {
  const bare = value.split('/')[0] as string;
  if (!isIpv4(bare) && !isIpv6(bare)) throw new Error(`${value}: expected an address`);
  const address = canonicalIp(bare);
  if (isIpv4(address)) return (e) => e.homeAddress?.address === address || e.proxyCoa === address;
  const inside = (p: Prefix): boolean => inPrefix(address, p);
  return (e) => e.prefixes.some(inside) || e.proxyCoa === address;
}

function session(o: SessionSources, service: string | undefined, e: BindingCacheEntry): ShownSession {
  const counters = o.paths.counters(e.index);
  return {
    ...(service === undefined ? {} : { 'lma-service': service }),
    mnnai: o.shown(e.mnId.identifier),
    llid: e.linkLayerId === undefined ? undefined : o.shown(e.linkLayerId),
    state: e.state,
    apn: e.apn,
    hoa: e.homeAddress?.address,
    hnps: e.prefixes.map(formatPrefix),
    mag: e.mag,
    coa: e.proxyCoa,
    encap: e.encapsulation ?? 'none',
    lifetime: e.lifetime,
    liferem: Math.max(0, Math.floor((e.expiresAt - o.now().at) / 1000)),
    'up-stream-grekey': e.uplinkKey,
    'down-stream-grekey': e.downlinkKey,
    ...(counters && { upOctets: String(counters.upOctets), upPackets: String(counters.upPackets), downOctets: String(counters.downOctets), downPackets: String(counters.downPackets) }),
  };
}

/** All of them at once, for programs that know that there are few. */
export const allSessions = (o: SessionSources): ShownSession[] => [...pages(o, { fits: () => true })].flat();
