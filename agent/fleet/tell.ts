/** What the gateway's changes of state are to its fleet: events without anybody's name, and sums. */
import type { Transition } from '../../protocol/entity.ts';
import type { Shown } from '../../runtime/identities.ts';
import { shownTrace, type Trace } from '../../runtime/traces.ts';
import { brief } from './brief.ts';
import type { Told } from './events.ts';

export interface Teller {
  onTransition(t: Transition): void;
  /** Each stage of a trace; its event leaves later, with the stages known by then. */
  onTrace(trace: Trace): void;
  readonly sums: { readonly attached: number; readonly refused: number; readonly handovers: number };
}

/** @param shown a pseudonym, whatever the home's own log says */
export function createTeller(shown: Shown, tell: (event: Told | (() => Told)) => void): Teller {
  const told = new WeakSet<Trace>();
  const sums = { attached: 0, refused: 0, handovers: 0 };
  const refused = new Set<string>();

  /** Reasons are words of ours, save what a server said: it may name the subscriber. */
  const reasonOf = ({ reason, subject, linkLayerId }: Transition): string =>
    brief([subject, linkLayerId].reduce<string>((text, name) => (name === undefined ? text : text.replaceAll(name, shown(name))), reason));

  return {
    sums,
    onTransition(t) {
      if (t.linkLayerId === undefined) return tell({ kind: 'notice', at: t.wall, level: t.to === 'unreachable' ? 'warn' : 'info', text: brief(`${t.subject}: ${t.from} -> ${t.to}: ${t.reason}`) });
      if (t.to === 'denied') {
        if (refused.has(t.linkLayerId)) return undefined;
        refused.add(t.linkLayerId);
        sums.refused += 1;
        return tell({ kind: 'refused', at: t.wall, station: shown(t.linkLayerId), reason: reasonOf(t) });
      }
      // A phone that is refused again and again is one event, until it is served or gone.
      if (t.to === 'active' || t.to === 'gone') refused.delete(t.linkLayerId);
      if (t.to === 'gone') tell({ kind: 'detach', at: t.wall, station: shown(t.linkLayerId), reason: reasonOf(t) });
      return undefined;
    },
    onTrace(trace) {
      if (told.has(trace)) return;
      told.add(trace);
      if (trace.kind === 'move') sums.handovers += 1;
      else sums.attached += 1;
      tell(() => {
        const { id, kind, wall, stages } = shownTrace(trace, shown);
        return { kind, at: wall, trace: id, station: shown(trace.transition.linkLayerId ?? trace.transition.subject), stages };
      });
    },
  };
}
