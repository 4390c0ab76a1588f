/** What the anchor answers at its control socket. */
import type { HoldCounters, Paths } from '../protocol/paths.ts';
import type { Handler, StreamHandler } from '../runtime/control.ts';
import type { Counters } from '../runtime/counters.ts';
import { interfaceStates, type ShownInterface } from '../runtime/interfaces.ts';
import type { Traces } from '../runtime/traces.ts';
import type { LmaFile } from './config.ts';
import { poolsOf } from './observe/poolUse.ts';
import { namedStatistics, sumOf } from './observe/statistics.ts';
import { allSessions, sessionStream, type SessionSources } from './sessions.ts';

export interface ShowOptions extends SessionSources {
  readonly file: LmaFile;
  readonly paths: Paths;
  readonly counters: Counters;
  readonly traces: Traces;
}

export function showHandlers(o: ShowOptions): Record<string, Handler> {
  return {
    'show ipv6 interface': () => ownInterfaces(o.file),
    'show lma-service session': () => allSessions(o),
    'show lma-service statistics': () => o.services.map(({ name, lma }) => ({ 'lma-service': name, ...namedStatistics(lma.statistics), pools: poolsOf(lma) })),
    'show lma statistics': () => ({ ...sumOf(o.services.map((s) => namedStatistics(s.lma.statistics))), discarded: o.counters.all(), drops: strings(o.paths.drops()), ...heldBy(o.paths) }),
    'show lma traces': () => o.traces.all(o.shown),
  };
}

/** Cut short where a connection ends or reads slowly, not in memory. */
export const showStreams = (o: ShowOptions): Record<string, StreamHandler> => ({ 'show lma-service sessions': sessionStream(o) });

/** Those that the anchor listens on or sends through. @throws Error in words without the addon */
function ownInterfaces({ transport, 'lma-services': services }: LmaFile): ShownInterface[] {
  const bound = services.flatMap((s) => s['bind-address']);
  const isBound = (address: string): boolean => bound.includes(address.split('/')[0] ?? '');
  return interfaceStates().filter((i) => transport.includes(i.device) || /^pmip\d+$/.test(i.device) || i.addresses.some(isBound));
}

/** `held-packets`, where an APN has `hold`. */
const heldBy = (paths: Pick<Paths, 'holding'>): { readonly 'held-packets'?: HoldCounters } => {
  const counters = paths.holding?.();
  return counters ? { 'held-packets': counters } : {};
};

/** JSON has no big integers. */
const strings = (record: Readonly<Record<string, bigint>>): Record<string, string> => Object.fromEntries(Object.entries(record).map(([k, n]) => [k, n.toString()]));
