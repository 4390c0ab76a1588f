/**
 * An object of ours on ubus as a pure entity: `step(provider, input, now) -> effects`, `deadline(provider)`. It is announced with
 * its methods, calls come in and are answered in whatever order they are done; a ubusd that goes is looked for again.
 */
import { decode, DecodeError, encode } from '../../../protocol/codec.ts';
import type { Deadline, Millis } from '../../../protocol/units.ts';
import { fields, int32, type Table, type Value } from './blobmsg.ts';
import { asData, dataOf, message, OK, splitter, statusText, type Attributes, type Message, type MessageType } from './message.ts';

/** Methods, and of each its arguments. The types are for whoever lists the object (`ubus -v list`): ubusd does not look at them. */
export type Methods = Readonly<Record<string, Readonly<Record<string, 'string' | 'int32'>>>>;

/** Who asked, and when: an answer to a connection that is gone is nobody's. */
export interface Asked {
  readonly connection: number;
  readonly seq: number;
  readonly peer: number;
  /** It waits for no answer. */
  readonly quiet: boolean;
}

export type ProviderInput =
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'octets'; readonly octets: Uint8Array }
  | { readonly kind: 'answered'; readonly asked: Asked; readonly result: Table }
  | { readonly kind: 'timer' };

export type ProviderEffect =
  | { readonly kind: 'open' }
  | { readonly kind: 'close' }
  | { readonly kind: 'send'; readonly octets: Uint8Array }
  /** `given` holds declared arguments alone: rpcd adds its session to what it passes on. */
  | { readonly kind: 'call'; readonly asked: Asked; readonly method: string; readonly given: Table }
  /** The object is there, or is not, and why. */
  | { readonly kind: 'published'; readonly missing?: string }
  | { readonly kind: 'count'; readonly reason: string };

export interface Provider {
  readonly path: string;
  readonly methods: Methods;
  /** `greeted`: ubusd said HELLO and was told of the object. */
  link: 'closed' | 'open' | 'greeted' | 'published';
  /** When the link is opened, or ubusd should have said its word. */
  linkAt: Millis;
  pause: Millis;
  /** Of how many this is. */
  connection: number;
  split: ReturnType<typeof splitter>;
  /** As ubusd numbers it. */
  object: number;
}

interface Context {
  readonly p: Provider;
  readonly at: Millis;
  readonly effects: ProviderEffect[];
}

const REPLY: Millis = 3000;
const RETRY: Millis = 500;
const LONGEST_RETRY: Millis = 30_000;
const ANNOUNCEMENT = 1;
/** ubusmsg.h */
const INVALID_ARGUMENT = 2;
const METHOD_NOT_FOUND = 3;

export const createProvider = (path: string, methods: Methods): Provider => ({ path, methods, link: 'closed', linkAt: -Infinity, pause: RETRY, connection: 0, split: splitter(), object: 0 });

export const deadline = (p: Provider): Deadline | undefined => (p.link === 'published' ? undefined : { at: p.linkAt, why: p.link === 'closed' ? 'connect to ubusd' : 'word of ubusd' });

export function step(p: Provider, input: ProviderInput, at: Millis): readonly ProviderEffect[] {
  const c: Context = { p, at, effects: [] };
  switch (input.kind) {
    case 'failed':
      lose(c, input.reason);
      break;
    case 'octets':
      onOctets(c, input.octets);
      break;
    case 'answered':
      answer(c, input.asked, input.result);
      break;
    case 'timer':
      if (p.link === 'published' || p.linkAt > at) break;
      if (p.link !== 'closed') lose(c, 'ubusd does not answer');
      else {
        Object.assign(p, { link: 'open', linkAt: at + REPLY, split: splitter(), connection: p.connection + 1 });
        c.effects.push({ kind: 'open' });
      }
      break;
  }
  return c.effects;
}

function onOctets(c: Context, octets: Uint8Array): void {
  try {
    for (const one of c.p.split(octets)) {
      if (c.p.link === 'closed') return;
      onMessage(c, decode(message, one));
    }
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    c.effects.push({ kind: 'count', reason: `ubus: ${e.reason}` });
    lose(c, `what answers is no ubusd: ${e.message}`);
  }
}

function onMessage(c: Context, m: Message): void {
  const { p } = c;
  const { objectId, status } = m.attributes;
  if (p.link === 'open' && m.type === 'hello') {
    Object.assign(p, { link: 'greeted', linkAt: c.at + REPLY });
    return send(c, 'addObject', ANNOUNCEMENT, 0, { objectPath: p.path, signature: asData(signatureOf(p.methods)) });
  }
  if (p.link === 'greeted' && m.seq === ANNOUNCEMENT) {
    if (m.type === 'data' && objectId !== undefined) p.object = objectId;
    if (m.type !== 'status') return;
    if (status !== OK) return lose(c, `ubusd does not take the object ${p.path}: ${statusText(status ?? OK)}; another process may have it`);
    Object.assign(p, { link: 'published', linkAt: Infinity, pause: RETRY });
    c.effects.push({ kind: 'published' });
    return;
  }
  if (p.link === 'published' && m.type === 'invoke' && objectId === p.object) onCall(c, m);
}

function onCall(c: Context, m: Message): void {
  const { p } = c;
  const { method = '', noReply = 0 } = m.attributes;
  const asked: Asked = { connection: p.connection, seq: m.seq, peer: m.peer, quiet: noReply !== 0 };
  const declared = Object.hasOwn(p.methods, method) ? p.methods[method] : undefined;
  if (!declared) return reply(c, asked, 'status', { status: METHOD_NOT_FOUND });
  try {
    c.effects.push({ kind: 'call', asked, method, given: new Map([...dataOf(m)].filter(([name]) => Object.hasOwn(declared, name))) });
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    c.effects.push({ kind: 'count', reason: `ubus: ${e.reason}` });
    reply(c, asked, 'status', { status: INVALID_ARGUMENT });
  }
}

function answer(c: Context, asked: Asked, result: Table): void {
  if (c.p.link !== 'published' || asked.connection !== c.p.connection) return;
  reply(c, asked, 'data', { data: asData(result) });
  reply(c, asked, 'status', { status: OK });
}

function reply(c: Context, { seq, peer, quiet }: Asked, type: 'data' | 'status', attributes: Attributes): void {
  if (!quiet) send(c, type, seq, peer, { ...attributes, objectId: c.p.object });
}

const send = (c: Context, type: MessageType, seq: number, peer: number, attributes: Attributes): void => void c.effects.push({ kind: 'send', octets: encode(message, { type, seq, peer, attributes }) });

/** Types of arguments by blobmsg's numbers (blobmsg.h). */
const TYPES = { string: 3, int32: 5 } as const;

function signatureOf(methods: Methods): Table {
  const argumentsOf = (declared: Methods[string]): Value => ({ type: 'table', value: fields(Object.fromEntries(Object.entries(declared).map(([name, type]) => [name, int32(TYPES[type])]))) });
  return fields(Object.fromEntries(Object.entries(methods).map(([name, declared]) => [name, argumentsOf(declared)])));
}

function lose(c: Context, reason: string): void {
  const { p, at } = c;
  if (p.link !== 'closed') c.effects.push({ kind: 'close' });
  Object.assign(p, { link: 'closed', linkAt: at + p.pause, pause: Math.min(2 * p.pause, LONGEST_RETRY), object: 0 });
  c.effects.push({ kind: 'published', missing: reason });
}
