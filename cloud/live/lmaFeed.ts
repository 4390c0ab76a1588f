/**
 * One LMA, heard over its control socket: what happens there as it happens (cloud/follow.ts), all of its sessions at the start and
 * whenever something was missed, its counters every few seconds, its signalling for the capture ring. It comes and goes; this waits
 * for it.
 */
import type { FollowEvent } from '../follow.ts';
import type { SessionEvent, ShownSession } from '../sessions.ts';
import type { CaptureEvent } from '../../runtime/capture.ts';
import type { Request, Subscription } from '../../runtime/control.ts';
import type { Millis } from '../../protocol/units.ts';

export interface Wire {
  ask(path: string, request: Request, signal: AbortSignal): Promise<unknown>;
  subscribe(path: string, onEvent: (event: unknown) => void, onEnd: (reason: string) => void, request: Request): Subscription;
  /** Runs once, later; the function that is given back calls it off. */
  after(ms: Millis, call: () => void): () => void;
}

/** What an LMA told when it was asked last. */
export interface LmaState {
  readonly reachable: boolean;
  readonly reason?: string;
  readonly role?: string;
  readonly services: readonly { readonly name: string; readonly pools: readonly { readonly pool: string; readonly family: 'ipv4' | 'ipv6'; readonly used: number; readonly free: number }[] }[];
  readonly statistics: Readonly<Record<string, unknown>>;
  readonly gateways: number;
}

export interface LmaFeedOptions {
  readonly name: string;
  readonly socket: string;
  /** Capture its signalling, too. */
  readonly capture: boolean;
  readonly wire: Wire;
  readonly onEvents: (event: FollowEvent) => void;
  readonly onPacket: (event: Extract<CaptureEvent, { kind: 'packet' }>) => void;
  /** All its sessions are coming: where each goes, and what to call behind the last. */
  readonly onSessions: () => { row(session: ShownSession): unknown; end(): void };
  /** It answers, again or for the first time. */
  readonly onReachable: () => void;
}

export interface LmaFeed {
  readonly name: string;
  state(): LmaState;
  /** @throws Error in words */
  ask(request: Request): Promise<unknown>;
  /** One session with its counters as they are now; undefined where it is over, or the LMA does not say in time. */
  look(index: number): Promise<ShownSession | undefined>;
  /** Has all sessions told anew. */
  resync(): void;
  close(): void;
}

const POLL: Millis = 5000;
const PATIENCE: Millis = 5000;
/** An order may wait for answers of gateways. */
const PATIENCE_WITH_ORDERS: Millis = 30_000;
const AGAIN: readonly Millis[] = [200, 1000, 2000, 5000];
/** Byte counters come with all sessions only. */
const REFRESH: Millis = 600_000;
/** Somebody waits for a page. */
const SHORT_PATIENCE: Millis = 1000;
const CAPTURE_SECONDS = 86_400;
/** Packets a second: four of a handover, and a twentieth of a processor of the LMA at most. */
const CAPTURE_RATE = 2000;

export function createLmaFeed({ name, socket, capture, wire, onEvents, onPacket, onSessions, onReachable }: LmaFeedOptions): LmaFeed {
  let state: LmaState = { reachable: false, reason: 'not asked yet', services: [], statistics: {}, gateways: 0 };
  /** Why what happens there is not heard; undefined: it is. */
  let deaf: string | undefined = 'not followed yet';
  const open = new Map<string, { stop(): void }>();
  const timers = new Map<string, () => void>();
  let closed = false;

  function later(what: string, ms: Millis, call: () => unknown): void {
    timers.get(what)?.();
    timers.set(what, wire.after(ms, () => !closed && call()));
  }

  /** A stream that is begun again when it ends. */
  function keep(command: string, request: Request, onEvent: (event: unknown) => void, attempt = 0): void {
    let heard = false;
    const stream = wire.subscribe(
      socket,
      (event) => {
        heard = true;
        onEvent(event);
      },
      (reason) => {
        open.delete(command);
        if (command === 'follow') {
          deaf = reason;
          if (heard) later('poll', 0, () => void poll());
        }
        const next = heard ? 0 : attempt + 1;
        later(command, AGAIN[Math.min(next, AGAIN.length - 1)] as Millis, () => keep(command, request, onEvent, next));
      },
      request,
    );
    open.set(command, stream);
  }

  /** One that hangs for an hour is not left with a connection for each question. */
  const askWithin = (patience: Millis, request: Request): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const over = new AbortController();
      const cancel = wire.after(patience, () => {
        reject(new Error(`${name} did not answer within ${patience / 1000} s: it hangs, or is very busy`));
        over.abort();
      });
      wire.ask(socket, request, over.signal).then(resolve, reject).finally(cancel);
    });
  const ask = (request: Request): Promise<unknown> => askWithin(PATIENCE, request);

  /** A process that hangs keeps its connections: only asking it tells. */
  async function poll(): Promise<void> {
    try {
      const { role } = (await ask({ command: 'show standby' })) as { role: string };
      const before = state;
      if (role === 'standby') state = { ...state, reachable: true, role, reason: 'it stands by: the other anchor is active' };
      else {
        const [services, statistics, gateways] = (await Promise.all(['show lma-service statistics', 'show lma statistics', 'show lma gateways'].map((command) => ask({ command })))) as [(LmaState['services'][number] & { 'lma-service': string })[], LmaState['statistics'], unknown[]];
        state = { reachable: true, role, services: services.map((s) => ({ name: s['lma-service'], pools: s.pools })), statistics, gateways: gateways.length };
      }
      // One that stands by keeps who may register, too, and its turn may come before it is asked again.
      if (!before.reachable || before.role !== role) onReachable();
    } catch (e) {
      state = { ...state, reachable: false, reason: (e as Error).message };
    }
    later('poll', POLL, () => void poll());
  }

  function resync(): void {
    open.get('sessions')?.stop();
    const into = onSessions();
    let whole = false;
    const stream = wire.subscribe(
      socket,
      (received) => {
        const event = received as SessionEvent;
        if (event.kind === 'page') for (const session of event.sessions) into.row(session);
        else if (event.fault === undefined) {
          whole = true;
          into.end();
        }
      },
      () => {
        open.delete('sessions');
        // Without the stream of changes it would be a picture of the past; that stream begins with a new one.
        later('sessions', whole ? REFRESH : 1000, () => open.has('follow') && resync());
      },
      { command: 'show lma-service sessions', indexed: true },
    );
    open.set('sessions', stream);
  }

  keep('follow', { command: 'follow' }, (received) => {
    const event = received as FollowEvent;
    deaf = undefined;
    // Whatever begins or was lost: the picture is made anew, while the stream goes on.
    if (event.kind !== 'happened') {
      resync();
      // It is there: the next question would come seconds later.
      if (!state.reachable) later('poll', 0, () => void poll());
    }
    onEvents(event);
  });
  if (capture) keep('capture', { command: 'capture', seconds: CAPTURE_SECONDS, rate: CAPTURE_RATE }, (received) => {
    const event = received as CaptureEvent;
    if (event.kind === 'packet') onPacket(event);
  });
  void poll();

  return {
    name,
    state: () => (state.reachable && state.role !== 'standby' && deaf !== undefined ? { ...state, reachable: false, reason: `what happens there is not heard: ${deaf}` } : state),
    ask: (request) => askWithin(PATIENCE_WITH_ORDERS, request),
    look: (index) =>
      new Promise((resolve) => {
        const done = (session?: ShownSession): void => {
          cancel();
          stream.stop();
          resolve(session);
        };
        const cancel = wire.after(SHORT_PATIENCE, () => done());
        const take = (received: unknown): void => {
          const event = received as SessionEvent;
          if (event.kind === 'end') done();
          else if (event.sessions[0]) done(event.sessions[0]);
        };
        const stream = wire.subscribe(socket, take, () => done(), { command: 'show lma-service sessions', index });
      }),
    resync,
    close() {
      closed = true;
      for (const cancel of timers.values()) cancel();
      for (const stream of open.values()) stream.stop();
    },
  };
}
