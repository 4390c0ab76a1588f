/** A clock moved by hand, chance that is always the same, and a broker in memory that can go away. */
import type { Millis } from '../../../protocol/units.ts';
import type { Connect, ConnectOptions, World } from '../../../agent/fleet/ports.ts';

export interface MovedWorld extends World {
  /** Moves the clock, stopping at each timer; promises settle on the way. */
  pass(time: Millis): Promise<void>;
  chance: number;
}

/** Now, because certificates of tests begin now. */
export const START = Date.now();

export function movedWorld(start = START): MovedWorld {
  let at: Millis = 0;
  let number = 0;
  const timers = new Map<number, { readonly at: Millis; readonly call: () => void }>();
  /** Turns of the event loop that chains of promises in here may take. */
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  const world: MovedWorld = {
    chance: 0.5,
    now: () => ({ at, wall: start + at }),
    after(delay, call) {
      const mine = ++number;
      timers.set(mine, { at: at + delay, call });
      return () => void timers.delete(mine);
    },
    random: () => world.chance,
    async pass(time) {
      const target = at + time;
      await settle();
      for (;;) {
        const [next] = [...timers].filter(([, t]) => t.at <= target).toSorted(([a, x], [b, y]) => x.at - y.at || a - b);
        if (!next) break;
        timers.delete(next[0]);
        at = Math.max(at, next[1].at);
        next[1].call();
        await settle();
      }
      at = target;
    },
  };
  return world;
}

export interface FakeBroker {
  readonly connect: Connect;
  /** False: every connection is lost, and none is made. */
  there: boolean;
  /** False: what is published arrives, and is never acknowledged. */
  acknowledges: boolean;
  /** Instants at which somebody tried. */
  readonly attempts: Millis[];
  readonly published: { readonly topic: string; readonly payload: unknown; readonly retain: boolean }[];
  readonly retained: Map<string, string>;
  /** As the cloud would. */
  send(topic: string, payload: unknown, retain?: boolean): void;
  /** The connection is cut: the broker says the will. */
  cut(): void;
  refuses: string | undefined;
  readonly sessions: readonly ConnectOptions[];
  on(topic: RegExp): unknown[];
}

const matches = (filter: string, topic: string): boolean => new RegExp(`^${filter.replaceAll('+', '[^/]+')}$`).test(topic);

export function fakeBroker(world: World): FakeBroker {
  const live = new Map<ConnectOptions, string[]>();
  const asked: ConnectOptions[] = [];
  const keep = (topic: string, payload: string, retain: boolean): void => {
    if (retain) broker.retained.set(topic, payload);
    broker.published.push({ topic, payload: JSON.parse(payload), retain });
  };
  const broker: FakeBroker = {
    there: true,
    acknowledges: true,
    attempts: [],
    published: [],
    retained: new Map(),
    refuses: undefined,
    sessions: asked,
    connect(options) {
      asked.push(options);
      broker.attempts.push(world.now().at);
      const gone = (): boolean => !live.has(options);
      world.after(0, () => {
        if (!broker.there || broker.refuses !== undefined) return options.onClose(broker.refuses ?? 'the broker: nobody listens there');
        live.set(options, []);
        options.onConnect();
      });
      return {
        async publish(topic, payload, { retain = false } = {}) {
          if (gone()) throw new Error('the connection is over');
          keep(topic, payload, retain);
          if (!broker.acknowledges) await new Promise(() => undefined);
        },
        async subscribe(filters) {
          if (gone()) throw new Error('the connection is over');
          live.get(options)?.push(...filters);
          for (const [topic, payload] of broker.retained) if (filters.some((f) => matches(f, topic))) options.onMessage(topic, payload);
        },
        async close() {
          live.delete(options);
        },
      };
    },
    send(topic, payload, retain = false) {
      const text = JSON.stringify(payload);
      if (retain) broker.retained.set(topic, text);
      for (const [options, filters] of live) if (filters.some((f) => matches(f, topic))) options.onMessage(topic, text);
    },
    cut() {
      for (const options of Array.from(live.keys())) {
        live.delete(options);
        if (options.will) keep(options.will.topic, options.will.payload, true);
        options.onClose('the broker closed the connection');
      }
    },
    on: (topic) => broker.published.filter((p) => topic.test(p.topic)).map((p) => p.payload),
  };
  return broker;
}
