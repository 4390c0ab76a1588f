/**
 * Handovers as traces: what happened when, stage by stage, the last so many of them. Each end of a tunnel keeps its own part;
 * both give it the same id, which the PBU's sender and timestamp make, so that the parts can be laid side by side.
 */
import { createHash } from 'node:crypto';
import type { Transition } from '../protocol/entity.ts';
import type { Millis, UnixMillis } from '../protocol/units.ts';
import type { Shown } from './identities.ts';

export interface Trace {
  /** The gateway, and what tells its PBU from all others of it: the timestamp. */
  readonly sender: string;
  readonly exchange: string | bigint;
  readonly kind: 'attach' | 'handover' | 'move';
  readonly transition: Transition;
  /** Instants on the clock of `transition.at`, by stage. */
  readonly stages: Record<string, Millis>;
}

/** Milliseconds after `wall`, when the first stage was. */
export interface ShownTrace {
  /** 32 hex digits, as OpenTelemetry has them; the same at both ends. */
  readonly id: string;
  readonly entity: Transition['entity'];
  readonly kind: Trace['kind'];
  readonly mnnai: string;
  readonly llid?: string;
  /** The gateway that it came from, if any, and where it is now; index of the binding and what else the record of the change says. */
  readonly detail: NonNullable<Transition['detail']>;
  readonly reason: string;
  readonly wall: UnixMillis;
  readonly stages: Readonly<Record<string, Millis>>;
}

export interface Traces {
  add(trace: Trace): void;
  stage(trace: Trace, name: string, at: Millis): void;
  /** The newest first. */
  all(shown: Shown): ShownTrace[];
}

export interface TraceOptions {
  /** How many are kept. */
  readonly size?: number;
  /** Each stage as it becomes known. */
  readonly onStage?: (trace: Trace, stage: string, at: Millis) => void;
}

export function createTraces({ size = 1024, onStage }: TraceOptions = {}): Traces {
  const ring: Trace[] = [];
  let next = 0;
  return {
    add(trace) {
      ring[next] = trace;
      next = (next + 1) % size;
      for (const [name, at] of Object.entries(trace.stages)) onStage?.(trace, name, at);
    },
    stage(trace, name, at) {
      trace.stages[name] = at;
      onStage?.(trace, name, at);
    },
    all: (shown) => [...ring.slice(next), ...ring.slice(0, next)].toReversed().map((t) => shownTrace(t, shown)),
  };
}

/** Made when somebody looks: thousands of handovers a second must not pay for it. */
export const traceId = ({ sender, exchange }: Pick<Trace, 'sender' | 'exchange'>): string => createHash('sha256').update(`${sender} ${exchange}`).digest('hex').slice(0, 32);

export function shownTrace(trace: Trace, shown: Shown): ShownTrace {
  const { kind, transition: t, stages } = trace;
  const inOrder = Object.entries(stages).toSorted(([, a], [, b]) => a - b);
  const first = inOrder[0]?.[1] ?? t.at;
  return {
    id: traceId(trace),
    entity: t.entity,
    kind,
    mnnai: shown(t.subject),
    ...(t.linkLayerId === undefined ? {} : { llid: shown(t.linkLayerId) }),
    detail: t.detail ?? {},
    reason: t.reason,
    wall: t.wall - (t.at - first),
    stages: Object.fromEntries(inOrder.map(([name, at]) => [name, Math.round((at - first) * 1000) / 1000])),
  };
}
