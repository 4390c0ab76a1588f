/** Live events to browsers: server-sent events (HTML Living Standard §9.2) with resume. Timers are the caller's: `tick`. */
import { randomBytes } from 'node:crypto';
import type { LiveEvents } from './resources/network.ts';
import type { Role } from './resources/people.ts';
import { mayAs, Refused, type Access } from './route.ts';

/** What the parts say to whoever looks. */
export interface Live {
  publish<K extends keyof LiveEvents>(kind: K, value: LiveEvents[K]): void;
}

export interface Viewer {
  /** Streams of the same one are counted together. */
  readonly key: string;
  readonly role: Access;
  /** False once the session or token has ended. */
  alive(): boolean;
  /** Somebody looks at what it shows: the session is in use. */
  used(): void;
  /** Closes the connection, with all that waits to be written to it. */
  hangUp(): void;
}

export interface LiveStream extends Live {
  /** @param lastEventId what the browser has; `''`: nothing yet. @throws Refused 429 */
  open(viewer: Viewer, lastEventId: string): ReadableStream<Uint8Array>;
  /** Ends streams whose viewer is signed out. To be called when that may be so, and every `HEARTBEAT` milliseconds with `true`. */
  tick(heartbeat?: boolean): void;
  /** Nothing of before is told again: whoever comes back loads everything anew. */
  forget(): void;
  readonly readers: number;
  /** Readers that were cut because they did not read. */
  readonly cut: number;
  close(): void;
}

export interface Bounds {
  /** Events and octets that are kept for those who come back. */
  readonly ring: { readonly events: number; readonly octets: number };
  /** Octets that may wait for one reader. */
  readonly unread: number;
  readonly perViewer: number;
}
export const HEARTBEAT = 15_000;
const BOUNDS: Bounds = { ring: { events: 5000, octets: 8 << 20 }, unread: 2 << 20, perViewer: 8 };
/** Milliseconds until a browser comes back. */
const RETRY = 2000;

/** Claims are for those who can accept them. */
const NEEDS: Readonly<Record<keyof LiveEvents, Role>> = { overview: 'viewer', handovers: 'viewer', home: 'viewer', homeRemoved: 'viewer', alert: 'viewer', rollout: 'viewer', claim: 'operator', reset: 'viewer' };

interface Kept {
  readonly number: number;
  readonly kind: keyof LiveEvents;
  readonly octets: Uint8Array;
}

interface Reader {
  readonly viewer: Viewer;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
}

const utf8 = new TextEncoder();

/** @param run names this process' numbering: ids of another are not ours */
export function createLiveStream(bounds: Bounds = BOUNDS, run = randomBytes(6).toString('hex')): LiveStream {
  let ring: Kept[] = [];
  let octets = 0;
  let number = 0;
  let cut = 0;
  const readers = new Set<Reader>();

  const frame = (id: number, kind: keyof LiveEvents, value: unknown): Uint8Array => utf8.encode(`id: ${run}-${id}\nevent: ${kind}\ndata: ${JSON.stringify(value)}\n\n`);

  const send = (reader: Reader, what: Uint8Array): void => {
    // Of a stream by octets: how many may still wait.
    if ((reader.controller.desiredSize ?? 0) < what.length) {
      cut += 1;
      readers.delete(reader);
      reader.viewer.hangUp();
    } else reader.controller.enqueue(what);
  };

  const drop = (reader: Reader): void => {
    if (readers.delete(reader)) reader.controller.close();
  };

  const begin = (reader: Reader, lastEventId: string): void => {
    const after = place(lastEventId);
    const missed = after === undefined ? [] : ring.filter((e) => e.number > after && mayAs(reader.viewer.role, NEEDS[e.kind]));
    const tooOld = after === undefined ? lastEventId !== '' : after < (ring[0]?.number ?? number + 1) - 1 || after > number;
    // More than a reader may leave unread is nothing to begin with.
    const lost = tooOld || missed.reduce((sum, e) => sum + e.octets.length, 0) > bounds.unread / 2;
    // An id without data: the browser has a place to come back to before the first event.
    reader.controller.enqueue(utf8.encode(`retry: ${RETRY}\nid: ${run}-${after === undefined || lost ? number : after}\n\n`));
    if (lost) send(reader, frame(number, 'reset', {}));
    else for (const event of missed) send(reader, event.octets);
  };

  const place = (id: string): number | undefined => {
    const m = /^([0-9a-f]+)-(\d{1,15})$/.exec(id);
    return m && m[1] === run ? Number(m[2]) : undefined;
  };

  return {
    publish(kind, value) {
      number += 1;
      const event: Kept = { number, kind, octets: frame(number, kind, value) };
      ring.push(event);
      octets += event.octets.length;
      let first = 0;
      for (; ring.length - first > bounds.ring.events || octets > bounds.ring.octets; first++) octets -= (ring[first] as Kept).octets.length;
      if (first > 0) ring = ring.slice(first);
      for (const reader of readers) if (mayAs(reader.viewer.role, NEEDS[kind])) send(reader, event.octets);
    },
    open(viewer, lastEventId) {
      if ([...readers].filter((r) => r.viewer.key === viewer.key).length >= bounds.perViewer) throw new Refused(429, `there are ${bounds.perViewer} streams of events open already: close some pages`, { retryAfter: 30 });
      let reader: Reader | undefined;
      return new ReadableStream<Uint8Array>(
        {
          start(controller) {
            reader = { viewer, controller };
            readers.add(reader);
            begin(reader, lastEventId);
          },
          cancel() {
            if (reader) readers.delete(reader);
          },
        },
        new ByteLengthQueuingStrategy({ highWaterMark: bounds.unread }),
      );
    },
    tick(heartbeat = false) {
      for (const reader of readers) {
        if (!reader.viewer.alive()) drop(reader);
        else if (heartbeat) {
          reader.viewer.used();
          send(reader, utf8.encode(':\n\n'));
        }
      }
    },
    forget() {
      ring = [];
      octets = 0;
    },
    get readers() {
      return readers.size;
    },
    get cut() {
      return cut;
    },
    close() {
      for (const reader of readers) drop(reader);
    },
  };
}
