/** The walls around guests that no row of the matrix is about: before the agent and after it, between ports, and from the home to them. */
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pathTableOf } from '../../linux/datapath/kernelRouting.ts';
import { NativeError } from '../../linux/native.ts';
import { MAG_LINK_LOCAL, MAG_MAC } from '../../protocol/address.ts';
import { encode } from '../../protocol/codec.ts';
import { ipv6Packet } from '../../protocol/ip.ts';
import { encodeNeighbour } from '../../protocol/neighbour/neighbourDiscovery.ts';
import { frame, packetFrame, udpPacket } from '../isolation/frames.ts';
import { GUESTS, INTERNET, LAN, makeHome, type Home } from '../isolation/home.ts';
import { MATRIX } from '../isolation/rows.ts';
import { behindWall } from '../isolation/run.ts';
import { bpfWall, kernelWall, type Wall } from '../isolation/walls.ts';

const { a, b } = GUESTS;
/** As docs/ISOLATION.md gives it to its readers, for both networks of guests. */
const ZONE = (/table inet guests \{.*?\n {4}\}\n/s.exec(readFileSync('docs/ISOLATION.md', 'utf8'))?.[0] ?? '').replaceAll('"br-guest"', '"br-guest*"');
let home: Home;
beforeEach(() => {
  home?.forget();
});
beforeAll(() => {
  home = makeHome('h');
});
afterAll(() => home?.remove());

let sent = 0;
/** Where a packet comes out; `mark` is in it. */
async function placesOf(from: 'a' | 'lan', made: (mark: Uint8Array) => Uint8Array): Promise<readonly string[]> {
  const mark = Buffer.from(`#single ${(sent += 1)}#`);
  home.send(from, made(mark));
  await home.settle();
  return home.seen(mark).filter((place) => place !== 'a listener');
}
const routerOnLan = (): string => home.sh('cat /sys/class/net/br-lan/address').trim();
const fromNas = (family: 'ipv4' | 'ipv6') => placesOf('lan', (m) => packetFrame('02:00:00:00:04:01', routerOnLan(), udpPacket(LAN.nas[family], a[family], 4000, 9, m)));
const toB = () => placesOf('a', (m) => packetFrame(a.mac, b.mac, udpPacket(a.ipv4, b.ipv4, 4000, 9, m)));

describe('without an agent', () => {
  test('the home reaches guests, and they reach each other: nobody is between them', async () => {
    await toB(); // and the bridge knows where A is
    expect([await fromNas('ipv4'), await fromNas('ipv6'), await toB()]).toEqual([['guest A'], ['guest A'], ['guest B']]);
  });

  test('a firewall zone that rejects keeps guests out of the home and of the router: before the first start, and after the last stop', async () => {
    home.sh(`echo '${ZONE}' | nft -f -`);
    // What stays among guests is for the bridge, and ARP and neighbour discovery for the agent.
    const rows = MATRIX.filter((g) => ['To the home\'s LAN', 'To the router'].includes(g.title)).flatMap((g) => g.rows).filter((row) => row.attached !== 'stationToStation');
    const { found, expected } = await behindWall(home, rows, 'attached');
    home.sh('nft delete table inet guests');
    expect(rows.length).toBeGreaterThan(40);
    expect(found).toEqual(expected);
  });
});

describe('the ports of an access bridge', () => {
  const isolated = (port: string): string => home.sh(`cat /sys/class/net/${port}/brport/isolated`).trim();

  test('do not reach each other, nor does one that comes later; and the router is reached', async () => {
    const counted: boolean[] = [];
    const ports = home.prepare({ count: (_, now) => void counted.push(now) });
    home.sh('ip link add pd type veth peer name pe; ip link set pd master br-guest up');
    await expect.poll(() => isolated('pd')).toBe('1');
    expect([isolated('pa'), isolated('pb'), await toB()]).toEqual(['1', '1', []]);
    expect(counted).toEqual([true, true, true, true]);
    home.sh('ip link set pd nomaster');
    await expect.poll(() => counted.at(-1)).toBe(false);
    home.sh('ip link set pd master br-guest');
    await expect.poll(() => isolated('pd')).toBe('1');
    await expect.poll(() => counted.at(-1)).toBe(true);
    home.sh('ip link del pd');
    await expect.poll(() => counted.at(-1)).toBe(false);
    ports.close();
  });

  test('are apart also where what they send cannot be counted', () => {
    home.sh('echo 0 >/sys/class/net/pa/brport/isolated');
    const told: string[] = [];
    const count = (): never => {
      throw new NativeError('attach the program', 'EEXIST');
    };
    home.prepare({ count, onError: (e) => void told.push(e.message) }).close();
    expect([isolated('pa'), told.length]).toEqual(['1', 3]);
  });

  test('do not fill the memory with MACs that somebody invents', async () => {
    const [major = 0, minor = 0] = release().split('.').map(Number);
    const invent = async (count: number): Promise<number> => {
      for (let n = 1; n <= count; n++) home.send('a', frame(`02:00:00:01:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`, MAG_MAC, 0x88b5, new Uint8Array(46)));
      await home.settle();
      return Number(home.sh('bridge fdb show br br-guest | grep -c "^02:00:00:01"'));
    };
    expect(await invent(9000)).toBeGreaterThan(major > 6 || (major === 6 && minor >= 7) ? 8000 : 8999);
    expect(await invent(9000)).toBeLessThan(major > 6 || (major === 6 && minor >= 7) ? 8193 : 9001);
    home.sh('ip link set br-guest type bridge fdb_flush');
  });

  test('reach each other where station-to-station allows it', async () => {
    const ports = home.prepare({ stationToStation: true });
    expect([isolated('pa'), isolated('pb'), await toB()]).toEqual(['0', '0', ['guest B']]);
    ports.close();
    home.prepare().close();
    expect(isolated('pa')).toBe('1');
  });
});

test('who solicits in many names does not fill the table of IPv6 neighbours, in which the home is, too', async () => {
  const remembered = async (): Promise<number> => {
    for (let n = 0; n < 300; n++) {
      const from = `fe80::a:${(n + 1).toString(16)}`;
      const message = encodeNeighbour(from, MAG_LINK_LOCAL, { kind: 'neighbourSolicitation', target: MAG_LINK_LOCAL, options: [{ kind: 'sourceLinkLayerAddress', address: a.mac }] });
      home.send('a', packetFrame(a.mac, MAG_MAC, encode(ipv6Packet, message)));
    }
    await home.settle();
    const count = Number(home.sh('ip -6 neighbour show dev br-guest | grep -c fe80::a:'));
    home.sh('ip -6 neighbour flush dev br-guest');
    return count;
  };
  expect(await remembered()).toBe(300);
  const wall = bpfWall(home);
  const first = await remembered();
  // A hundred at once, and what each further second lets pass on a busy machine.
  expect([first >= 100, first < 300]).toEqual([true, true]);
  expect(wall.drops()['policed']).toBe(BigInt(300 - first));
  wall.remove();
});

test('guests take no place in the table of connections, which the home needs', async () => {
  const wall = bpfWall(home);
  wall.attach();
  // As a router's firewall looks at connections.
  home.sh(`echo '${ZONE}table inet home { chain forward { type filter hook forward priority 0; ct state established accept; }\n }' | nft -f -`);
  const tracked = async (port: number): Promise<number> => {
    for (let n = 0; n < 50; n++) home.send('a', packetFrame(a.mac, MAG_MAC, udpPacket(a.ipv4, INTERNET.ipv4, port + n, 9)));
    await home.settle();
    return Number(home.sh('cat /proc/sys/net/netfilter/nf_conntrack_count'));
  };
  const before = wall.tunnelled() ?? 0n;
  expect(await tracked(1000)).toBe(0);
  expect((wall.tunnelled() ?? 0n) - before).toBe(50n);
  home.sh('nft delete chain inet guests untracked');
  expect(await tracked(2000)).toBe(50);
  home.sh('nft delete table inet guests; nft delete table inet home');
  wall.remove();
});

describe.each([['the programs', bpfWall], ['nftables and the kernel\'s rules', kernelWall]] as const)('with %s', (_, build) => {
  let wall: Wall;
  beforeAll(() => {
    wall = build(home);
    wall.attach();
  });
  afterAll(() => wall.remove());

  test('the home does not reach guests: the router has no way to them but from their tunnels', async () => {
    for (const family of ['ipv4', 'ipv6'] as const) expect(await fromNas(family)).toEqual(['the internet']);
  });

  test('where a device is set not to forward, the router is not reached either', async () => {
    const set = (value: number) => home.sh(`echo ${value} > /proc/sys/net/ipv4/conf/br-guest/forwarding; echo ${value} > /proc/sys/net/ipv6/conf/br-guest/forwarding`);
    set(0);
    const rows = MATRIX.filter((g) => g.title === 'To the router').flatMap((g) => g.rows).filter((row) => row.attached === 'tunnel');
    const { found, expected } = await behindWall(home, rows, 'attached');
    set(1);
    expect(found).toEqual(expected);
  });

  test('a guest whose tunnel is gone does not leave by the WAN', async () => {
    // As the kernel does it when the interface goes.
    const tables = Object.values(GUESTS).map((g) => pathTableOf(g.index));
    home.sh(`ip link set pmip0 down 2> /dev/null || for t in ${tables.join(' ')}; do ip route flush table $t; ip -6 route flush table $t; done`);
    const rows = MATRIX.flatMap((g) => g.rows).filter((row) => row.attached === 'tunnel');
    const { found, expected } = await behindWall(home, rows, 'attached');
    expect(found).toEqual(expected);
  });
});
