/** A WAN device without an Ethernet header (PPPoE, LTE, WireGuard; here a TUN), and one that appears later. */
import { constants } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { check, native } from '../../linux/native.ts';
import { inNamespace } from '../../linux/namespace.ts';
import { decode, encode } from '../../protocol/codec.ts';
import { dataPacket } from '../../protocol/gre.ts';
import type { DataPacket } from '../../protocol/gre.ts';
import type { TunnelTransport } from '../../protocol/paths.ts';
import { HOST, LMA, PHONES, lmaConfig, makeWorld, pathPair } from '../datapath/world.ts';
import type { World } from '../datapath/world.ts';
import { udp } from '../datapath/packets.ts';

const TUNSETIFF = 0x400454ca;
const IFF_TUN = 1;
const IFF_NO_PI = 0x1000;
const REMOTE = { gre6: '2001:db8:77::2', ipv4: '198.18.77.2' };

let world: World;
let tun: number;
beforeAll(() => {
  world = makeWorld('t');
  world.start('lma', { ...lmaConfig, wan: ['tun0'] });
  tun = inNamespace(world.namespace('lma'), () => {
    const fd = check('open the TUN device', native().open('/dev/net/tun', constants.O_RDWR | constants.O_NONBLOCK));
    const request = new Uint8Array(40);
    request.set(new TextEncoder().encode('tun0'));
    new DataView(request.buffer).setUint16(16, IFF_TUN | IFF_NO_PI, true);
    check('make tun0', native().ioctl(fd, TUNSETIFF, request));
    return fd;
  });
  world.sh('lma', 'ip link set tun0 up; ip route add 198.18.77.0/24 dev tun0; ip route add 2001:db8:77::/64 dev tun0');
  inNamespace(world.namespace('lma'), () => world.paths('lma').attachWan('tun0'));
});
afterAll(() => {
  native().close(tun);
  world.remove();
});

/** The next tunnel packet that leaves by the TUN with an inner packet of that family; others (router solicitations) are skipped. */
async function receive(family: number): Promise<DataPacket> {
  for (;;) {
    const buffer = new Uint8Array(2000);
    const length = native().read(tun, buffer);
    if (length <= 0) {
      await setTimeout(1);
      continue;
    }
    const outer = (buffer[0] as number) >> 4 === 6 ? buffer[6] : buffer[9];
    if (outer !== 47 && outer !== 17) continue;
    const packet = decode(dataPacket, buffer.slice(0, length));
    if ((packet.inner[0] as number) >> 4 === family) return packet;
  }
}

test.each(['gre6', 'gre4', 'udp4'] as const)('packets come out of %s and go into it without an Ethernet header', async (transport: TunnelTransport) => {
  const remote = transport === 'gre6' ? REMOTE.gre6 : REMOTE.ipv4;
  const { lma } = pathPair('a', 'home1', transport, transport === 'udp4' ? { remotePort: 40_000 } : {});
  world.paths('lma').set({ ...lma, tunnel: { ...lma.tunnel, remote } });
  const ends = transport === 'gre6' ? { source: remote, destination: LMA.ipv6 } : { source: remote, destination: LMA.ipv4 };
  const outer = transport === 'gre6'
    ? { version: 6 as const, trafficClass: 0, flowLabel: 0, hopLimit: 64, ...ends }
    : { version: 4 as const, trafficClass: 0, identification: 0, dontFragment: true, moreFragments: false, fragmentOffset: 0, ttl: 64, options: new Uint8Array(0), ...ends };
  const framing = transport === 'udp4' ? { udp: { sourcePort: 40_000, destinationPort: 5437 }, tlv: true as const } : {};
  for (const [from, to] of [[PHONES.a.ipv4, HOST.ipv4], [PHONES.a.ipv6, HOST.ipv6]] as const) {
    const before = world.paths('lma').counters(5)?.upPackets ?? 0n;
    world.sh('host', 'ping -c1 -W0.1 203.0.113.1 >/dev/null; ping -c1 -W0.1 2001:db8:c::1 >/dev/null; true'); // neighbours are known
    // The port is closed: the host answers with an ICMP error, which goes down the tunnel.
    check('write to the TUN', native().write(tun, encode(dataPacket, { outer, ...framing, gre: { checksummed: false, key: PHONES.a.up }, inner: udp(from, to, 10) })));
    expect((world.paths('lma').counters(5)?.upPackets ?? 0n) - before).toBe(1n);
    expect(await receive(from.includes(':') ? 6 : 4)).toMatchObject({ outer: { source: ends.destination, destination: remote }, gre: { key: PHONES.a.down }, ...(transport === 'udp4' ? { udp: { sourcePort: 5437, destinationPort: 40_000 } } : {}) });
  }
});
