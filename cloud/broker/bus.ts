/**
 * The cloud's own client of the broker (`cloud/fleet/ports.ts`), over any stream: in the process, or TLS to Mosquitto. It connects
 * again by itself, after pauses of chance, and subscribes again; a retained message may then come once more.
 */
import { readFileSync } from 'node:fs';
import { connect as connectTls } from 'node:tls';
import { Duplex } from 'node:stream';
import { MqttClient } from 'mqtt';
import type { FleetBus } from './ports.ts';
import { matches } from './topicFilter.ts';

export interface BusOptions {
  /** A new way to the broker, for each attempt. */
  readonly connect: () => Duplex;
  readonly clientId?: string;
  readonly onError: (error: Error) => void;
  /** Asked before a message is read; what is not heard counts as dropped. */
  readonly hears?: (topic: string, octets: number) => boolean;
  /** Milliseconds: of the first pause before it connects again, and of the longest. */
  readonly pause?: { readonly first: number; readonly longest: number };
}

const PAUSE = { first: 500, longest: 30_000 } as const;
/** Messages that wait for the broker: more are refused, since the caller's memory is ours. */
const MOST_WAITING = 10_000;
const KEEPALIVE = 30;

type Call = (topic: string, payload: unknown) => void;

export function createBus({ connect, clientId = 'cloud', onError, hears = () => true, pause = PAUSE }: BusOptions): FleetBus {
  const subscriptions = new Set<{ readonly filter: string; readonly call: Call }>();
  const watchers: ((connected: boolean) => void)[] = [];
  let dropped = 0;
  let waiting = 0;
  let failures = 0;
  let told = false;
  let closed = false;

  const client = new MqttClient(() => attempt(connect), {
    clientId,
    protocolVersion: 4,
    clean: true,
    keepalive: KEEPALIVE,
    resubscribe: true,
    reconnectPeriod: pause.first,
  });
  client.on('connect', () => {
    failures = 0;
    tell(true);
  });
  client.on('close', () => {
    // A cloud with a thousand others behind one broker does not come back with all of them at once.
    client.options.reconnectPeriod = Math.ceil(Math.min(pause.longest, pause.first * 2 ** failures) * (0.5 + Math.random() / 2));
    failures = Math.min(failures + 1, 20);
    tell(false);
  });
  client.on('error', (error) => onError(new Error(`the broker: ${error.message}`, { cause: error })));
  client.on('message', (topic, octets) => {
    // Retained before, and removed.
    if (octets.length === 0) return;
    if (!hears(topic, octets.length)) {
      dropped += 1;
      return;
    }
    let payload: unknown;
    try {
      payload = JSON.parse(octets.toString('utf8'));
    } catch {
      dropped += 1;
      return;
    }
    for (const { filter, call } of Array.from(subscriptions)) if (matches(filter, topic)) hand(call, topic, payload);
  });

  function hand(call: Call, topic: string, payload: unknown): void {
    try {
      call(topic, payload);
    } catch (e) {
      onError(new Error(`a message on ${topic} could not be dealt with: ${(e as Error).message}`, { cause: e }));
    }
  }

  function tell(connected: boolean): void {
    if (told === connected) return;
    told = connected;
    for (const watcher of watchers) watcher(connected);
  }

  return {
    get connected() {
      return client.connected;
    },
    get dropped() {
      return dropped;
    },
    onChange: (call) => void watchers.push(call),
    async publish(topic, payload, { retain = false } = {}) {
      if (closed) throw new Error('the bus is closed');
      const text = retain && payload === null ? '' : JSON.stringify(payload);
      if (text === undefined) throw new Error(`${topic}: JSON cannot say ${typeof payload}`);
      if (waiting >= MOST_WAITING) throw new Error('the broker is away, and too much waits for it already');
      waiting += 1;
      try {
        await client.publishAsync(topic, text, { qos: 1, retain });
      } finally {
        waiting -= 1;
      }
    },
    async subscribe(filter, call) {
      if (closed) throw new Error('the bus is closed');
      const subscription = { filter, call };
      subscriptions.add(subscription);
      await client.subscribeAsync(filter, { qos: 1 }).catch((e: unknown) => {
        subscriptions.delete(subscription);
        throw new Error(`the broker refuses a subscription to ${filter}: ${(e as Error).message}`, { cause: e });
      });
      return {
        async close() {
          if (!subscriptions.delete(subscription) || closed) return;
          if (![...subscriptions].some((other) => other.filter === filter)) await client.unsubscribeAsync(filter);
        },
      };
    },
    async close() {
      if (closed) return;
      closed = true;
      subscriptions.clear();
      await client.endAsync(true);
    },
  };
}

/** A way that cannot even be tried, such as for a file that is missing, is one that fails: it is tried again. */
function attempt(connect: () => Duplex): Duplex {
  try {
    return connect();
  } catch (e) {
    return new Duplex({ read: () => undefined }).destroy(e as Error);
  }
}

export interface TlsWay {
  readonly host: string;
  readonly port: number;
  /** PEM files; `credential` holds key and certificate, and is read at each attempt, since it is renewed. */
  readonly authority: string;
  readonly credential: string;
}

/** To an external broker, with the cloud's certificate. */
export const overTls =
  ({ host, port, authority, credential }: TlsWay): (() => Duplex) =>
  () => {
    const own = readFileSync(credential);
    return connectTls({ host, port, ca: readFileSync(authority), key: own, cert: own, minVersion: 'TLSv1.2', servername: /^[\d.]+$|:/.test(host) ? '' : host }).setNoDelay(true);
  };
