/**
 * The conversation with ubusd about some hostapd objects as a pure entity: `step(session, input, now) -> effects`,
 * `deadline(session)`. It looks the objects up, subscribes to them and reads their stations; whatever goes away (an object,
 * hostapd, ubusd) is looked for again, after pauses that grow.
 *
 * A notification does not say which object it is from, only to which subscriber it goes; so each object watched gets an
 * anonymous subscriber of its own.
 */
import { decode, DecodeError } from '../../../protocol/codec.ts';
import type { Mac } from '../../../protocol/mac.ts';
import type { Deadline, Millis } from '../../../protocol/units.ts';
import { onMessage } from './answers.ts';
import { boolean, fields, int32, string } from './blobmsg.ts';
import { ask, createBss, down, onNoClients, type Bss } from './bss.ts';
import { message, splitter } from './message.ts';
import { bssContext, count, invoke, lookUp, type Context, type Effect, type Session, type Timing, type Watch } from './requests.ts';

export const TIMING: Timing = { audit: 15_000, retry: 500, poll: 50, patience: 30_000, debounce: 1000, reply: 3000, longestRetry: 4000 };

export type Input =
  /** The socket cannot be opened or used, or ubusd closed it. */
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'octets'; readonly octets: Uint8Array }
  | { readonly kind: 'deauthenticate'; readonly path: string; readonly mac: Mac }
  | { readonly kind: 'timer' };

const GLOBAL = 'hostapd';

/** `paths`: hostapd objects, such as `hostapd.phy0-ap0`. */
export function createSession(paths: readonly string[], timing: Partial<Timing> = {}): Session {
  const t = { ...TIMING, ...timing };
  const watch = (path: string, bss: Bss | undefined): Watch => ({ path, bss, subscriber: undefined, object: undefined, lookUpAt: Infinity, pause: t.retry });
  return {
    timing: t,
    watches: [watch(GLOBAL, undefined), ...paths.map((path) => watch(path, createBss()))],
    link: 'closed',
    linkAt: -Infinity,
    linkPause: t.retry,
    split: splitter(),
    seq: 0,
    pending: new Map(),
  };
}

export function deadline(s: Session): Deadline {
  if (s.link === 'closed') return { at: s.linkAt, why: 'connect to ubusd' };
  const [oldest] = s.pending.values();
  const all: Deadline[] = [
    { at: s.linkAt, why: 'HELLO of ubusd' },
    ...(oldest ? [{ at: oldest.sentAt + s.timing.reply, why: `answer to ${oldest.request.kind}` }] : []),
    ...s.watches.map(({ path, lookUpAt }) => ({ at: lookUpAt, why: `look for ${path}` })),
    ...s.watches.map(({ path, bss }) => ({ at: bss?.askAt ?? Infinity, why: `stations of ${path}` })),
  ];
  return all.reduce((first, other) => (other.at < first.at ? other : first));
}

export function step(s: Session, input: Input, at: Millis): readonly Effect[] {
  const c: Context = { s, at, effects: [] };
  switch (input.kind) {
    case 'failed':
      lose(c, input.reason);
      break;
    case 'octets':
      onOctets(c, input.octets);
      break;
    case 'deauthenticate':
      for (const watch of s.watches) if (watch.path === input.path && watch.object !== undefined) deauthenticate(c, watch, watch.object, input.mac);
      break;
    case 'timer':
      onTimer(c);
      break;
  }
  return c.effects;
}

/** IEEE 802.11 table 9-49: previous authentication no longer valid. */
const REASON = 2;

const deauthenticate = (c: Context, watch: Watch, object: number, mac: Mac): void =>
  invoke(c, { kind: 'remove', watch }, object, 'del_client', fields({ addr: string(mac), reason: int32(REASON), deauth: boolean(true), ban_time: int32(0) }));

function onTimer(c: Context): void {
  const { s, at } = c;
  if (s.link !== 'greeted') {
    if (s.linkAt > at) return;
    if (s.link === 'open') return lose(c, 'ubusd does not say HELLO');
    Object.assign(s, { link: 'open', linkAt: at + s.timing.reply, split: splitter() });
    c.effects.push({ kind: 'open' });
    return;
  }
  for (const [seq, { sentAt, request }] of s.pending) {
    if (sentAt + s.timing.reply > at) break;
    s.pending.delete(seq);
    // The others are for ubusd alone, and it answers at once or never.
    if (request.kind !== 'clients' && request.kind !== 'remove') return lose(c, `ubusd does not answer (${request.kind})`);
    if (request.watch.bss) onNoClients(bssContext(c, request.watch), request.watch.bss, `hostapd does not answer on ${request.watch.path}`);
  }
  for (const watch of s.watches) {
    if (watch.lookUpAt <= at) lookUp(c, watch);
    if (watch.bss && watch.bss.askAt <= at) ask(bssContext(c, watch), watch.bss);
  }
}

function onOctets(c: Context, octets: Uint8Array): void {
  let whole: readonly Uint8Array[];
  try {
    whole = c.s.split(octets);
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    count(c, `ubus: ${e.reason}`);
    return lose(c, `what answers is no ubusd: ${e.message}`);
  }
  for (const one of whole) {
    if (c.s.link === 'closed') return;
    try {
      const useless = onMessage(c, decode(message, one));
      if (useless !== undefined) lose(c, useless);
    } catch (e) {
      if (!(e instanceof DecodeError)) throw e;
      count(c, `ubus: ${e.reason}`);
    }
  }
}

function lose(c: Context, reason: string): void {
  const { s, at } = c;
  if (s.link !== 'closed') c.effects.push({ kind: 'close' });
  Object.assign(s, { link: 'closed', linkAt: at + s.linkPause, linkPause: Math.min(2 * s.linkPause, s.timing.longestRetry) });
  s.pending.clear();
  for (const watch of s.watches) {
    Object.assign(watch, { subscriber: undefined, object: undefined, lookUpAt: Infinity, pause: s.timing.retry });
    if (watch.bss) down(bssContext(c, watch), watch.bss, reason);
  }
}
