/** What the anchor's shell sees of each handover, put into traces: received, switched, stored, answered, first packet down. */
import { timestampToWall, type Millis, type Now, type Timestamp } from '../../protocol/units.ts';
import type { Send, Transition } from '../../protocol/entity.ts';
import type { Paths } from '../../protocol/paths.ts';
import { followFirstDown } from '../../runtime/firstDown.ts';
import type { Trace, Traces } from '../../runtime/traces.ts';

export interface Recorder {
  /** The core wants this sent; it may have to wait for the store. */
  asked(effect: Send, step: Now): void;
  /** @param timestamp of the PBU; 0 or undefined without one */
  transition(t: Transition, step: Now, pathsSwitched: Millis | undefined, timestamp: Timestamp | undefined): void;
  /** Sends it by `transmit`: whatever it waited for is stored. */
  sending(effect: Send, transmit: () => void): void;
}

export interface RecorderOptions {
  readonly traces: Traces;
  readonly now: () => Now;
  /** Where first packets are noted; undefined: nowhere. */
  readonly paths: () => Pick<Paths, 'firstDown'> | undefined;
  /** From then on the data path may be closed. */
  readonly ended: AbortSignal;
}

/** First packets that are waited for at once; of a flood of handovers only some are followed. */
const MOST_FOLLOWED = 256;
/** A gateway's clock that is further off says nothing about when its PBU left. */
const CREDIBLE: Millis = 10_000;

export function createRecorder({ traces, now, paths, ended }: RecorderOptions): Recorder {
  /** The answer of the step that is being performed. */
  let last: { readonly effect: Send; readonly step: Now } | undefined;
  const answers = new WeakMap<Send, Trace>();
  let followed = 0;

  function follow(trace: Trace, index: number, since: Millis): void {
    const noted = paths();
    if (!noted || followed >= MOST_FOLLOWED) return;
    followed += 1;
    const free = (): void => {
      followed -= 1;
    };
    followFirstDown(noted, index, since, ended, (at) => traces.stage(trace, 'firstPacket', at), free);
  }

  return {
    asked(effect, step) {
      if (effect.message.kind === 'bindingAcknowledgement') last = { effect, step };
    },
    transition(t, step, pathsSwitched, timestamp) {
      const kind = kindOf(t);
      if (!kind) return;
      const sent = sentBefore(step, timestamp);
      const stages = { ...(sent === undefined ? {} : { pbuSent: sent }), pbuReceived: step.at, ...(pathsSwitched === undefined ? {} : { pathsSwitched }) };
      const trace: Trace = { kind, transition: t, stages, sender: String(t.detail?.['mag'] ?? t.detail?.['careOf']), exchange: timestamp || `${step.wall} ${t.subject}` };
      traces.add(trace);
      if (last?.step === step) answers.set(last.effect, trace);
      if (pathsSwitched !== undefined) follow(trace, Number(t.detail?.['index']), pathsSwitched);
    },
    sending(effect, transmit) {
      const trace = answers.get(effect);
      if (!trace) return transmit();
      traces.stage(trace, 'stored', now().at);
      transmit();
      traces.stage(trace, 'pbaSent', now().at);
    },
  };
}

/** Undefined: no session came into being or moved. */
function kindOf({ from, to, detail }: Transition): Trace['kind'] | undefined {
  if (to !== 'ACTIVE' || detail?.['handoff'] === undefined || detail['status'] !== undefined) return undefined;
  if (from === 'NONE') return 'attach';
  return detail['before'] === (detail['mag'] ?? detail['careOf']) ? 'move' : 'handover';
}

/** When the PBU left, by its gateway's clock: not after it came, and not long before. */
function sentBefore(step: Now, timestamp: Timestamp | undefined): Millis | undefined {
  const ago = timestamp ? step.wall - timestampToWall(timestamp) : -1;
  return ago >= 0 && ago <= CREDIBLE ? step.at - ago : undefined;
}
