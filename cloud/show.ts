/** What the anchor answers at its control socket. */
import { formatPrefix } from '../protocol/address.ts';
import type { Paths } from '../protocol/paths.ts';
import type { Now } from '../protocol/units.ts';
import type { Handler } from '../runtime/control.ts';
import type { Counters } from '../runtime/counters.ts';
import type { Shown } from '../runtime/identities.ts';
import { interfaceStates, type ShownInterface } from '../runtime/interfaces.ts';
import type { LmaFile } from './config.ts';
import type { BindingCacheEntry } from './lma/bindingCache.ts';
import type { Lma } from './lma/lma.ts';

export interface ShowOptions {
  readonly file: LmaFile;
  readonly services: readonly { readonly name: string; readonly lma: Lma }[];
  readonly paths: Paths;
  readonly counters: Counters;
  readonly shown: Shown;
  readonly now: () => Now;
}

export function showHandlers(o: ShowOptions): Record<string, Handler> {
  return {
    'show ipv6 interface': () => ownInterfaces(o.file),
    'show lma-service session': () => o.services.flatMap(({ name, lma }) => [...lma.cache.all()].map((e) => ({ ...(o.services.length > 1 ? { 'lma-service': name } : {}), ...session(o, e) }))),
    'show lma statistics': () => {
      const { dropped: _, ...statistics } = sum(o.services.map((s): Counted => ({ ...s.lma.statistics }))); // each of them is among the discarded
      return { ...statistics, discarded: o.counters.all(), drops: strings(o.paths.drops()) };
    },
  };
}

function session(o: ShowOptions, e: BindingCacheEntry): object {
  const counters = o.paths.counters(e.index);
  return {
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
    ...(counters ? strings({ ...counters }) : {}),
  };
}

type Counted = { readonly [name: string]: number | Counted };

/** Of all services. */
function sum(all: readonly Counted[]): Counted {
  const total: Record<string, number | Counted> = {};
  for (const counted of all) {
    for (const [name, n] of Object.entries(counted)) {
      const before = total[name];
      total[name] = typeof n === 'number' ? n + (typeof before === 'number' ? before : 0) : sum([typeof before === 'object' ? before : {}, n]);
    }
  }
  return total;
}

/** Those that the anchor listens on or sends through. @throws Error in words without the addon */
function ownInterfaces({ transport, 'lma-services': services }: LmaFile): ShownInterface[] {
  const bound = services.flatMap((s) => s['bind-address']);
  const isBound = (address: string): boolean => bound.includes(address.split('/')[0] ?? '');
  return interfaceStates().filter((i) => transport.includes(i.device) || /^pmip\d+$/.test(i.device) || i.addresses.some(isBound));
}

/** JSON has no big integers. */
const strings = (record: Readonly<Record<string, bigint>>): Record<string, string> => Object.fromEntries(Object.entries(record).map(([k, n]) => [k, n.toString()]));
