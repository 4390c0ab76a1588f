/**
 * Signalling between MAG and LMA on both transports at once (RFC 5213 §5, 5844 §4): raw IPv6 protocol 135 and IPv4-UDP 5436.
 * Decodes, authenticates (RFC 4285), and answers the way a message came. Whatever is wrong is counted and dropped here.
 */
import { createSocket } from 'node:dgram';
import { mobilitySocket } from '../linux/sockets/mobilitySocket.ts';
import { available } from '../linux/native.ts';
import { signallingSocket } from '../linux/sockets/signallingSocket.ts';
import { ANY_IPV4, ANY_IPV6, type Ipv4, type Ipv6 } from '../protocol/address.ts';
import { DecodeError } from '../protocol/codec.ts';
import type { Endpoint, Received, Send } from '../protocol/entity.ts';
import { encodeAuthenticated, verify } from '../protocol/mobility/authentication.ts';
import { decodeMessage, encodeMessage, SIGNALLING_PORT, UnknownMessageError, type Transport } from '../protocol/mobility/header.ts';
import type { MobilityMessage } from '../protocol/mobility/messages.ts';
import { find } from '../protocol/mobility/options.ts';
import { NAI } from '../protocol/mobility/suboptions.ts';
import { hmacSha1 } from './hmac.ts';

/** Who shares a key with us. */
export interface SecurityAssociations {
  /** Whose message this claims to be; undefined = nobody that we have a key with. */
  claimed(message: MobilityMessage, from: Endpoint): string | undefined;
  /** At least 16 octets. */
  keyOf(peer: string): Uint8Array | undefined;
  /** Is a message from here dropped if nobody's key fits it? */
  required(from: Endpoint): boolean;
}

export interface SignallingOptions {
  readonly role: 'mag' | 'lma';
  /** MAG: added as MAG Identifier option to what is signed. */
  readonly identity?: string;
  /** IPv6 addresses to listen on with protocol 135; `::` = all, absent = none. Needs the addon. */
  readonly ipv6?: readonly Ipv6[];
  /** IPv4 addresses to listen on with UDP; `0.0.0.0` = all, which needs the addon to answer from the address that was asked. */
  readonly ipv4?: readonly Ipv4[];
  /** Default 5436; anything else is for a loopback without privileges. */
  readonly port?: number;
  readonly associations: SecurityAssociations;
  readonly onReceived: (received: Received) => void;
  readonly onUnknown: (from: Endpoint, mhType: number) => void;
  /** Counted by reason. */
  readonly onDiscard: (reason: string, from: Endpoint) => void;
  readonly onError: (error: Error) => void;
  /** Every message that was sent, or came and was authenticated, with its octets; for debug. */
  readonly onTrace?: (direction: 'in' | 'out', endpoint: Endpoint, message: MobilityMessage, octets: Uint8Array) => void;
  /** Everything as it passes on the wire, whatever becomes of it; for captures. */
  readonly onWire?: (direction: 'in' | 'out', endpoint: Endpoint, octets: Uint8Array) => void;
}

export interface Signalling {
  send(effect: Send): void;
  close(): void;
}

/** What both transports look like from here. */
interface Port {
  send(octets: Uint8Array, to: Endpoint): void;
  close(): void;
}
const UDP: Transport = { kind: 'udp' };
type Receive = (octets: Uint8Array, transport: Transport, from: Endpoint) => void;

/** @throws NativeError, or an Error in words, when a socket cannot be opened; then none is left open */
export async function openSignalling(options: SignallingOptions): Promise<Signalling> {
  const ports = new Map<string, Port>();
  const port = options.port ?? SIGNALLING_PORT;
  let open = true;

  const receive: Receive = (octets, transport, from) => {
    if (!open) return;
    try {
      options.onWire?.('in', from, octets);
      const message = decodeMessage(octets, transport);
      const peer = authenticate(options, octets, message, from);
      if (peer === false) return;
      options.onTrace?.('in', from, message, octets);
      options.onReceived({ kind: 'message', from, message, ...(peer === undefined ? {} : { peer }) });
    } catch (e) {
      if (e instanceof UnknownMessageError) options.onUnknown(from, e.mhType);
      else if (e instanceof DecodeError) options.onDiscard(`malformed: ${e.reason}`, from);
      else options.onError(e as Error);
    }
  };
  const close = (): void => {
    if (!open) return;
    open = false;
    for (const p of ports.values()) p.close();
  };

  try {
    for (const address of options.ipv6 ?? []) ports.set(address, ipv6Port(address, receive, options.onError));
    for (const address of options.ipv4 ?? []) ports.set(address, address === ANY_IPV4 || available() === true ? udpPort(address, port, receive, options.onError) : await plainUdpPort(address, port, receive, options.onError));
  } catch (e) {
    close();
    throw e;
  }

  return {
    send({ to, message, peer }) {
      if (!open) return;
      const via = ports.get(to.local) ?? ports.get(to.transport === 'ipv6' ? ANY_IPV6 : ANY_IPV4);
      if (!via) return options.onError(new Error(`no signalling socket of ${to.local}, so nothing can be sent to ${to.remote}`));
      const transport: Transport = to.transport === 'ipv6' ? { kind: 'ipv6', source: to.local, destination: to.remote } : UDP;
      const octets = sign(options, message, peer, transport, to);
      const whole = to.transport === 'udp' ? { remotePort: port, ...to } : to;
      options.onTrace?.('out', whole, message, octets);
      options.onWire?.('out', whole, octets);
      via.send(octets, whole);
    },
    close,
  };
}

/** The peer whose key fits; undefined if nobody claims it and nobody has to; false if it was dropped. */
function authenticate(options: SignallingOptions, octets: Uint8Array, message: MobilityMessage, from: Endpoint): string | undefined | false {
  const { associations } = options;
  const peer = associations.claimed(message, from);
  const key = peer === undefined ? undefined : associations.keyOf(peer);
  const whole = octets.subarray(0, ((octets[1] as number) + 1) * 8);
  if (key && verify(whole, message, magAddress(options, from, message.kind === 'bindingAcknowledgement'), key, hmacSha1)) return peer;
  if (!key && !associations.required(from)) return undefined;
  options.onDiscard(key ? 'authentication failed' : 'unknown peer', from);
  return false;
}

function sign(options: SignallingOptions, message: MobilityMessage, peer: string | undefined, transport: Transport, to: Endpoint): Uint8Array {
  const key = peer === undefined ? undefined : options.associations.keyOf(peer);
  if (!key) return encodeMessage(message, transport);
  const { identity } = options;
  const named = identity === undefined || find(message.options, 'magIdentifier') ? message : { ...message, options: [...message.options, { kind: 'magIdentifier', subtype: NAI, identifier: identity } as const] };
  return encodeAuthenticated(named, transport, magAddress(options, to, message.kind === 'bindingUpdate'), key, hmacSha1);
}

/** Over UDP a NAT may rewrite it, so it is not covered. `asMag`: an LMA asks another one, as a MAG would (RFC 6463 §5.3.2). */
const magAddress = (options: SignallingOptions, e: Endpoint, asMag: boolean): string => (e.transport === 'udp' ? ANY_IPV6 : options.role === 'mag' || asMag ? e.local : e.remote);

function ipv6Port(address: Ipv6, receive: Receive, onError: (e: Error) => void): Port {
  const socket = mobilitySocket({
    ...(address === ANY_IPV6 ? {} : { address }),
    onMessage: (m) => receive(m.octets, { kind: 'ipv6', source: m.source, destination: m.destination }, { transport: 'ipv6', local: m.destination, remote: m.source }),
    onError,
  });
  return { send: (octets, to) => void socket.send(octets, { source: to.local, destination: to.remote }), close: () => socket.close() };
}

/** `0.0.0.0` is every address, present and future ones: each message is told to which it came, and answered from there. */
function udpPort(address: Ipv4, port: number, receive: Receive, onError: (e: Error) => void): Port {
  const socket = orInWords(address, port, () =>
    signallingSocket({ address, port, onMessage: (octets, source, sourcePort, destination) => receive(octets, UDP, { transport: 'udp', local: destination, remote: source, remotePort: sourcePort }), onError }),
  );
  return { send: (octets, to) => socket.send(octets, { address: to.remote, port: to.remotePort as number, source: to.local }), close: () => socket.close() };
}

const unavailable = (address: Ipv4, port: number, e: Error): Error => new Error(`no signalling on ${address}:${port} (${e.message}): does this machine have the address, and is the port free?`);

function orInWords<T>(address: Ipv4, port: number, open: () => T): T {
  try {
    return open();
  } catch (e) {
    throw unavailable(address, port, e as Error);
  }
}

/** Of one address, without the addon. */
function plainUdpPort(address: Ipv4, port: number, receive: Receive, onError: (e: Error) => void): Promise<Port> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const refuse = (e: Error): void => reject(unavailable(address, port, e));
    socket.once('error', refuse);
    socket.on('message', (octets, r) => receive(octets, UDP, { transport: 'udp', local: address, remote: r.address, remotePort: r.port }));
    socket.bind(port, address, () => {
      socket.off('error', refuse);
      socket.on('error', onError);
      resolve({ send: (octets, to) => socket.send(octets, to.remotePort as number, to.remote, (e) => e && onError(e)), close: () => socket.close() });
    });
  });
}
