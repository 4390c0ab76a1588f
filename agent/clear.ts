/** `clear ipv6 mobile pmipv6 mag binding …`, and the farewell of a gateway that goes down: sessions are given up, and whoever asked hears what became of them. */
import type { Handler, Request } from '../runtime/control.ts';
import type { MagEvent } from './mag/events.ts';
import type { GaveUp, GiveUpReport, GiveUpScope } from './mag/ownRevocation.ts';

export interface Clearing {
  readonly handlers: Readonly<Record<string, Handler>>;
  giveUp(scope: GiveUpScope, reason: string): Promise<GiveUpReport>;
  /** The MAG is done with an order. */
  gaveUp(effect: GaveUp): void;
}

/** @param identity this gateway's own name, by which `mag` may mean it */
export function createClearing(identity: string, feed: (event: MagEvent) => void): Clearing {
  const pending = new Map<number, (report: GiveUpReport) => void>();
  let last = 0;

  const giveUp = (scope: GiveUpScope, reason: string): Promise<GiveUpReport> =>
    new Promise((done) => {
      const id = ++last;
      pending.set(id, done);
      feed({ kind: 'giveUp', scope, reason, id });
    });

  return {
    handlers: { 'clear mag binding': (request) => giveUp(scopeOf(request, identity), 'cleared by the operator') },
    giveUp,
    gaveUp({ id, report }) {
      pending.get(id)?.(report);
      pending.delete(id);
    },
  };
}

/** @throws Error in words */
function scopeOf({ scope, name }: Request, identity: string): GiveUpScope {
  if (scope === 'all') return { kind: 'all' };
  if (typeof name !== 'string' || name === '') throw new Error('say whose bindings are to be cleared');
  switch (scope) {
    case 'nai':
      return { kind: 'nai', nai: name };
    case 'lma':
      return { kind: 'lma', lma: name };
    case 'realm':
      return { kind: 'realm', realm: name.startsWith('@') ? name : `@${name}` };
    case 'mag':
      if (name !== identity) throw new Error(`this gateway is ${identity}; those of ${name} are cleared there, or at the LMA`);
      return { kind: 'all' };
    default:
      throw new Error('expected all, or a nai, lma, mag or realm');
  }
}
