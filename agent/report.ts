/** The one record of each change of state, with what only the shell knows: when the data path had switched, and the first packet down. */
import { describeTransition, type Transition } from '../protocol/entity.ts';
import type { Paths } from '../protocol/paths.ts';
import type { Shown } from '../runtime/identities.ts';
import type { Log } from '../runtime/log.ts';
import type { Trace, Traces } from '../runtime/traces.ts';
import { followFirstDown } from '../runtime/firstDown.ts';
import type { WantedPaths } from './wantedPaths.ts';

export interface ReportOptions {
  readonly wanted: Pick<WantedPaths, 'setAt' | 'fault'>;
  readonly paths: Pick<Paths, 'firstDown'>;
  readonly shown: Shown;
  readonly log: Log;
  /** Of which gateway, for the id that the anchor gives the same handover. */
  readonly identity: string;
  readonly traces: Traces;
  readonly publish: (event: unknown) => void;
  /** From then on the data path may be closed. */
  readonly ended: AbortSignal;
}

export function createReport({ wanted, paths, shown, log, identity, traces, publish, ended }: ReportOptions): (transition: Transition) => void {
  return (t) => {
    const index = typeof t.detail?.['index'] === 'number' ? t.detail['index'] : undefined;
    // A phone that comes back before its old home let go finds the path as it was: then the PBA itself is the switch.
    const set = index === undefined ? undefined : wanted.setAt(index);
    const moved = set !== undefined && set >= (t.stages?.['associated'] ?? Infinity);
    const switched = index !== undefined && wanted.fault(index) === undefined;
    const stages = t.stages && { ...t.stages, ...(switched ? { pathsSwitched: moved ? set : t.at } : {}) };
    const visible = { ...t, subject: shown(t.subject), ...(t.linkLayerId === undefined ? {} : { linkLayerId: shown(t.linkLayerId) }), ...(stages ? { stages } : {}) };
    log('info', describeTransition(visible), t.detail);
    publish(visible);
    const trace: Trace | undefined = stages && { kind: t.detail?.['kind'] === 'move' ? 'move' : 'attach', transition: t, stages, sender: identity, exchange: t.exchange ?? `${t.wall} ${t.subject}` };
    if (trace) traces.add(trace);
    if (index === undefined || !moved) return;
    followFirstDown(paths, index, set, ended, (firstDown) => {
      if (trace) traces.stage(trace, 'firstPacket', firstDown);
      publish({ kind: 'firstDown', subject: visible.subject, linkLayerId: visible.linkLayerId, at: firstDown });
    });
  };
}
