/** The broker in the cloud's own process: aedes behind TLS. Sessions end with their connection; what lasts are retained messages. */
import { duplexPair, type Duplex } from 'node:stream';
import { Aedes, type AuthenticateError, type Client } from 'aedes';
import { topics } from '../../runtime/fleet/topics.ts';
import { networkOf } from '../api/client.ts';
import type { Authority } from '../pki/ports.ts';
import { whyNotPublish, whyNotSubscribe, type Who } from './acl.ts';
import { openDoor, type Guest } from './door.ts';
import { LIMITS, type BrokerLimits } from './limits.ts';
import type { EmbeddedBroker, Peer, Presence, Refusal } from './ports.ts';
import { createRefusals } from './refusals.ts';
import { openRetained } from './retained.ts';
import { createThrottle } from './throttle.ts';

export interface EmbeddedOptions extends Presence {
  /** Port 0: any. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly authority: Authority;
  /** Of the state directory; retained messages are kept there. */
  readonly folder: string;
  readonly now: () => number;
  readonly limits?: Partial<BrokerLimits>;
  /** Beside another broker: new gateways come here, all others there (mosquittoConfig.ts says why). */
  readonly only?: 'claim';
  /** For the audit log. */
  readonly onRefused: (refusal: Refusal) => void;
  readonly onError: (error: Error) => void;
}

interface Session extends Who {
  readonly peer: Peer;
  /** Why it may not connect. */
  readonly refused?: string;
}

const NOT_AUTHORIZED = 5;
/** A subscription (MQTT 3.1.1 §3.9.3). */
const REFUSED = 128;
const CONNECT_WITHIN = 10_000;
const DRAINED_WITHIN = 10_000;
const INSIDE: Peer = { role: 'cloud', name: 'cloud', serial: '', address: '' };

/** @throws Error in words when it cannot listen or its folder cannot be used */
export async function startEmbedded(o: EmbeddedOptions): Promise<EmbeddedBroker> {
  const { authority, onConnected, onDisconnected, onError } = o;
  const limits: BrokerLimits = { ...LIMITS, ...o.limits };
  const refusals = createRefusals(o.now, o.onRefused);
  const claims = createThrottle(limits.claimsPerMinute, 60_000, o.now);
  const retained = await openRetained(o.folder, onError);
  const peers = new WeakMap<object, Peer>();
  const sessions = new WeakMap<Client, Session>();

  const refuse = (session: Who & { readonly peer: Peer }, action: Refusal['action'], target: string, reason: string): Error => {
    refusals.add({ who: session.peer.name, address: session.peer.address, action, target, reason });
    return new Error(reason);
  };

  const aedes = new Aedes({
    // A client that does not read takes a place until it is given up: with places for all it takes no other's.
    concurrency: 0,
    drainTimeout: DRAINED_WITHIN,
    connectTimeout: CONNECT_WITHIN,
    maxClientsIdLength: 64,
    maxTopicLevels: 16,
    preConnect(client, packet, done) {
      const peer = peers.get(client.conn);
      if (!peer) return done(new Error('nobody is there'), false);
      const who = { role: peer.role, name: peer.name, clientId: packet.clientId };
      const why = whyNotConnect(who, packet.will);
      sessions.set(client, { ...who, peer, ...(why === undefined ? {} : { refused: why }) });
      // A claim credential has whatever client id it says: it must not end a gateway's session by it.
      if (peer.role !== 'gateway') packet.clientId = `${peer.role} ${packet.clientId}`;
      packet.clean = true;
      done(null, true);
    },
    authenticate(client, _user, _password, done) {
      const session = sessions.get(client);
      const why = !session ? 'nobody is there' : authority.isRevoked(session.peer.serial) ? 'the certificate is revoked' : session.refused;
      if (!session || why === undefined) return done(null, session !== undefined);
      const error: AuthenticateError = Object.assign(refuse(session, 'connect', session.clientId, why), { returnCode: NOT_AUTHORIZED });
      done(error, false);
    },
    authorizePublish(client, packet, done) {
      const session = client ? sessions.get(client) : undefined;
      if (!session) return done(new Error('nobody is there'));
      const why = whyNotPublish(session, packet.topic, packet.retain) ?? (session.role === 'claim' && !claims.take(networkOf(session.peer.address)) ? 'too many claims from this address' : undefined);
      if (why !== undefined) return done(refuse(session, 'publish', packet.topic, why));
      if (packet.retain) retained.keep(packet.topic, Buffer.from(packet.payload));
      // Kept here, and not by aedes too.
      packet.retain = false;
      done();
    },
    authorizeSubscribe(client, subscription, done) {
      const session = sessions.get(client);
      const why = session ? whyNotSubscribe(session, subscription.topic) : 'nobody is there';
      if (why === undefined) return done(null, subscription);
      if (session) refuse(session, 'subscribe', subscription.topic, why);
      // MQTT 3.1.1 §3.9.3: it is told, and the connection stays.
      done(null, null);
    },
  });
  await aedes.listen();
  aedes.on('clientReady', (client) => tell(onConnected, client));
  aedes.on('clientDisconnect', (client) => tell(onDisconnected, client));
  const malformed = (client: Client, error: Error & { readonly code?: string }): void => {
    const session = sessions.get(client);
    // What was refused is counted already; a link that broke is none of this.
    if (error.code === undefined && !session) refusals.add({ who: peers.get(client.conn)?.name ?? '', address: peers.get(client.conn)?.address ?? '', action: 'connect', target: '', reason: 'what came is no MQTT' });
  };
  aedes.on('connectionError', malformed);
  aedes.on('clientError', malformed);
  aedes.on('subscribe', (subscriptions, client) => {
    for (const { topic: filter, qos } of subscriptions) {
      const granted: number = qos;
      if (granted === REFUSED) continue;
      for (const [topic, payload] of retained.matching(filter)) client.publish({ cmd: 'publish', topic, payload, qos, retain: true, dup: false }, () => undefined);
    }
  });

  function tell(call: ((peer: Peer) => void) | undefined, client: Client): void {
    const session = sessions.get(client);
    if (session && session.peer !== INSIDE) call?.(session.peer);
  }

  function enter(stream: Duplex, peer: Peer): void {
    peers.set(stream, peer);
    aedes.handle(stream);
  }

  const door = await openDoor({ ...o, limits, refusals, onGuest: ({ stream, peer }: Guest) => enter(stream, peer) });

  async function end(which: (peer: Peer) => boolean): Promise<void> {
    const ending = [...door.guests()].filter(({ peer }) => which(peer)).map(
      ({ stream }) =>
        new Promise<void>((resolve) => {
          stream.once('close', () => resolve());
          stream.destroy();
        }),
    );
    await Promise.all(ending);
  }
  authority.onRevocation((serials) => void end((peer) => serials.includes(peer.serial)));

  return {
    port: door.port,
    get sessions() {
      return aedes.connectedClients;
    },
    refused: refusals.counts,
    admission: {
      async revoke(gateway, serial) {
        await authority.revoke([...new Set([...authority.valid(gateway), serial])]);
        await end((peer) => peer.name === gateway);
      },
      // Certificates are revoked here, not gateways.
      readmit: () => Promise.resolve(),
    },
    connect() {
      const [inside, outside] = duplexPair();
      enter(inside, INSIDE);
      return outside;
    },
    refresh: () => door.refresh(),
    async close() {
      await door.close();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      await retained.close();
    },
  };
}

function whyNotConnect(who: Who, will: { readonly topic: string } | undefined): string | undefined {
  if (who.role === 'gateway' && who.clientId !== who.name) return 'the client id is not the CN of the certificate';
  if (!will) return undefined;
  return who.role === 'gateway' && will.topic === topics.state(who.name) ? undefined : 'this will is none of a gateway';
}
