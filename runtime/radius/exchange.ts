/**
 * Requests under way, as a function of state, event and now: sent, sent again, taken to the next server, answered. A reply
 * counts only if it comes from the server's address and port, bears the Identifier of a request that waits, and its
 * authenticators are right; anything else is dropped and counted, and the wait goes on.
 */
import { EncodeError } from '../../protocol/codec.ts';
import type { RadiusAttribute } from '../../protocol/radius/attributes.ts';
import { discard, type Discard } from '../../protocol/entity.ts';
import type { Deadline, Millis, Now } from '../../protocol/units.ts';
import { occupy, type Lane, type Lanes } from './lanes.ts';
import { examine } from './replies.ts';
import { accessRequest, accountingRequest, recordAttributes, standing, type Question } from './requests.ts';
import { choose, createServers, heard, portOf, silent, type Purpose, type Servers } from './servers.ts';
import type { Answer, NasIdentity, RadiusServer } from './types.ts';
import { unanswered } from './words.ts';

export interface ExchangeOptions {
  readonly servers: readonly RadiusServer[];
  readonly timeout: Millis;
  readonly retransmit: number;
  readonly deadTime: Millis;
  readonly requireMessageAuthenticator: boolean;
  readonly nas: NasIdentity;
}

/** One packet that was sent; it may be answered until its request ends, also while another server is being asked. */
export interface Attempt {
  readonly request: Request;
  readonly lane: Lane<Attempt>;
  readonly identifier: number;
  readonly octets: Uint8Array;
}

export interface Request {
  readonly id: number;
  readonly purpose: Purpose;
  readonly question: Question;
  readonly attributes: readonly RadiusAttribute[];
  /** Random, one for each server. */
  readonly authenticators: readonly Uint8Array[];
  /** When what is told happened, on the clock of `Now.at`. */
  readonly happened: Millis;
  /** Indexes of servers; the last one is being asked. */
  readonly tried: number[];
  readonly attempts: Attempt[];
  /** How often the server at hand was sent it, since when, and when that is given up. */
  sent: number;
  since: Millis;
  due: Millis;
  /** What kinds of invalid replies came. */
  readonly complaints: Set<string>;
}

export interface Exchange {
  readonly options: ExchangeOptions;
  readonly servers: Servers;
  /** By server and purpose. */
  readonly bursts: Map<string, Burst>;
  readonly requests: Map<number, Request>;
  readonly lanes: Lanes<Attempt>;
}

/**
 * How much is sent to one server port at once. A server's socket holds some 250 small packets (Linux's default), so that when
 * hundreds of phones join together the rest would be lost and wait for its retransmission.
 */
export const BURST = 32;
export const BURST_INTERVAL: Millis = 10;

interface Burst {
  since: Millis;
  sent: number;
}

export type ExchangeEvent =
  /** `authenticators`: 16 random octets for each server. */
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question; readonly authenticators: readonly Uint8Array[] }
  | { readonly kind: 'datagram'; readonly lane: number; readonly octets: Uint8Array; readonly address: string; readonly port: number }
  | { readonly kind: 'timer' };

export type ExchangeEffect =
  | { readonly kind: 'send'; readonly lane: number; readonly octets: Uint8Array; readonly address: string; readonly port: number }
  | { readonly kind: 'done'; readonly id: number; readonly answer: Answer }
  | Discard;

export const createExchange = (options: ExchangeOptions): Exchange => ({
  options,
  servers: createServers(options.servers, options.deadTime),
  bursts: new Map(),
  requests: new Map(),
  lanes: { all: [] },
});

export function step(x: Exchange, event: ExchangeEvent, now: Now): ExchangeEffect[] {
  switch (event.kind) {
    case 'ask':
      return ask(x, event, now);
    case 'datagram':
      return received(x, event, now);
    case 'timer':
      return timer(x, now);
  }
}

export function deadline(x: Exchange): Deadline | undefined {
  let first: Deadline | undefined;
  for (const { due } of x.requests.values()) if (!first || due < first.at) first = { at: due, why: 'a RADIUS server has not answered' };
  return first;
}

function ask(x: Exchange, { id, question, authenticators }: Extract<ExchangeEvent, { kind: 'ask' }>, now: Now): ExchangeEffect[] {
  const said = question.kind === 'authorize' ? question.attributes : recordAttributes(question.record);
  const wall = question.kind === 'authorize' ? now.wall : (question.record.wall ?? now.wall);
  const request: Request = {
    id,
    purpose: question.kind,
    question,
    attributes: [...said, ...standing(x.options.nas, wall, said)],
    authenticators,
    happened: now.at - Math.max(0, now.wall - wall),
    tried: [],
    attempts: [],
    sent: 0,
    since: now.at,
    due: now.at,
    complaints: new Set(),
  };
  x.requests.set(id, request);
  return next(x, request, now) ?? done(x, request, { kind: 'timeout', reason: 'no RADIUS server is configured' });
}

/** To the next server; undefined if there is none. */
function next(x: Exchange, request: Request, now: Now): ExchangeEffect[] | undefined {
  const server = choose(x.servers, request.purpose, request.tried, now.at);
  if (server === undefined || !x.options.servers[server]) return undefined;
  request.tried.push(server);
  request.since = now.at;
  request.sent = 0;
  return send(x, request, server, now);
}

function send(x: Exchange, request: Request, index: number, now: Now): ExchangeEffect[] {
  const server = x.options.servers[index] as RadiusServer;
  const turn = turnAt(x, `${request.purpose} ${index}`, now.at);
  if (turn > now.at) {
    request.due = turn;
    return [];
  }
  try {
    const attempt = attemptAt(x, request, index, server, now);
    if (!attempt) return done(x, request, { kind: 'timeout', reason: `too many requests wait for an answer of ${server.address} already` });
    request.sent++;
    request.due = now.at + x.options.timeout;
    return [{ kind: 'send', lane: attempt.lane.number, octets: attempt.octets, address: server.address, port: portOf(server, request.purpose) }];
  } catch (e) {
    if (!(e instanceof EncodeError)) throw e;
    return done(x, request, { kind: 'reject', attributes: [], reason: `this cannot be asked by RADIUS: ${e.message}` });
  }
}

/** When the next packet may leave: now, unless this burst is complete. */
function turnAt(x: Exchange, flow: string, at: Millis): Millis {
  const burst = x.bursts.get(flow);
  if (!burst || at >= burst.since + BURST_INTERVAL) x.bursts.set(flow, { since: at, sent: 1 });
  else if (burst.sent >= BURST) return burst.since + BURST_INTERVAL;
  else burst.sent++;
  return at;
}

/**
 * The same packet again, so that the server recognises it (RFC 5080 §2.2.2); accounting says anew how long ago it was and so
 * is another packet under another Identifier (RFC 2866 §3).
 */
function attemptAt(x: Exchange, request: Request, index: number, server: RadiusServer, now: Now): Attempt | undefined {
  const { question, attributes } = request;
  const last = request.attempts.at(-1);
  if (question.kind === 'authorize' && last && request.sent > 0) return last;
  const attempt = occupy(x.lanes, index, request.purpose, (lane, identifier): Attempt => {
    const octets =
      question.kind === 'authorize'
        ? accessRequest(identifier, request.authenticators[index] as Uint8Array, attributes, question.password, server.secret)
        : accountingRequest(identifier, attributes, now.at - request.happened, server.secret);
    return { request, lane, identifier, octets };
  });
  if (attempt) request.attempts.push(attempt);
  return attempt;
}

/** Looks at each request when its turn comes: another one's fate may have moved it on by then. */
function timer(x: Exchange, now: Now): ExchangeEffect[] {
  const effects: ExchangeEffect[] = [];
  for (const request of x.requests.values()) if (request.due <= now.at) effects.push(...overdue(x, request, now));
  return effects;
}

function overdue(x: Exchange, request: Request, now: Now): ExchangeEffect[] {
  const server = request.tried.at(-1) as number;
  if (request.sent <= x.options.retransmit) return send(x, request, server, now);
  const died = silent(x.servers, request.purpose, server, request.since, now.at);
  const effects = next(x, request, now) ?? done(x, request, { kind: 'timeout', reason: unanswered(x.options, request) });
  return died ? [...effects, ...abandon(x, request.purpose, server, now)] : effects;
}

/** Nobody else waits for a dead server while another lives. */
function abandon(x: Exchange, purpose: Purpose, server: number, now: Now): ExchangeEffect[] {
  const waiting = [...x.requests.values()].filter((r) => r.purpose === purpose && r.tried.at(-1) === server);
  return waiting.flatMap((r) => next(x, r, now) ?? []);
}

function received(x: Exchange, datagram: Extract<ExchangeEvent, { kind: 'datagram' }>, now: Now): ExchangeEffect[] {
  const lane = x.lanes.all[datagram.lane];
  const server = lane && x.options.servers[lane.server];
  if (!lane || !server) return [];
  const verdict = examine(lane, server, datagram, x.options.requireMessageAuthenticator);
  if ('dropped' in verdict) {
    if (verdict.of) verdict.of.request.complaints.add(verdict.dropped);
    return [discard(verdict.dropped)];
  }
  heard(x.servers, lane.purpose, lane.server, now.at);
  return done(x, verdict.of.request, verdict.answer);
}

function done(x: Exchange, request: Request, answer: Answer): ExchangeEffect[] {
  x.requests.delete(request.id);
  for (const { lane, identifier } of request.attempts) lane.outstanding.delete(identifier);
  return [{ kind: 'done', id: request.id, answer }];
}
