/** The broker over MQTT 3.1.1 and mutual TLS. One connection each time; when to try again is the link's business. */
import { isIP } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { MqttClient, type IClientOptions } from 'mqtt';
import type { Millis } from '../../protocol/units.ts';
import type { Connect, ConnectOptions, Credential } from './ports.ts';

const PORT = 8883;
const SECONDS_KEPT_ALIVE = 60;
const CONNECT_WITHIN = 30_000;
/** A broker that does not answer, behind an uplink that is dead, keeps neither a stop nor the next connection waiting. */
const FAREWELL: Millis = 1000;
/** What a subscription is answered with when the broker refuses it (MQTT 3.1.1 §3.9.3). */
const REFUSED = 0x80;

/** @param broker `mqtts://host:8883` */
export const mqttConnect =
  (broker: string, farewell: Millis = FAREWELL): Connect =>
  (options) => {
    const stream = openTls(options.credential.broker ?? broker, options.credential);
    stream.on('error', fail);
    const client = new MqttClient(() => stream, clientOptions(options));
    const waiting = new Set<(error: Error) => void>();
    let over = false;
    let reason = 'the broker closed the connection';

    function rejectAll(): void {
      for (const reject of waiting) reject(new Error(reason));
      waiting.clear();
    }
    function end(): void {
      if (over) return;
      over = true;
      rejectAll();
      client.end(true);
      options.onClose(reason);
    }
    function fail(error: Error): void {
      reason = inWords(error);
      end();
    }
    /** mqtt.js keeps what is on its way for a next connection, which there is none of here. */
    const orClosed = <T>(work: Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        if (over) return reject(new Error(reason));
        waiting.add(reject);
        work.then(resolve, reject).finally(() => waiting.delete(reject));
      });

    client.on('connect', () => !over && options.onConnect());
    client.on('message', (topic, payload) => !over && options.onMessage(topic, payload.toString()));
    client.on('error', fail);
    client.on('close', end);
    return {
      publish: (topic, payload, { retain = false } = {}) => orClosed(client.publishAsync(topic, payload, { qos: 1, retain }).then(() => undefined)),
      subscribe: (filters) => orClosed(subscribe(client, filters)),
      async close() {
        over = true;
        const polite = client.endAsync().catch(() => undefined);
        await Promise.race([polite, setTimeout(farewell, undefined, { ref: false })]);
        stream.destroy();
        rejectAll();
      },
    };
  };

/** To `mqtts://host:port`, whose certificate must be of the fleet's authority and for that host. @throws Error in words when there is no such place, or PEM is damaged */
function openTls(broker: string, { certificate, key, authority }: Credential): TLSSocket {
  try {
    const url = new URL(broker);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    return connectTls({ host, port: Number(url.port || PORT), ...(isIP(host) === 0 ? { servername: host } : {}), cert: certificate, key, ca: authority, rejectUnauthorized: true });
  } catch (e) {
    throw new Error(`${broker} cannot be asked with this certificate and key: ${(e as Error).message}`, { cause: e });
  }
}

function clientOptions({ clientId, will }: ConnectOptions): IClientOptions {
  return {
    clientId,
    protocolVersion: 4,
    clean: false,
    // Octets of every number there is: 8 MiB.
    writeCache: false,
    ...(will ? { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true } } : {}),
    reconnectPeriod: 0,
    resubscribe: false,
    connectTimeout: CONNECT_WITHIN,
    keepalive: SECONDS_KEPT_ALIVE,
  };
}

async function subscribe(client: MqttClient, filters: readonly string[]): Promise<void> {
  const grants = await client.subscribeAsync([...filters], { qos: 1 });
  const refused = grants.filter(({ qos }) => (qos as number) >= REFUSED);
  if (refused.length > 0) throw new Error(`the broker refuses the subscription to ${refused.map((g) => g.topic).join(', ')}`);
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up now',
  ETIMEDOUT: 'it does not answer',
  ECONNRESET: 'it closed the connection: it may not know this certificate, or have revoked it',
};

function inWords(e: Error & { readonly code?: string | number }): string {
  const known = typeof e.code === 'string' ? WORDS[e.code] : undefined;
  return `the broker: ${known ?? e.message}`;
}
