/**
 * Signalling between MAG and LMA on both transports at once (RFC 5213 §5, 5844 §4): raw IPv6 protocol 135 and IPv4-UDP 5436.
 * Decodes, authenticates (RFC 4285), and answers the way a message came. Whatever is wrong is counted and dropped here.
 */
import { createHmac } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { mobilitySocket, type MobilitySocket } from '../linux/sockets/mobilitySocket.ts';
import { ANY_IPV6, type Ipv4, type Ipv6 } from '../protocol/address.ts';
import { DecodeError } from '../protocol/codec.ts';
import type { Endpoint, Received, Send } from '../protocol/entity.ts';
import { encodeAuthenticated, verify } from '../protocol/mobility/authentication.ts';
import { decodeMessage, encodeMessage, SIGNALLING_PORT, UnknownMessageError, type Transport } from '../protocol/mobility/header.ts';
import type { MobilityMessage } from '../protocol/mobility/messages.ts';
import { find } from '../protocol/mobility/options.ts';
import { NAI } from '../protocol/mobility/suboptions.ts';

/** Who shares a key with us. */
export interface SecurityAssociations {
  /** Whose message this claims to be; undefined = nobody that we have a key with. */
  claimed(message: MobilityMessage, from: Endpoint): string | undefined;
  /** At least 16 octets. */
  keyOf(peer: string): Uint8Array | undefined;
  /** Are messages without a valid authenticator dropped? */
  readonly required: boolean;
}

export interface SignallingOptions {
  readonly role: 'mag' | 'lma';
  /** MAG: added as MAG Identifier option to what is signed. */
  readonly identity?: string;
  /** IPv6 addresses to listen on with protocol 135; `::` = all, absent = none. */
  readonly ipv6?: readonly Ipv6[];
  /** IPv4 addresses to listen on with UDP; `0.0.0.0` = all, absent = none. */
  readonly ipv4?: readonly Ipv4[];
  /** Default 5436; anything else is for a loopback without privileges. */
  readonly port?: number;
  readonly associations: SecurityAssociations;
  readonly onReceived: (received: Received) => void;
  readonly onUnknown: (from: Endpoint, mhType: number) => void;
  /** Counted by reason. */
  readonly onDiscard: (reason: string) => void;
  readonly onError: (error: Error) => void;
  /** Every message as it passes, for debug and captures. */
  readonly onTrace?: (direction: 'in' | 'out', endpoint: Endpoint, message: MobilityMessage) => void;
}

export interface Signalling {
  send(effect: Send): void;
  close(): void;
}

const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array => createHmac('sha1', key).update(data).digest();

/** @throws NativeError, or the system's error, when a socket cannot be opened */
export async function openSignalling(options: SignallingOptions): Promise<Signalling> {
  const mobility: MobilitySocket[] = [];
  const udp = new Map<Ipv4, Socket>();
  const port = options.port ?? SIGNALLING_PORT;

  const receive = (octets: Uint8Array, transport: Transport, from: Endpoint): void => {
    try {
      const message = decodeMessage(octets, transport);
      const peer = authenticate(options, octets, message, from);
      if (peer === false) return;
      options.onTrace?.('in', from, message);
      options.onReceived({ kind: 'message', from, message, ...(peer === undefined ? {} : { peer }) });
    } catch (e) {
      if (e instanceof UnknownMessageError) options.onUnknown(from, e.mhType);
      if (e instanceof DecodeError) options.onDiscard(`malformed: ${e.reason}`);
      else throw e;
    }
  };

  for (const address of options.ipv6 ?? []) {
    mobility.push(
      mobilitySocket({
        ...(address === ANY_IPV6 ? {} : { address }),
        onMessage: (m) => receive(m.octets, { kind: 'ipv6', source: m.source, destination: m.destination }, { transport: 'ipv6', local: m.destination, remote: m.source }),
        onError: options.onError,
      }),
    );
  }
  for (const address of options.ipv4 ?? []) {
    const socket = await bound(address, port, options.onError);
    udp.set(address, socket);
    socket.on('message', (octets, r) => {
      try {
        receive(octets, { kind: 'udp' }, { transport: 'udp', local: address, remote: r.address, remotePort: r.port });
      } catch (e) {
        options.onError(e as Error);
      }
    });
  }

  return {
    send({ to, message, peer }) {
      options.onTrace?.('out', to, message);
      const transport: Transport = to.transport === 'ipv6' ? { kind: 'ipv6', source: to.local, destination: to.remote } : { kind: 'udp' };
      const octets = sign(options, message, peer, transport, to);
      if (to.transport === 'ipv6') mobility[0]?.send(octets, { source: to.local, destination: to.remote });
      else (udp.get(to.local) ?? udp.values().next().value)?.send(octets, to.remotePort ?? port, to.remote, (e) => e && options.onError(e));
    },
    close() {
      for (const socket of mobility) socket.close();
      for (const socket of udp.values()) socket.close();
    },
  };
}

/** The peer whose key fits; undefined if nobody claims it and nobody has to; false if it was dropped. */
function authenticate(options: SignallingOptions, octets: Uint8Array, message: MobilityMessage, from: Endpoint): string | undefined | false {
  const { associations } = options;
  const peer = associations.claimed(message, from);
  const key = peer === undefined ? undefined : associations.keyOf(peer);
  const whole = octets.subarray(0, ((octets[1] as number) + 1) * 8);
  if (key && verify(whole, message, magAddress(options, from), key, hmac)) return peer;
  if (!key && !associations.required) return undefined;
  options.onDiscard(key ? 'authentication failed' : 'unknown peer');
  return false;
}

function sign(options: SignallingOptions, message: MobilityMessage, peer: string | undefined, transport: Transport, to: Endpoint): Uint8Array {
  const key = peer === undefined ? undefined : options.associations.keyOf(peer);
  if (!key) return encodeMessage(message, transport);
  const { identity } = options;
  const named = identity === undefined || find(message.options, 'magIdentifier') ? message : { ...message, options: [...message.options, { kind: 'magIdentifier', subtype: NAI, identifier: identity } as const] };
  return encodeAuthenticated(named, transport, magAddress(options, to), key, hmac);
}

/** Over UDP a NAT may rewrite it, so it is not covered. */
const magAddress = (options: SignallingOptions, e: Endpoint): string => (e.transport === 'udp' ? ANY_IPV6 : options.role === 'mag' ? e.local : e.remote);

function bound(address: Ipv4, port: number, onError: (e: Error) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(port, address, () => {
      socket.off('error', reject);
      socket.on('error', onError);
      resolve(socket);
    });
  });
}
