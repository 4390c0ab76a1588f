/**
 * What happens at this anchor as a stream at the control socket, for a fleet service that keeps a picture of it: each change of a
 * session, and each handover once it is answered. Names are in it, as `identities` says, so it is for root alone. Nothing is made
 * while nobody follows, and what a reader is too slow for is counted, so that it knows to ask for all sessions anew.
 */
import { formatPrefix } from '../protocol/address.ts';
import type { Transition } from '../protocol/entity.ts';
import { afterwards } from '../runtime/afterwards.ts';
import type { Stream, StreamHandler } from '../runtime/control.ts';
import type { Shown } from '../runtime/identities.ts';
import { shownTrace, traceId, type ShownTrace, type Trace } from '../runtime/traces.ts';
import type { BindingCacheEntry } from './lma/bindingCache.ts';

/** A session as it is now; of one that ended only what tells it from others. */
export interface SessionChange {
  readonly kind: 'session';
  readonly index: number;
  readonly service: string;
  readonly mnnai: string;
  readonly llid?: string;
  readonly state: string;
  readonly reason: string;
  readonly wall: number;
  readonly apn?: string;
  readonly addresses?: readonly string[];
  readonly mag?: string;
  readonly coa?: string;
  readonly encap?: string;
  readonly lifetime?: number;
}

/** A PBU that asked for a session, new or from elsewhere, and got a status of 128 or more. */
export interface Refusal {
  readonly kind: 'refused';
  /** As traces have it; absent where the PBU had no timestamp. */
  readonly id?: string;
  readonly mnnai: string;
  readonly llid?: string;
  readonly mag: string;
  readonly status: number;
  readonly reason: string;
  readonly wall: number;
}

export interface FollowedTrace {
  readonly kind: 'trace';
  readonly trace: ShownTrace;
}

export type Followed = SessionChange | Refusal | FollowedTrace;

export type FollowEvent =
  | { readonly kind: 'on' }
  /** In their order. */
  | { readonly kind: 'happened'; readonly all: readonly Followed[] }
  /** So many were lost since the last event: the reader is too slow. */
  | { readonly kind: 'lost'; readonly events: number };

export interface Follow {
  /** @param entry of the session, if it goes on */
  transition(t: Transition, service: string, entry: () => BindingCacheEntry | undefined): void;
  /** `onStage` of traces: told when its PBA has left. */
  readonly stage: (trace: Trace, name: string) => void;
  readonly streams: { readonly follow: StreamHandler };
  close(): void;
}

/** HI 5: a session that is extended where it is (RFC 5213 §8.4). */
const NOT_CHANGED = 5;

export function createFollow(shown: Shown): Follow {
  const readers = new Map<Stream, { lost: number }>();
  let waiting: Followed[] = [];
  const flush = afterwards<undefined>(() => {
    const all = waiting;
    waiting = [];
    for (const [stream, reader] of readers) deliver(stream, reader, all);
  });

  function deliver(stream: Stream, reader: { lost: number }, all: readonly Followed[]): void {
    if (reader.lost > 0 && stream.send({ kind: 'lost', events: reader.lost } satisfies FollowEvent)) reader.lost = 0;
    if (reader.lost > 0 || !stream.send({ kind: 'happened', all } satisfies FollowEvent)) reader.lost += all.length;
  }

  function happened(event: Followed): void {
    if (waiting.push(event) === 1) flush.add(undefined);
  }

  return {
    transition(t, service, entry) {
      if (readers.size === 0) return;
      const refused = refusalIn(t, shown);
      if (refused) happened(refused);
      else if (typeof t.detail?.['index'] === 'number') happened(changeOf(t, t.detail['index'], service, entry(), shown));
    },
    stage(trace, name) {
      if (readers.size > 0 && name === 'pbaSent') happened({ kind: 'trace', trace: shownTrace(trace, shown) });
    },
    streams: {
      follow: () => (stream) => {
        stream.send({ kind: 'on' } satisfies FollowEvent);
        readers.set(stream, { lost: 0 });
        stream.onClose(() => readers.delete(stream));
      },
    },
    close: () => flush.flush(),
  };
}

const who = (t: Transition, shown: Shown) => ({ mnnai: shown(t.subject), ...(t.linkLayerId === undefined ? {} : { llid: shown(t.linkLayerId) }), reason: t.reason, wall: t.wall });

function refusalIn(t: Transition, shown: Shown): Refusal | undefined {
  const { status, handoff, lifetime, mag, careOf } = t.detail ?? {};
  if (typeof status !== 'number' || status < 128 || handoff === NOT_CHANGED || lifetime === 0) return undefined;
  const sender = String(mag ?? careOf);
  return { kind: 'refused', ...(t.exchange === undefined ? {} : { id: traceId({ sender, exchange: t.exchange }) }), ...who(t, shown), mag: sender, status };
}

function changeOf(t: Transition, index: number, service: string, entry: BindingCacheEntry | undefined, shown: Shown): SessionChange {
  const change = { kind: 'session', index, service, ...who(t, shown), state: t.to } as const;
  if (t.to === 'NONE' || !entry) return change;
  return {
    ...change,
    apn: entry.apn,
    addresses: [...(entry.homeAddress ? [entry.homeAddress.address] : []), ...entry.prefixes.map(formatPrefix)],
    ...(entry.mag === undefined ? {} : { mag: entry.mag }),
    coa: entry.proxyCoa,
    encap: entry.encapsulation ?? 'none',
    lifetime: entry.lifetime,
  };
}
