/** A gateway or something that holds a certificate, at a real broker: what it tries, and what it hears. */
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { MqttClient } from 'mqtt';
import type { Authority } from '../../../cloud/pki/ports.ts';
import { makeRequest } from '../pki/request.ts';

export interface Identity {
  readonly gateway: string;
  readonly serial: string;
  /** Key and certificate, PEM. */
  readonly credential: string;
}

export async function newGateway(authority: Authority): Promise<Identity> {
  const { request, gateway, key } = makeRequest('CN=any');
  const { pem, serial } = await authority.issue(await authority.prove(request));
  return { gateway, serial, credential: `${key}${pem}` };
}

export interface Device {
  readonly heard: readonly (readonly [topic: string, text: string])[];
  /** Why it could not connect, or the connection ended. */
  readonly ended: Promise<string>;
  readonly alive: boolean;
  /** True: acknowledged. False: the connection ended instead. */
  publish(topic: string, payload: unknown, retain?: boolean): Promise<boolean>;
  /** True: granted. */
  subscribe(filter: string): Promise<boolean>;
  /** Reads nothing any more. */
  stall(): void;
  end(): Promise<void>;
}

export interface Way {
  readonly port: number;
  /** PEM; undefined: shows no certificate. */
  readonly credential?: string;
  readonly authority: string;
  readonly clientId: string;
  readonly will?: { readonly topic: string; readonly payload: string };
}

export const tlsTo = ({ port, credential, authority }: Pick<Way, 'port' | 'credential' | 'authority'>) =>
  connectTls({ host: '127.0.0.1', port, ca: authority, servername: 'localhost', ...(credential === undefined ? {} : { key: credential, cert: credential }) }).setNoDelay(true);

/** @returns the device, connected. @throws Error with why it is not */
export async function connectDevice(way: Way): Promise<Device> {
  const heard: [string, string][] = [];
  const sockets: TLSSocket[] = [];
  const client = new MqttClient(() => {
    const socket = tlsTo(way);
    sockets.push(socket);
    return socket;
  }, {
    clientId: way.clientId,
    protocolVersion: 4,
    reconnectPeriod: 0,
    keepalive: 0,
    connectTimeout: 5000,
    ...(way.will ? { will: { topic: way.will.topic, payload: Buffer.from(way.will.payload), qos: 1, retain: true } } : {}),
  });
  client.on('message', (topic, octets) => heard.push([topic, octets.toString()]));
  let last = 'the connection ended';
  client.on('error', (e) => (last = e.message));
  const ended = new Promise<string>((resolve) => client.once('close', () => resolve(last)));
  const connected = new Promise<'connected'>((resolve) => client.once('connect', () => resolve('connected')));
  const outcome = await Promise.race([connected, ended]);
  if (outcome !== 'connected') throw new Error(outcome);
  const orEnded = (done: Promise<unknown>): Promise<boolean> => Promise.race([done.then(() => true, () => false), ended.then(() => false)]);
  return {
    heard,
    ended,
    get alive() {
      return client.connected;
    },
    publish: (topic, payload, retain = false) => orEnded(client.publishAsync(topic, JSON.stringify(payload), { qos: 1, retain })),
    subscribe: (filter) => orEnded(client.subscribeAsync(filter, { qos: 1 })),
    stall: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    end: () => client.endAsync(true),
  };
}
