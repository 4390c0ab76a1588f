/** `refresh ipv6 mobile pmipv6 lma binding …`: an operator has gateways register sessions anew (RFC 7077, FORCE-REREGISTRATION). */
import { NOTIFICATION_REASON } from '../protocol/mobility/codes.ts';
import type { Handler } from '../runtime/control.ts';
import { scopeOf } from './clear.ts';
import type { Lma, LmaEvent } from './lma/lma.ts';
import { magOf, sessionsOf } from './lma/scope.ts';

export interface Refreshed {
  /** That are asked for, at so many gateways */
  readonly bindings: number;
  readonly gateways: number;
}

/** Says what is asked for; what comes of it is in the sessions and the log. */
export const refreshHandlers = (services: () => readonly { readonly lma: Lma; feed(event: LmaEvent): void }[]): Readonly<Record<string, Handler>> => ({
  'refresh lma binding': (request): Refreshed => {
    const scope = scopeOf(request);
    const meant = services().map((service) => ({ service, sessions: sessionsOf(service.lma, scope).filter((e) => e.state === 'ACTIVE') }));
    // A gateway that knew no Update Notification may know them now: an administrator asks (RFC 7077 §5.2).
    for (const { service } of meant) service.feed({ kind: 'notify', scope, reason: NOTIFICATION_REASON.FORCE_REREGISTRATION, administrative: true });
    const all = meant.flatMap((m) => m.sessions);
    return { bindings: all.length, gateways: new Set(all.map(magOf)).size };
  },
});
