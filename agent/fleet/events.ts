/** What the gateway tells without being asked: batched, kept in bounded memory while there is no broker, the oldest lost first. */
import type { GatewayEvent } from '../../runtime/fleet/messages.ts';
import type { Millis } from '../../protocol/units.ts';
import type { World } from './ports.ts';

type Distributed<T> = T extends unknown ? Omit<T, 'sequence'> : never;
export type Told = Distributed<GatewayEvent>;

export interface Outbox {
  add(event: Told | (() => Told)): void;
  /** There is a broker again, or what was to be sent was not. */
  resume(): void;
  close(): void;
}

export interface OutboxOptions {
  readonly world: World;
  /** Rejects when the broker does not have it. */
  readonly send: (events: readonly GatewayEvent[]) => Promise<void>;
  readonly connected: () => boolean;
}

const MOST_KEPT = 1000;
const MOST_AT_ONCE = 100;
/** So long after it happened an event leaves: by then the first packet is part of a handover's stages. */
const DELAY: Millis = 1000;

export function createOutbox({ world, send, connected }: OutboxOptions): Outbox {
  /** A function is asked when it leaves, for what was known by then. */
  const kept: { readonly sequence: number; readonly event: Told | (() => Told) }[] = [];
  let sequence = 0;
  let cancel: (() => void) | undefined;
  let sending = false;
  let closed = false;

  function plan(): void {
    if (closed || cancel || sending || kept.length === 0 || !connected()) return;
    cancel = world.after(DELAY, () => void flush());
  }

  async function flush(): Promise<void> {
    cancel = undefined;
    if (sending || kept.length === 0 || !connected()) return;
    const batch = kept.slice(0, MOST_AT_ONCE);
    sending = true;
    try {
      await send(batch.map(({ sequence: number, event }) => ({ ...(typeof event === 'function' ? event() : event), sequence: number })));
      const sent = new Set(batch.map((b) => b.sequence));
      while (kept[0] && sent.has(kept[0].sequence)) kept.shift();
    } catch {
      // The connection is over; the next one begins with them.
    } finally {
      sending = false;
    }
    plan();
  }

  return {
    add(event) {
      sequence += 1;
      kept.push({ sequence, event });
      if (kept.length > MOST_KEPT) kept.shift();
      plan();
    },
    resume: plan,
    close() {
      closed = true;
      cancel?.();
    },
  };
}
