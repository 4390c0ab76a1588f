/** The LMAs and the graph of the fleet, put together for whoever looks. */
import type { Home } from '../api/resources/homes.ts';
import type { Lma, Topology } from '../api/resources/network.ts';
import type { LmaFeed } from './lmaFeed.ts';
import type { KnownHomes, LmaLinks } from './ports.ts';
import type { SessionModel } from './sessions.ts';

export function linksOf(feeds: readonly LmaFeed[], sessions: Pick<SessionModel, 'sizeOf' | 'bindingsAt'>): LmaLinks {
  const shown = (feed: LmaFeed): Lma => {
    const { reachable, reason, role, services, statistics, gateways } = feed.state();
    return {
      name: feed.name,
      reachable,
      ...(reason === undefined ? {} : { reason }),
      bindings: sessions.sizeOf(feed.name),
      pools: services.flatMap((s) => s.pools.map(({ pool, family, used, free }) => ({ name: pool, service: s.name, family, size: used + free, used }))),
      gateways,
      ...(role === undefined ? {} : { role }),
      statistics,
    };
  };
  const named = (name: string): LmaFeed | undefined => feeds.find((f) => f.name === name);
  return {
    all: () => feeds.map(shown),
    find(name) {
      const feed = named(name);
      return feed && shown(feed);
    },
    bindings: (...page) => sessions.bindingsAt(...page),
    async ask(name, request) {
      const feed = named(name);
      if (!feed) throw new Error(`there is no LMA ${name}`);
      return feed.ask(request);
    },
  };
}

export interface Graph {
  readonly homes: Pick<KnownHomes, 'homes' | 'byIdentity'>;
  readonly lmas: readonly Lma[];
  readonly sessions: Pick<SessionModel, 'at' | 'tunnels'>;
  readonly moves: Topology['moves'];
  readonly neighbours: Topology['neighbours'];
}

export function topologyOf({ homes, lmas, sessions, moves, neighbours }: Graph): Topology {
  const shown = homes.homes();
  const known = new Set(shown.map((h) => h.id));
  const both = <T extends { readonly from: string; readonly to: string }>(edges: readonly T[]): T[] => edges.filter((e) => known.has(e.from) && known.has(e.to));
  return {
    homes: shown.map(({ id, identity, name, status, position }: Home) => ({ id, name, status, subscribers: sessions.at(identity), ...(position === undefined ? {} : { position }) })),
    lmas: lmas.map(({ name, reachable, bindings }) => ({ name, reachable, bindings })),
    tunnels: [...sessions.tunnels()].flatMap(({ mag, lma, sessions: subscribers }) => {
      const home = homes.byIdentity(mag);
      return home === undefined ? [] : [{ home, lma, subscribers }];
    }),
    moves: both(moves),
    neighbours: both(neighbours),
  };
}
