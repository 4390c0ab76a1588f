/** A phone of the simulated lab: DHCP, router advertisements, echo probes and a connection; it never does anything when it roams. */
import { deadline, startPhoneDhcp, step, type PhoneDhcpEvent } from './phoneDhcp.ts';
import { routerSolicitation } from './phoneFrames.ts';
import { linkLocalOf, parseIpv6, formatIpv6, type Ipv4, type Ipv6 } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import { DecodeError, decode } from '../../protocol/codec.ts';
import { ETHERTYPE_IPV6, ethernetFrame, decodeFirst, ipv6Packet, PROTOCOL_ICMPV6 } from '../../protocol/ip.ts';
import { decodeNeighbour } from '../../protocol/neighbour/neighbourDiscovery.ts';
import type { Millis } from '../../protocol/units.ts';
import { now } from '../../runtime/clock.ts';
import type { Packets } from '../handover.ts';
import type { TcpReport } from '../traffic/tcp.ts';
import type { Addresses } from '../walk.ts';
import type { Home, Listener } from './home.ts';
import { datagramOf, ECHO_PORT, packetOf, SEGMENT, segment, sequenceOf, STREAM_PORT } from './internetHost.ts';

const PROBE_INTERVAL: Millis = 10;
/** A segment not acknowledged within this is sent again. */
const PATIENCE: Millis = 30;
const OCTETS_PER_SEGMENT = 5;

export interface SimulatedPhone extends Listener {
  readonly mac: Mac;
  /** Where the radio is now. */
  home: Pick<Home, 'frame' | 'packet' | 'detach' | 'vanish'> | undefined;
  addresses(): Addresses;
  startTraffic(targets: readonly string[]): void;
  /** When the next packet from the internet host comes. */
  nextPacket(): Promise<Millis>;
  /** Ends the traffic: what was sent and lost, and whether each connection lived. */
  stopTraffic(): { readonly packets: Packets; readonly tcp: readonly TcpReport[] };
  solicit(): void;
  close(): void;
}

interface Stream {
  readonly source: string;
  readonly target: string;
  sent: number;
  acknowledged: number;
  alive: boolean;
  lastProgress: Millis;
  longestStall: Millis;
}

export function createPhone(mac: Mac): SimulatedPhone {
  const dhcp = startPhoneDhcp(mac);
  let ipv4: Ipv4 | undefined;
  let ipv6: Ipv6 | undefined;
  let sent = 0;
  let received = 0;
  const streams: Stream[] = [];
  const timers: NodeJS.Timeout[] = [];
  let waiting: ((at: Millis) => void)[] = [];
  let dhcpTimer: NodeJS.Timeout | undefined;

  function drive(event: PhoneDhcpEvent): void {
    for (const frame of step(dhcp, event, now().at)) phone.home?.frame(mac, frame);
    ipv4 = dhcp.lease?.address;
    clearTimeout(dhcpTimer);
    const next = deadline(dhcp);
    if (next) dhcpTimer = setTimeout(() => drive({ kind: 'timer' }), Math.max(0, Math.min(next.at - now().at, 2 ** 31 - 1)));
  }

  /** SLAAC: the first on-link autonomous prefix and the interface identifier that the MAC makes. */
  function advertised(frame: Uint8Array): void {
    try {
      const { etherType, payload } = decode(ethernetFrame, frame);
      if (etherType !== ETHERTYPE_IPV6) return;
      const packet = decodeFirst(ipv6Packet, payload);
      const message = packet.nextHeader === PROTOCOL_ICMPV6 ? decodeNeighbour(packet) : undefined;
      if (message?.kind !== 'routerAdvertisement') return;
      const prefix = message.options.find((o) => o.kind === 'prefixInformation');
      if (prefix?.kind !== 'prefixInformation') return;
      const address = parseIpv6(prefix.prefix.address);
      address.set(parseIpv6(linkLocalOf(mac)).subarray(8), 8);
      ipv6 = formatIpv6(address);
    } catch (e) {
      if (!(e instanceof DecodeError)) throw e;
    }
  }

  const send = (source: string, destination: string, port: number, payload: Uint8Array): void =>
    phone.home?.packet(mac, packetOf({ source, destination, sourcePort: 40_000 + port, destinationPort: port, payload }));

  function push(s: Stream): void {
    const at = now().at;
    s.longestStall = Math.max(s.longestStall, at - s.lastProgress);
    if (s.alive) send(s.source, s.target, STREAM_PORT, s.sent === 0 ? segment(SEGMENT.open, 0) : segment(SEGMENT.data, s.acknowledged));
  }

  function onSegment(s: Stream, payload: Uint8Array): void {
    if (payload[0] === SEGMENT.reset) s.alive = false;
    if (payload[0] !== SEGMENT.acknowledge) return;
    const next = sequenceOf(payload);
    if (next < s.acknowledged) return;
    if (next > s.acknowledged || s.sent === 0) s.lastProgress = now().at;
    s.acknowledged = next;
    s.sent = next + 1;
  }

  const phone: SimulatedPhone = {
    mac,
    home: undefined,
    addresses: () => ({ ipv4: ipv4 === undefined ? [] : [ipv4], ipv6: ipv6 === undefined ? [] : [ipv6] }),
    frame(frame) {
      advertised(frame);
      drive({ kind: 'frame', frame });
    },
    packet(packet) {
      for (const tell of waiting) tell(now().at);
      waiting = [];
      const d = datagramOf(packet);
      const stream = d?.sourcePort === STREAM_PORT ? streams.find((s) => s.source === d.destination) : undefined;
      if (stream && d) onSegment(stream, d.payload);
      else if (d?.sourcePort === ECHO_PORT) received++;
    },
    solicit() {
      drive({ kind: 'linkUp' });
      phone.home?.frame(mac, routerSolicitation(mac));
    },
    startTraffic(targets) {
      for (const target of targets) {
        const source = target.includes(':') ? ipv6 : ipv4;
        if (source === undefined) continue;
        timers.push(
          setInterval(() => {
            sent++;
            send(source, target, ECHO_PORT, segment(0, sent));
          }, PROBE_INTERVAL),
        );
        const stream: Stream = { source, target, sent: 0, acknowledged: 0, alive: true, lastProgress: now().at, longestStall: 0 };
        streams.push(stream);
        timers.push(setInterval(() => push(stream), PATIENCE));
      }
    },
    nextPacket: () => new Promise((resolve) => waiting.push(resolve)),
    stopTraffic() {
      for (const timer of timers) clearInterval(timer);
      return {
        packets: { sent, lost: sent - received },
        tcp: streams.map((s) => ({
          alive: s.alive && s.acknowledged > 0,
          octetsSent: s.sent * OCTETS_PER_SEGMENT,
          octetsVerified: s.acknowledged * OCTETS_PER_SEGMENT,
          corrupt: 0,
          longestStallMs: s.longestStall,
          localAddress: s.source,
        })),
      };
    },
    close() {
      phone.stopTraffic();
      clearTimeout(dhcpTimer);
    },
  };
  return phone;
}
