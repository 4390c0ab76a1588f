/**
 * Signalling as it goes on the wire, as a stream at the control socket: whole IP packets for a capture file. Names are in them, so
 * it is for root alone, whom the socket belongs to. Nothing is made while nobody captures.
 */
import { canonicalIp, isIpv4, isIpv6 } from '../protocol/address.ts';
import { decodeMessage, MOBILITY_HEADER_PROTOCOL } from '../protocol/mobility/header.ts';
import type { MobilityMessage } from '../protocol/mobility/messages.ts';
import { find } from '../protocol/mobility/options.ts';
import { encode } from '../protocol/codec.ts';
import type { Endpoint } from '../protocol/entity.ts';
import { ipv4Of, ipv4Packet, ipv6Packet, PROTOCOL_UDP, udpDatagram } from '../protocol/ip.ts';
import type { Millis, UnixMillis } from '../protocol/units.ts';
import { afterwards } from './afterwards.ts';
import type { Request, Stream, StreamHandler } from './control.ts';

export type CaptureEvent =
  /** The first one. */
  | { readonly kind: 'on'; readonly seconds: number }
  /** An IP packet in base64. */
  | { readonly kind: 'packet'; readonly at: UnixMillis; readonly packet: string }
  /** The last one. `lost`: packets that its reader was too slow for. */
  | { readonly kind: 'off'; readonly reason: string; readonly packets: number; readonly lost: number };

export interface CaptureServer {
  /** `onWire` of signalling. */
  readonly wire: (direction: 'in' | 'out', endpoint: Endpoint, octets: Uint8Array) => void;
  readonly streams: { readonly capture: StreamHandler };
  close(): void;
}

/** What a message must be to be kept; all that is given must fit. */
interface CaptureFilter {
  /** Address of the peer. */
  readonly host?: string;
  /** MN-Identifier. */
  readonly nai?: string;
  readonly type?: MobilityMessage['kind'];
}

/** How people call the messages. */
export const MESSAGE_NAMES: Readonly<Record<string, MobilityMessage['kind']>> = {
  pbu: 'bindingUpdate',
  pba: 'bindingAcknowledgement',
  bri: 'bindingRevocationIndication',
  bra: 'bindingRevocationAcknowledgement',
  heartbeat: 'heartbeat',
  be: 'bindingError',
  upn: 'updateNotification',
  upa: 'updateNotificationAcknowledgement',
};

const LONGEST_SECONDS = 86_400;
const USUAL_SECONDS = 600;

interface Recorder {
  readonly stream: Stream;
  readonly filter: CaptureFilter;
  /** The most in a second: what a standing capture may cost a process that is busy. */
  readonly rate: number;
  second: number;
  inSecond: number;
  /** How many more. */
  left: number;
  packets: number;
  lost: number;
  timer?: NodeJS.Timeout;
}

/** @param port the signalling port of this process */
export function createCapture({ port, wall = Date.now }: { readonly port: number; readonly wall?: () => UnixMillis }): CaptureServer {
  const recorders = new Set<Recorder>();
  const later = afterwards(({ at, direction, endpoint, octets, to }: { at: UnixMillis; direction: 'in' | 'out'; endpoint: Endpoint; octets: Uint8Array; to: readonly Recorder[] }) => {
    const wanting = to.filter((r) => recorders.has(r) && fits(r.filter, endpoint, octets));
    if (wanting.length === 0) return;
    const packet = Buffer.from(onTheWire(direction, endpoint, octets, port)).toString('base64');
    for (const r of wanting) deliver(r, { kind: 'packet', at, packet });
  });

  function deliver(r: Recorder, event: CaptureEvent): void {
    if (!r.stream.send(event)) r.lost += 1;
    else r.packets += 1;
    r.left -= 1;
    if (r.left <= 0) end(r, 'as many packets as were asked for');
  }

  function leave(r: Recorder): void {
    clearTimeout(r.timer);
    recorders.delete(r);
  }

  function end(r: Recorder, reason: string): void {
    if (!recorders.has(r)) return;
    leave(r);
    r.stream.end({ kind: 'off', reason, packets: r.packets, lost: r.lost } satisfies CaptureEvent);
  }

  return {
    wire(direction, endpoint, octets) {
      if (recorders.size === 0) return;
      const at = wall();
      const to = [...recorders].filter((r) => inRate(r, at));
      if (to.length > 0) later.add({ at, direction, endpoint, octets: octets.slice(), to });
    },
    streams: {
      capture(request) {
        const filter = filterOf(request);
        const seconds = within(request['seconds'], 'seconds', LONGEST_SECONDS) ?? USUAL_SECONDS;
        const rate = within(request['rate'], 'packets a second', Number.MAX_SAFE_INTEGER) ?? Infinity;
        const left = within(request['count'], 'packets', Number.MAX_SAFE_INTEGER) ?? Infinity;
        return (stream) => {
          const r: Recorder = { stream, filter, rate, second: 0, inSecond: 0, left, packets: 0, lost: 0 };
          recorders.add(r);
          stream.onClose(() => leave(r));
          const length: Millis = seconds * 1000;
          r.timer = setTimeout(() => end(r, 'its time is over'), length);
          r.timer.unref();
          stream.send({ kind: 'on', seconds } satisfies CaptureEvent);
        };
      },
    },
    close() {
      later.flush();
      for (const r of recorders) end(r, 'the process ends');
    },
  };
}

/** The packet around a message: raw IPv6, or UDP over IPv4. */
export function onTheWire(direction: 'in' | 'out', e: Endpoint, octets: Uint8Array, port: number): Uint8Array {
  const [source, destination] = direction === 'in' ? [e.remote, e.local] : [e.local, e.remote];
  if (e.transport === 'ipv6') return encode(ipv6Packet, { version: 6, trafficClass: 0, flowLabel: 0, nextHeader: MOBILITY_HEADER_PROTOCOL, hopLimit: 64, source, destination, payload: octets });
  const far = e.remotePort ?? port;
  const [sourcePort, destinationPort] = direction === 'in' ? [far, port] : [port, far];
  return encode(ipv4Packet, ipv4Of(source, destination, PROTOCOL_UDP, encode(udpDatagram(source, destination), { sourcePort, destinationPort, payload: octets })));
}

function filterOf(request: Request): CaptureFilter {
  const text = (name: string): string | undefined => {
    const value = request[name];
    if (value !== undefined && typeof value !== 'string') throw new Error(`${name} is a text`);
    return value;
  };
  const [host, nai, type] = [text('host'), text('nai'), text('type')];
  if (host !== undefined && !isIpv4(host) && !isIpv6(host)) throw new Error(`host ${host}: expected an address`);
  const kind = type === undefined ? undefined : MESSAGE_NAMES[type.toLowerCase()];
  if (type !== undefined && kind === undefined) throw new Error(`no message is called ${type}; there are: ${Object.keys(MESSAGE_NAMES).join(', ')}`);
  return { ...(host === undefined ? {} : { host: canonicalIp(host) }), ...(nai === undefined ? {} : { nai }), ...(kind === undefined ? {} : { type: kind }) };
}

/** What is above it is lost, before it costs anything. */
function inRate(r: Recorder, at: UnixMillis): boolean {
  const second = Math.floor(at / 1000);
  if (second !== r.second) [r.second, r.inSecond] = [second, 0];
  r.inSecond += 1;
  if (r.inSecond > r.rate) r.lost += 1;
  return r.inSecond <= r.rate;
}

function within(value: unknown, what: string, most: number): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !(value >= 1 && value <= most)) throw new Error(`expected 1 to ${most} ${what}`);
  return value;
}

function fits({ host, nai, type }: CaptureFilter, e: Endpoint, octets: Uint8Array): boolean {
  if (host !== undefined && host !== e.remote) return false;
  if (nai === undefined && type === undefined) return true;
  const message = decoded(e, octets);
  return message !== undefined && (type === undefined || message.kind === type) && (nai === undefined || find(message.options, 'mnIdentifier')?.identifier === nai);
}

/** What cannot be read has neither name nor type. */
function decoded(e: Endpoint, octets: Uint8Array): MobilityMessage | undefined {
  try {
    // The checksum covers both addresses, in either order alike.
    return decodeMessage(octets, e.transport === 'ipv6' ? { kind: 'ipv6', source: e.remote, destination: e.local } : { kind: 'udp' });
  } catch {
    return undefined;
  }
}
