/** What the session knows, and what it asks of ubusd. */
import { encode } from '../../../protocol/codec.ts';
import type { Millis } from '../../../protocol/units.ts';
import type { Table } from './blobmsg.ts';
import type { Bss, BssContext, BssReport, BssTiming } from './bss.ts';
import { asData, message, type Attributes, type Message, type MessageType, type splitter } from './message.ts';

export interface Timing extends BssTiming {
  /** How long ubusd and hostapd may think about a request. */
  readonly reply: Millis;
  /** Longest pause before a connection or an object is tried again; the first is `retry`. */
  readonly longestRetry: Millis;
}

/** An object that is looked for and subscribed to. */
export interface Watch {
  readonly path: string;
  /** Undefined for the object `hostapd`, which tells of its BSSs. */
  readonly bss: Bss | undefined;
  /** Our subscriber, as ubusd numbers it. */
  subscriber: number | undefined;
  /** The object, while there is one and we are subscribed. */
  object: number | undefined;
  lookUpAt: Millis;
  pause: Millis;
}

export type Request =
  | { readonly kind: 'subscriber' | 'lookUp' | 'clients' | 'remove'; readonly watch: Watch }
  | { readonly kind: 'subscribe'; readonly watch: Watch; readonly object: number }
  /** For events of new objects. */
  | { readonly kind: 'listen' };

export interface Pending {
  readonly request: Request;
  readonly sentAt: Millis;
  data: Message | undefined;
}

export interface Session {
  readonly timing: Timing;
  readonly watches: readonly Watch[];
  /** `greeted`: ubusd said HELLO. */
  link: 'closed' | 'open' | 'greeted';
  /** When the link is opened, or ubusd should have greeted. */
  linkAt: Millis;
  linkPause: Millis;
  split: ReturnType<typeof splitter>;
  seq: number;
  /** By sequence number, the oldest first. */
  readonly pending: Map<number, Pending>;
}

export type Effect =
  | { readonly kind: 'open' }
  | { readonly kind: 'close' }
  | { readonly kind: 'send'; readonly octets: Uint8Array }
  | { readonly kind: 'report'; readonly path: string; readonly report: BssReport }
  | { readonly kind: 'count'; readonly reason: string };

export interface Context {
  readonly s: Session;
  readonly at: Millis;
  readonly effects: Effect[];
}

export const count = (c: Context, reason: string): void => void c.effects.push({ kind: 'count', reason });

export function send(c: Context, request: Request, type: MessageType, peer: number, attributes: Attributes): void {
  const { s } = c;
  do s.seq = (s.seq + 1) % 2 ** 16;
  while (s.pending.has(s.seq));
  s.pending.set(s.seq, { request, sentAt: c.at, data: undefined });
  c.effects.push({ kind: 'send', octets: encode(message, { type, seq: s.seq, peer, attributes }) });
}

export const invoke = (c: Context, request: Request, object: number, method: string, data: Table): void =>
  send(c, request, 'invoke', object, { objectId: object, method, data: asData(data) });

/** Unless it is found already, or about to be: ubusd would note a second subscription, and tell everything twice. */
export function lookUp(c: Context, watch: Watch): void {
  watch.lookUpAt = Infinity;
  const underWay = [...c.s.pending.values()].some(({ request: r }) => (r.kind === 'lookUp' || r.kind === 'subscribe') && r.watch === watch);
  if (watch.subscriber !== undefined && watch.object === undefined && !underWay) send(c, { kind: 'lookUp', watch }, 'lookup', 0, { objectPath: watch.path });
}

export function bssContext(c: Context, watch: Watch): BssContext {
  return {
    at: c.at,
    timing: c.s.timing,
    ask: () => invoke(c, { kind: 'clients', watch }, watch.object ?? 0, 'get_clients', new Map()),
    comesElsewhere: (mac) => c.s.watches.some(({ bss }) => bss !== watch.bss && bss?.waiting.has(mac)),
    tell: (report) => c.effects.push({ kind: 'report', path: watch.path, report }),
    count: (reason) => count(c, reason),
  };
}
