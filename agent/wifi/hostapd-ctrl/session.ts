/**
 * The conversation with one control socket as a pure entity: `step(session, input, now) -> effects`, `deadline(session)`.
 *
 * Requests go out one at a time, because hostapd answers in order and numbers nothing. What a monitor is told may get lost
 * (hostapd drops a monitor whose queue is full, and tells nobody), so the station list is the authority: it is read after
 * every attach, and again now and then to see whether it is still what the events said.
 */
import type { Mac } from '../../../protocol/mac.ts';
import type { Deadline, Millis } from '../../../protocol/units.ts';
import { parseEvent } from './event.ts';
import type { HostapdEvent } from './event.ts';
import { about, put, type Question } from './questions.ts';
import { parseStation, parseStatus } from './reply.ts';
import type { Station, Status } from './reply.ts';
import { commandOf } from './request.ts';
import type { Evidence, Request } from './request.ts';
import { TIMING, type Timing } from './timing.ts';

export type Input =
  | { readonly kind: 'opened' }
  /** The socket cannot be opened or used. */
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'datagram'; readonly text: string }
  | { readonly kind: 'deauthenticate'; readonly mac: Mac }
  | { readonly kind: 'timer' };

/** What the user of the client gets to know. */
export type Report =
  /** `at`: when hostapd said so, on the clock of `step`. Comes again when a station comes back without having left. */
  | { readonly kind: 'attached'; readonly mac: Mac; readonly identity?: string; readonly at: Millis }
  | { readonly kind: 'detached'; readonly mac: Mac; readonly reason: string }
  /** All authorized stations: at the beginning and after every gap. Replaces what was told before. */
  | { readonly kind: 'list'; readonly stations: readonly Station[] }
  | { readonly kind: 'up'; readonly status: Status }
  | { readonly kind: 'down'; readonly reason: string }
  /** More events came than could be looked into one by one: a `list` follows instead. */
  | { readonly kind: 'overrun' }
  /** An event that means nothing here. */
  | { readonly kind: 'unknown'; readonly text: string };

export type Effect = Report | { readonly kind: 'open' } | { readonly kind: 'close' } | { readonly kind: 'send'; readonly text: string };

interface Listing {
  /** An audit only compares; else the list is told. */
  readonly audit: boolean;
  readonly found: Map<Mac, Station>;
  /** Stations that came or went meanwhile: hostapd is asked about each that came, and the list says nothing of them. */
  readonly touched: Set<Mac>;
  /** The station that it was to be continued from has gone. */
  broken: boolean;
  attempts: number;
}

export interface Session {
  readonly timing: Timing;
  open: boolean;
  /** Undefined: nothing is known yet. */
  up: boolean | undefined;
  status: Status | undefined;
  retryAt: Millis;
  lastHeard: Millis;
  auditAt: Millis;
  queue: Request[];
  outstanding: { readonly request: Request; readonly sentAt: Millis; readonly ignored?: boolean } | undefined;
  listing: Listing | undefined;
  /** Authorized stations, and on what evidence they attached last. */
  readonly stations: Map<Mac, { readonly at: Millis; readonly by: Evidence | 'list' }>;
}

export const createSession = (timing: Partial<Timing> = {}): Session => ({
  timing: { ...TIMING, ...timing },
  open: false,
  up: undefined,
  status: undefined,
  retryAt: -Infinity,
  lastHeard: 0,
  auditAt: Infinity,
  queue: [],
  outstanding: undefined,
  listing: undefined,
  stations: new Map(),
});

const MAX_LISTINGS = 20;

export function deadline(s: Session): Deadline {
  if (!s.open) return { at: s.retryAt, why: 'open the control socket' };
  if (s.outstanding) return { at: s.outstanding.sentAt + s.timing.reply, why: `answer to ${commandOf(s.outstanding.request)}` };
  const pingAt = s.lastHeard + s.timing.ping;
  return pingAt < s.auditAt ? { at: pingAt, why: 'ping hostapd' } : { at: s.auditAt, why: 'compare the station list' };
}

interface Context {
  readonly s: Session;
  readonly at: Millis;
  readonly effects: Effect[];
}

export function step(s: Session, input: Input, at: Millis): readonly Effect[] {
  const c: Context = { s, at, effects: [] };
  switch (input.kind) {
    case 'opened':
      Object.assign(s, { open: true, lastHeard: at, auditAt: at + s.timing.audit });
      s.queue = [{ kind: 'attach' }, { kind: 'status' }];
      break;
    case 'failed':
      lose(c, input.reason);
      break;
    case 'datagram':
      if (s.open) onDatagram(c, input.text);
      break;
    case 'deauthenticate':
      if (s.open) s.queue.push({ kind: 'deauthenticate', mac: input.mac });
      break;
    case 'timer':
      onTimer(c);
      break;
  }
  const request = s.open && !s.outstanding ? s.queue.shift() : undefined;
  if (request) {
    s.outstanding = { request, sentAt: at };
    c.effects.push({ kind: 'send', text: commandOf(request) });
  }
  return c.effects;
}

function onTimer(c: Context): void {
  const { s, at } = c;
  if (deadline(s).at > at) return;
  if (!s.open) c.effects.push({ kind: 'open' });
  else if (s.outstanding) lose(c, `hostapd does not answer ${commandOf(s.outstanding.request)}`);
  else if (s.auditAt <= at) {
    s.auditAt = at + s.timing.audit;
    if (s.up) list(c, true);
    else s.queue.push({ kind: 'status' });
  } else s.queue.push({ kind: 'ping' });
}

function onDatagram(c: Context, text: string): void {
  c.s.lastHeard = c.at;
  const event = parseEvent(text);
  if (event) {
    onEvent(c, event);
    return;
  }
  const answered = c.s.outstanding;
  c.s.outstanding = undefined;
  // An answer to nothing does no harm.
  if (answered && !answered.ignored) onReply(c, answered.request, text);
}

function onEvent(c: Context, event: HostapdEvent): void {
  const { s } = c;
  switch (event.kind) {
    case 'stationConnected':
      return ask(c, event.mac, 'connected');
    case 'eapSuccess':
      return ask(c, event.mac, 'eap');
    case 'eapFailure':
      return ask(c, event.mac, 'recheck');
    case 'stationDisconnected':
      s.listing?.touched.add(event.mac);
      s.listing?.found.delete(event.mac);
      forget(s, event.mac);
      return remove(c, event.mac, 'hostapd: station disconnected');
    case 'enabled':
      s.queue.push({ kind: 'status' });
      return undefined;
    case 'disabled':
      s.stations.clear();
      s.listing = undefined;
      return down(c, 'the access point is disabled');
    case 'terminating':
      return lose(c, 'hostapd ends');
    case 'unknown':
      c.effects.push(event);
      return undefined;
  }
}

/** The event says that something happened, the STA reply what holds now, and who it is. */
function ask(c: Context, mac: Mac, because: Evidence | 'recheck'): void {
  const { s } = c;
  s.listing?.touched.add(mac);
  if (put(s.queue, { kind: 'station', mac, because, at: c.at })) return;
  s.queue = s.queue.filter((request) => request.kind !== 'station');
  c.effects.push({ kind: 'overrun' });
  if (s.up || s.listing) list(c, false);
}

/** What was asked about an earlier attachment tells nothing about the next one. */
function forget(s: Session, mac: Mac): void {
  s.queue = s.queue.filter((request) => !about(mac, request));
  if (s.outstanding && about(mac, s.outstanding.request)) s.outstanding = { ...s.outstanding, ignored: true };
}

function onReply(c: Context, request: Request, text: string): void {
  const { s } = c;
  switch (request.kind) {
    case 'attach':
      return text.startsWith('OK') ? undefined : lose(c, `hostapd refuses ATTACH: ${text.trim()}`);
    case 'ping':
      return text.startsWith('PONG') ? undefined : lose(c, `hostapd answers PING with ${text.trim()}`);
    case 'status':
      s.status = parseStatus(text);
      return s.status?.state === 'ENABLED' ? list(c, false) : down(c, `the access point is in state ${s.status?.state ?? 'unknown'}`);
    case 'first':
    case 'next':
      return onListed(c, request, text);
    case 'station':
      return onStation(c, request, parseStation(text));
    case 'deauthenticate':
      return ask(c, request.mac, 'recheck');
  }
}

function onStation(c: Context, { mac, because, at }: Question, station: Station | undefined): void {
  const known = c.s.stations.get(mac);
  if (!station?.authorized) return because === 'recheck' ? remove(c, mac, 'hostapd: no longer authorized') : undefined;
  if (because === 'recheck') return undefined;
  const sameAttachment = known && known.by !== because && known.by !== 'list' && at - known.at < c.s.timing.debounce;
  if (sameAttachment) return undefined;
  c.s.stations.set(mac, { at, by: because });
  c.effects.push({ kind: 'attached', mac, at, ...(station.identity === undefined ? {} : { identity: station.identity }) });
  return undefined;
}

function remove(c: Context, mac: Mac, reason: string): void {
  if (c.s.stations.delete(mac)) c.effects.push({ kind: 'detached', mac, reason });
}

function list(c: Context, audit: boolean, attempts = 1): void {
  const { s } = c;
  const ofList = ({ kind }: Request) => kind === 'first' || kind === 'next';
  s.listing = { audit, attempts, found: new Map(), touched: new Set(), broken: false };
  if (s.outstanding && ofList(s.outstanding.request)) s.outstanding = { ...s.outstanding, ignored: true };
  // Before all questions about single stations: it must not wait for a flood to end.
  s.queue = [{ kind: 'first' }, ...s.queue.filter((request) => !ofList(request))];
}

function onListed(c: Context, request: Request, text: string): void {
  const { s } = c;
  const { listing } = s;
  if (!listing) return undefined;
  const station = parseStation(text);
  if (station && !listing.found.has(station.mac)) {
    listing.found.set(station.mac, station);
    s.queue.unshift({ kind: 'next', mac: station.mac });
    return undefined;
  }
  if (request.kind === 'next' && text.startsWith('FAIL')) listing.broken = true;
  s.listing = undefined;
  if (!listing.broken) return listed(c, listing);
  if (listing.attempts >= MAX_LISTINGS) return lose(c, `the station list changed ${MAX_LISTINGS} times while it was read`);
  return list(c, listing.audit, listing.attempts + 1);
}

function listed(c: Context, { audit, found, touched }: Listing): void {
  const { s, at } = c;
  const present = [...found.values()].filter((station) => station.authorized);
  if (audit) {
    const untouched = ({ mac }: { readonly mac: Mac }): boolean => !touched.has(mac);
    const known = [...s.stations.keys()].map((mac) => ({ mac })).filter(untouched);
    const told = present.filter(untouched);
    if (told.length === known.length && told.every(({ mac }) => s.stations.has(mac))) return;
    // Events were lost, so hostapd may have dropped this monitor: a new socket attaches anew, and tells the list then.
    c.effects.push({ kind: 'close' });
    reset(s, at);
    return;
  }
  const before = new Map(s.stations);
  s.stations.clear();
  for (const { mac } of present) s.stations.set(mac, before.get(mac) ?? { at, by: 'list' });
  if (!s.up && s.status) c.effects.push({ kind: 'up', status: s.status });
  s.up = true;
  c.effects.push({ kind: 'list', stations: present });
}

function down(c: Context, reason: string): void {
  if (c.s.up !== false) c.effects.push({ kind: 'down', reason });
  c.s.up = false;
}

function lose(c: Context, reason: string): void {
  const { s, at } = c;
  if (s.open) c.effects.push({ kind: 'close' });
  s.stations.clear();
  down(c, reason);
  reset(s, at + s.timing.retry);
}

function reset(s: Session, retryAt: Millis): void {
  Object.assign(s, { open: false, retryAt, auditAt: Infinity, queue: [], outstanding: undefined, listing: undefined });
}
