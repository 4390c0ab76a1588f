/** The conversations of one access link, one a station (dhcp-server), with their timer; without sockets. */
import { deadline, presenceProbes, startConversation, step, type AccessEffect, type AccessEvent, type Conversation, type FrameName, type Session } from 'dhcp-server';
import type { Mac } from '../protocol/mac.ts';
import { earliest, type Deadline, type Now } from '../protocol/units.ts';
import { createLoop } from '../runtime/loop.ts';

/** What a phone wants from the MAG. */
export type Wish = Exclude<AccessEffect, { kind: 'sendFrame' | 'discard' }>;

/** What passes, for `debug`. */
export type AccessTrace =
  | { readonly kind: 'frame'; readonly direction: 'in' | 'out'; readonly mac: Mac; readonly frame: Uint8Array; readonly name?: FrameName }
  | { readonly kind: 'session'; readonly mac: Mac; readonly session: Session }
  | ({ readonly mac: Mac } & (Wish | Extract<AccessEffect, { kind: 'discard' }>));

export interface ConversationsOptions {
  readonly now: () => Now;
  readonly send: (frame: Uint8Array) => void;
  readonly onWish: (wish: Wish) => void;
  /** What was sent or not answered, by name. */
  readonly onCount: (name: string) => void;
  readonly onError: (error: Error) => void;
  readonly onTrace?: (trace: AccessTrace) => void;
}

export interface Conversations {
  frame(mac: Mac, frame: Uint8Array, checksumReady: boolean): void;
  session(mac: Mac, session: Session): void;
  /** Unicast ARP and NS that only the phone can answer. */
  probe(mac: Mac): void;
  /** How many are kept. */
  readonly size: number;
  stop(): void;
}

/** Above this, conversations without a session are forgotten for every new one. */
export const MOST_CONVERSATIONS = 4096;

type Input = { readonly mac: Mac; readonly event: AccessEvent } | 'timer';
type Output = { readonly mac: Mac; readonly effect: AccessEffect };

export function createConversations({ now, send: transmit, onWish, onCount, onError, onTrace }: ConversationsOptions): Conversations {
  const kept = new Map<Mac, Conversation>();
  /** The first deadline of all, or an earlier instant at which one was due that has moved: then nothing happens. */
  let next: Deadline | undefined;

  const loop = createLoop<Input, Output>({
    now,
    timer: 'timer',
    onError,
    deadline: () => next,
    step: (input, at) => (input === 'timer' ? onTimer(at) : onInput(input.mac, input.event, at)),
    perform: ({ mac, effect }) => {
      if (effect.kind !== 'sendFrame') onTrace?.({ ...effect, mac });
      switch (effect.kind) {
        case 'sendFrame':
          onCount(`sent ${effect.name}`);
          return send(mac, effect.frame, effect.name);
        case 'discard':
          return onCount(effect.reason);
        case 'wantBinding':
        case 'releaseIpv4':
        case 'declineIpv4':
          return onWish(effect);
      }
    },
  });

  function send(mac: Mac, frame: Uint8Array, name?: FrameName): void {
    onTrace?.({ kind: 'frame', direction: 'out', mac, frame, ...(name === undefined ? {} : { name }) });
    transmit(frame);
  }

  function onInput(mac: Mac, event: AccessEvent, at: Now): Output[] {
    const c = kept.get(mac) ?? startConversation(mac);
    const effects = step(c, event, at);
    const due = deadline(c);
    next = earliest(next, due);
    // Said and done: whoever makes MACs up leaves nothing behind.
    if (!due && c.session.state === 'none' && c.router === undefined) kept.delete(mac);
    else if (!kept.has(mac)) keep(c);
    return effects.map((effect) => ({ mac, effect }));
  }

  function onTimer(at: Now): Output[] {
    const effects = [...kept].flatMap(([mac, c]) => step(c, { kind: 'timer' }, at).map((effect) => ({ mac, effect })));
    next = undefined;
    for (const c of kept.values()) next = earliest(next, deadline(c));
    return effects;
  }

  /** A flood of invented MACs must not cost memory, nor a phone with a session its place. */
  function keep(c: Conversation): void {
    if (kept.size >= MOST_CONVERSATIONS) forgetIdle();
    if (kept.size < MOST_CONVERSATIONS || c.session.state !== 'none') kept.set(c.mac, c);
    else onCount('too many stations on the access link');
  }

  /** Some of the oldest that have no session. */
  function forgetIdle(): void {
    let left = MOST_CONVERSATIONS / 16;
    for (const [mac, c] of kept) {
      if (left === 0) return;
      if (c.session.state !== 'none') continue;
      kept.delete(mac);
      left--;
    }
  }

  return {
    frame(mac, frame, checksumReady) {
      onTrace?.({ kind: 'frame', direction: 'in', mac, frame });
      loop.feed({ mac, event: { kind: 'frame', frame, checksumReady } });
    },
    session(mac, session) {
      onTrace?.({ kind: 'session', mac, session });
      loop.feed({ mac, event: { kind: 'session', session } });
    },
    probe: (mac) => presenceProbes(kept.get(mac) ?? startConversation(mac)).forEach((frame) => send(mac, frame)),
    get size() {
      return kept.size;
    },
    stop: () => loop.stop(),
  };
}
