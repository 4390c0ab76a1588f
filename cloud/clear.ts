/** `clear ipv6 mobile pmipv6 lma binding …`: an operator ends sessions, and hears what became of them. */
import { TRIGGER } from '../protocol/mobility/codes.ts';
import type { Handler, Request } from '../runtime/control.ts';
import type { LmaEvent } from './lma/lma.ts';
import type { Revoked, RevocationReport } from './lma/revocationOrder.ts';
import type { SessionScope } from './lma/scope.ts';

export interface Clearing {
  readonly handlers: Readonly<Record<string, Handler>>;
  /** The same for other parts of the anchor. */
  end(scope: SessionScope, reason: string): Promise<RevocationReport>;
  /** A service is done with an order. */
  revoked(effect: Revoked): void;
}

interface Pending {
  left: number;
  report: RevocationReport;
  readonly done: (report: RevocationReport) => void;
}

export function createClearing(services: () => readonly { feed(event: LmaEvent): void }[]): Clearing {
  const pending = new Map<number, Pending>();
  let last = 0;

  const clear = (scope: SessionScope, reason: string, ipv4Only = false): Promise<RevocationReport> =>
    new Promise((done) => {
      const id = ++last;
      const all = services();
      pending.set(id, { left: all.length, report: { bindings: 0, unanswered: 0, refused: 0 }, done });
      for (const service of all) service.feed({ kind: 'revoke', scope, ipv4Only, trigger: TRIGGER.ADMINISTRATIVE, reason, id });
    });

  return {
    handlers: { 'clear lma binding': (request) => clear(scopeOf(request), 'cleared by the operator', request['ipv4-only'] === true) },
    end: clear,
    revoked({ id, report }) {
      const order = pending.get(id);
      if (!order) return;
      const { bindings, unanswered, refused } = order.report;
      order.report = { bindings: bindings + report.bindings, unanswered: unanswered + report.unanswered, refused: refused + report.refused };
      order.left -= 1;
      if (order.left > 0) return;
      pending.delete(id);
      order.done(order.report);
    },
  };
}

/** What a request of an operator is about. @throws Error in words */
export function scopeOf({ scope, name, index }: Request): SessionScope {
  if (scope === 'all') return { kind: 'all' };
  if (scope === 'index' && typeof index === 'number') return { kind: 'index', index };
  if (typeof name !== 'string' || name === '') throw new Error('say whose bindings are meant');
  switch (scope) {
    case 'nai':
      return { kind: 'nai', nai: name };
    case 'mag':
      return { kind: 'mag', mag: name };
    case 'realm':
      return { kind: 'realm', realm: name.startsWith('@') ? name : `@${name}` };
    default:
      throw new Error('expected all, or a nai, mag or realm');
  }
}
