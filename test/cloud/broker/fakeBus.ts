/** A broker in memory: retained messages, wildcards, and a memory of what was published. Delivers before `publish` resolves, in order. */
import { matches } from '../../../cloud/broker/topicFilter.ts';
import type { FleetBus } from '../../../cloud/broker/ports.ts';

export interface FakeBus extends FleetBus {
  /** What is kept for later subscribers. */
  readonly retained: ReadonlyMap<string, unknown>;
  /** In order; emptied with `published.length = 0`. */
  readonly published: { readonly topic: string; readonly payload: unknown; readonly retain: boolean }[];
  /** A fake that can refuse: until `false`, nothing is published, and what is tried rejects. */
  refuse(on: boolean): void;
  /** The link of the cloud to its broker is cut or comes back; nothing is lost by it. */
  cut(on: boolean): void;
}

export function createFakeBus(): FakeBus {
  const retained = new Map<string, unknown>();
  const published: FakeBus['published'] = [];
  const subscriptions = new Set<{ readonly filter: string; readonly call: (topic: string, payload: unknown) => void }>();
  const watchers = new Set<(connected: boolean) => void>();
  let refusing = false;
  let connected = true;
  let closed = false;

  return {
    retained,
    published,
    dropped: 0,
    get connected() {
      return connected;
    },
    async publish(topic, payload, { retain = false } = {}) {
      if (closed) throw new Error('the bus is closed');
      if (refusing) throw new Error('the broker refuses');
      // As over the wire: a copy, without what JSON cannot say.
      const text = JSON.stringify(payload);
      if (text === undefined) throw new Error(`${topic}: JSON cannot say ${typeof payload}`);
      const copy = (): unknown => JSON.parse(text);
      published.push({ topic, payload: copy(), retain });
      const emptied = retain && payload === null;
      if (emptied) retained.delete(topic);
      else if (retain) retained.set(topic, copy());
      if (!emptied) for (const { filter, call } of Array.from(subscriptions)) if (matches(filter, topic)) call(topic, copy());
      await Promise.resolve();
    },
    async subscribe(filter, call) {
      if (closed) throw new Error('the bus is closed');
      const subscription = { filter, call };
      subscriptions.add(subscription);
      for (const [topic, payload] of Array.from(retained)) if (matches(filter, topic)) call(topic, structuredClone(payload));
      return {
        close: async () => {
          subscriptions.delete(subscription);
        },
      };
    },
    refuse(on) {
      refusing = on;
    },
    cut(on) {
      connected = !on;
      for (const watcher of watchers) watcher(connected);
    },
    onChange(call) {
      watchers.add(call);
    },
    async close() {
      closed = true;
    },
  };
}
