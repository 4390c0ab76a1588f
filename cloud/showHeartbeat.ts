/** `show ipv6 mobile pmipv6 lma heartbeat`: the gateways of each service that hold sessions, or did. */
import type { Now } from '../protocol/units.ts';
import type { Handler } from '../runtime/control.ts';
import { shownPeer, type ShownHeartbeat } from '../runtime/shownPeer.ts';
import type { Lma } from './lma/lma.ts';
import { sessionsAt } from './lma/peers.ts';

export const heartbeatHandlers = (services: () => readonly { readonly lma: Lma }[], now: () => Now): Record<string, Handler> => ({
  'show lma heartbeat': (): ShownHeartbeat[] =>
    services().map(({ lma }) => ({
      enabled: lma.config.variables.heartbeat.enabled,
      interval: lma.config.variables.heartbeat.interval / 1000,
      'restart-counter': lma.config.restartCounter,
      peers: [...lma.peers.values()].map((p) => shownPeer(p.id, p.endpoint.remote, [...sessionsAt(lma, p)].length, p.pulse, now())),
    })),
});
