/** The session on a real socket and a real clock, both given from outside. */
import type { Mac } from '../../../protocol/mac.ts';
import type { Millis } from '../../../protocol/units.ts';
import { createSession, deadline, step } from './session.ts';
import type { Effect, Input, Report } from './session.ts';
import type { Timing } from './timing.ts';

/** A UNIX datagram socket with a name of its own, connected to hostapd's control socket. */
export interface DatagramSocket {
  /** False: refused. */
  send(octets: Uint8Array): boolean;
  close(): void;
}

/** Port: opens a socket to `path` under a name that no earlier one had. May throw. */
export type OpenSocket = (path: string, onMessage: (octets: Uint8Array) => void, onError: (error: Error) => void) => DatagramSocket;

export interface Clock {
  /** Monotonic. */
  now(): Millis;
  /** Calls once after `delay`; the function returned calls it off. */
  after(delay: Millis, call: () => void): () => void;
}

export interface ClientOptions {
  /** `/var/run/hostapd/wlan0` */
  readonly path: string;
  readonly open: OpenSocket;
  readonly clock: Clock;
  readonly onReport: (report: Report) => void;
  readonly timing?: Partial<Timing>;
}

export interface HostapdClient {
  /** Throws a station out; the report `detached` follows if hostapd obeys. */
  deauthenticate(mac: Mac): void;
  /** Takes leave of hostapd. No report comes after this. */
  close(): void;
}

/** Starts at once, and never gives up: while hostapd cannot be reached it reports `down` and tries again. */
export function hostapdClient({ path, open, clock, onReport, timing }: ClientOptions): HostapdClient {
  const session = createSession(timing);
  const inbox: Input[] = [];
  let socket: DatagramSocket | undefined;
  let callOff: (() => void) | undefined;
  let busy = false;
  let closed = false;

  /** Effects cause inputs and reports may call back: all wait in one queue, so that `step` never runs inside itself. */
  function feed(input: Input): void {
    inbox.push(input);
    if (busy || closed) return;
    busy = true;
    try {
      for (let next = inbox.shift(); next; next = inbox.shift()) step(session, next, clock.now()).forEach(run);
    } finally {
      busy = false;
    }
    schedule();
  }

  function run(effect: Effect): void {
    if (closed) return;
    switch (effect.kind) {
      case 'open':
        openSocket();
        break;
      case 'close':
        socket?.close();
        socket = undefined;
        break;
      case 'send':
        if (!socket?.send(new TextEncoder().encode(effect.text))) inbox.push({ kind: 'failed', reason: `hostapd's control socket ${path} refuses ${effect.text}` });
        break;
      default:
        onReport(effect);
    }
  }

  function openSocket(): void {
    try {
      const own = open(
        path,
        (octets) => own === socket && feed({ kind: 'datagram', text: new TextDecoder().decode(octets) }),
        (error) => own === socket && feed({ kind: 'failed', reason: error.message }),
      );
      socket = own;
      inbox.push({ kind: 'opened' });
    } catch (error) {
      inbox.push({ kind: 'failed', reason: (error as Error).message });
    }
  }

  function schedule(): void {
    callOff?.();
    if (!closed) callOff = clock.after(Math.max(0, deadline(session).at - clock.now()), () => feed({ kind: 'timer' }));
  }

  feed({ kind: 'timer' });
  return {
    deauthenticate: (mac) => feed({ kind: 'deauthenticate', mac }),
    close() {
      if (closed) return;
      socket?.send(new TextEncoder().encode('DETACH'));
      closed = true;
      callOff?.();
      socket?.close();
    },
  };
}
