/** Keeps a connection to the broker for ever: one attempt after the other, further and further apart, never at the same time as everybody else. */
import type { Millis } from '../../protocol/units.ts';
import { backoff } from './backoff.ts';
import type { Connect, Connection, ConnectOptions, World } from './ports.ts';

/** What one connection is for. */
export interface Session extends Pick<ConnectOptions, 'credential' | 'clientId' | 'will'> {
  /** Rejects when the connection is no good: another one is made later. */
  up(connection: Connection): Promise<void>;
  message(topic: string, payload: string): void;
  down(): void;
}

export interface LinkOptions {
  readonly world: World;
  readonly connect: Connect;
  /** Called for each attempt. @throws Error in words when there is nothing to connect with */
  readonly session: () => Session;
  /** Each change, and why. */
  readonly onChange: (connected: boolean, why: string) => void;
}

export interface Link {
  start(): void;
  /** Another session is wanted. */
  renew(why: string): void;
  readonly connected: boolean;
  /** Politely. */
  close(): Promise<void>;
}

/** After a power cut all routers of a street start at once. */
const BOOT: Millis = 10_000;
/** A connection that lived so long was a good one. */
const GOOD: Millis = 60_000;
/** Nothing is heard of an attempt. */
const TOO_LONG: Millis = 60_000;

export function createLink({ world, connect, session, onChange }: LinkOptions): Link {
  let attempt = 0;
  let current: { readonly connection: Connection; readonly session: Session; since: Millis | undefined; readonly stopWaiting: () => void } | undefined;
  let cancel: (() => void) | undefined;
  let closed = false;

  function later(delay: Millis): void {
    cancel?.();
    if (!closed) cancel = world.after(delay, begin);
  }

  function begin(): void {
    cancel = undefined;
    try {
      current = opened(session());
    } catch (e) {
      failed((e as Error).message);
    }
  }

  /** @throws Error in words when the session's credential cannot be used */
  function opened(wanted: Session): NonNullable<typeof current> {
    let mine: typeof current;
    const ours = (): boolean => mine !== undefined && current === mine;
    const connection = connect({
      credential: wanted.credential,
      clientId: wanted.clientId,
      ...(wanted.will ? { will: wanted.will } : {}),
      onConnect: () => {
        if (mine && ours()) void isUp(mine);
      },
      onMessage: (topic, payload) => {
        if (ours()) wanted.message(topic, payload);
      },
      onClose: (reason) => {
        if (ours()) lost(reason);
      },
    });
    mine = { connection, session: wanted, since: undefined, stopWaiting: world.after(TOO_LONG, () => ours() && mine?.since === undefined && drop('nothing was heard of the broker')) };
    return mine;
  }

  async function isUp(mine: NonNullable<typeof current>): Promise<void> {
    mine.since = world.now().at;
    try {
      await mine.session.up(mine.connection);
      if (current === mine) onChange(true, 'connected');
    } catch (e) {
      if (current === mine) drop((e as Error).message);
    }
  }

  function drop(reason: string): void {
    const { connection } = current ?? {};
    lost(reason);
    void connection?.close();
  }

  function lost(reason: string): void {
    const over = current;
    current = undefined;
    over?.stopWaiting();
    over?.session.down();
    if (over?.since !== undefined && world.now().at - over.since >= GOOD) attempt = 0;
    failed(reason);
  }

  function failed(reason: string): void {
    onChange(false, reason);
    later(backoff(attempt, world.random()));
    attempt += 1;
  }

  async function end(): Promise<void> {
    cancel?.();
    const over = current;
    current = undefined;
    over?.stopWaiting();
    over?.session.down();
    await over?.connection.close();
  }

  return {
    start: () => later(world.random() * BOOT),
    renew(why) {
      attempt = 0;
      onChange(false, why);
      void end().then(() => later(0));
    },
    get connected() {
      return current?.since !== undefined;
    },
    close() {
      closed = true;
      return end();
    },
  };
}
