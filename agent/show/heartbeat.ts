/** `show ipv6 mobile pmipv6 mag heartbeat`: the LMAs that hold sessions of this gateway, or did. */
import { shownPeer, type ShownHeartbeat } from '../../runtime/shownPeer.ts';
import { sessionsWith, variablesFor } from '../mag/heartbeat.ts';
import { endpointTo } from '../mag/transport.ts';
import type { ShowOptions } from './options.ts';

export function shownHeartbeat({ mag, now }: ShowOptions): ShownHeartbeat[] {
  const own = mag.config.heartbeat;
  return [
    {
      enabled: own?.enabled ?? false,
      interval: (own?.interval ?? 0) / 1000,
      'restart-counter': mag.config.restartCounter,
      peers: [...mag.anchors.values()].map((anchor) => ({
        ...shownPeer(anchor.lma.id, endpointTo(anchor.lma, mag.careOf)?.remote ?? '', sessionsWith(mag, anchor.lma).length, anchor.pulse, now()),
        interval: (variablesFor(mag, anchor)?.interval ?? 0) / 1000,
      })),
    },
  ];
}
