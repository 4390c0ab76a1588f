/**
 * A home gateway whose kernel takes no BPF programs, against the LMA with its BPF programs, and a neighbour's home that has them too.
 * The gateway is a virtual machine; everything else is the lab's.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentConfig, lmaConfig, lmaSocket, scriptSocket } from '../../lab/configuration.ts';
import { serveTraffic } from '../../lab/measure.ts';
import { ipBatch, runInside } from '../../lab/namespaces.ts';
import { roamstead } from '../../lab/paths.ts';
import { until } from '../../lab/processes.ts';
import { stationScript } from '../../lab/stationScript.ts';
import type { StationScript } from '../../lab/stationScript.ts';
import { MAG_MAC } from '../../protocol/address.ts';
import { ACCESS, DEFAULTS, RADIO } from '../../lab/topology.ts';
import { openWorld } from '../../lab/world.ts';
import type { World } from '../../lab/world.ts';
import { ask } from '../../runtime/control.ts';
import { startTraffic } from './scene.ts';
import type { Traffic } from './scene.ts';
import { openUmlHome } from './umlHome.ts';
import type { UmlHome } from './umlHome.ts';

/** The neighbour's home has BPF; the other one is the virtual machine. */
const NEIGHBOUR = 1;
const HOME = 2;

/** Column of InEchos in /proc/net/snmp. */
const IN_ECHOS = 8;
/** An IPv4 header and a TCP header. */
const SMALLEST = 40;
/** What else a home router has: a network of its own, with a machine on it. */
const HOME_NETWORK = [
  'ip netns add lan',
  'ip link add lan0 type veth peer name eth0 netns lan',
  'ip address add 192.168.77.1/24 dev lan0',
  'ip link set lan0 up',
  'ip -n lan address add 192.168.77.2/24 dev eth0',
  'ip -n lan link set eth0 up',
  'ip -n lan route add default via 192.168.77.1',
];

let world: World;
let home: UmlHome;
let neighbour: StationScript;
let traffic: Traffic;
let addresses: ReturnType<World['addresses']>;
/** What the agent said when it first started. */
let began: string;

beforeAll(async () => {
  world = await openWorld({ ...DEFAULTS, homes: 2, phones: 1, prefix: 'rsuml-' });
  const start = async (name: string, namespace: string, command: string, config: string) => {
    const file = join(world.folder, `${name}.yaml`);
    writeFileSync(file, config);
    const p = world.spawn({ name, namespace, argv: [process.execPath, roamstead, command, '--config', file] });
    await until(`${name} (see ${p.logFile})`, 30_000, () => p.log().includes(' is ready'));
  };
  const machine = openUmlHome(world, HOME);
  await Promise.all([
    start('lma', world.plan.lma.namespace, 'lma', lmaConfig(world.folder, world.plan)),
    start('neighbour', world.home(NEIGHBOUR).namespace, 'agent', agentConfig(world.folder, world.plan, world.home(NEIGHBOUR), { stations: 'script' })),
    serveTraffic(world),
    machine,
  ]);
  neighbour = await stationScript(scriptSocket(world.folder, world.home(NEIGHBOUR)));
  home = await machine;
  began = await home.startAgent();
});
afterAll(async () => {
  neighbour?.close();
  await home?.guest.close();
  await world?.close();
});

const mac = () => world.phone(1).mac;
const session = async () => ((await ask(lmaSocket(world.folder), { command: 'show lma-service session' })) as Record<string, string>[])[0];
const inGuest = (command: string) => home.guest.run(command);
const inPhone = (...argv: string[]) => runInside(world.phone(1).namespace, argv);

async function roam(to: number): Promise<void> {
  ipBatch(world.plan.air, [`link set ph1 master air${to}`, 'link set ph1 up']);
  await (to === HOME ? home.announce(mac()) : neighbour.attach(ACCESS, mac()));
  await until(`the session at home ${to}`, 15_000, async () => (await session())?.['mag'] === `home${to}@lab.example`);
}

/** Another agent, and the radio tells it that the phone is still there. */
async function startAgain(more?: Readonly<Record<string, unknown>>): Promise<string> {
  const said = await home.startAgent(more);
  await home.announce(mac());
  return said;
}

/** The path's interface in the virtual machine. `ip` remarks that the list changed meanwhile; the next one is asked for anyway. */
const tunnels = async () => (JSON.parse(await inGuest('ip -d -j link 2>/dev/null')) as { ifname: string; mtu: number; linkinfo?: { info_data?: Record<string, unknown> } }[]).filter((l) => /^pmip[46]-\d/.test(l.ifname));

describe('a gateway whose kernel has no cls_bpf', () => {
  it('takes the kernel\'s own tunnels by itself, and one line says so', async () => {
    expect(began).toMatch(/info: data path: kernel why=no BPF: .*: E[A-Z]+/);
    // Debian's build of that kernel has nftables without a family for IP.
    expect(began).toMatch(/warn: no wall around guests: .* why=add the table roamstead: EOPNOTSUPP/);
    expect(await inGuest('ip link')).not.toContain('pmip0');
    expect(await home.ask('show mag globals')).toMatchObject({ datapath: 'kernel' });
  });

  it('carries a phone: addresses, IPv4, IPv6 and TCP', async () => {
    await roam(HOME);
    world.startDhcp(1, 'udhcpc');
    addresses = await until('addresses of the phone', 20_000, () => {
      const a = world.addresses(1);
      return a.ipv4.length > 0 && a.ipv6.length > 0 && a;
    });
    traffic = await startTraffic({ world }, { phone: 1, families: ['ipv4', 'ipv6'], addresses });
    expect(await tunnels()).toEqual([expect.objectContaining({ ifname: 'pmip6-0', mtu: 1452 })]);
  });

  it('counts what the phone sends and gets, by inner packets', async () => {
    const received = (await Promise.all(traffic.probes.map((p) => p.report()))).reduce((sum, r) => sum + r.upReceived, 0);
    const [binding] = (await home.ask('show mag binding')) as { counters: Record<string, string> }[];
    expect(received).toBeGreaterThan(0);
    for (const direction of ['up', 'down']) {
      const count = (unit: string) => Number(binding?.counters[`${direction}${unit}`]);
      expect(count('Packets'), direction).toBeGreaterThan(received);
      expect(count('Octets') / count('Packets'), direction).toBeGreaterThanOrEqual(SMALLEST);
    }
  });

  it('keeps the phone away from the router\'s other addresses and from the home\'s own network', async () => {
    await inGuest(HOME_NETWORK.join(' && '));
    const inEchos = async () => (await inGuest(`for n in 'ip netns exec lan' ''; do $n grep ^Icmp: /proc/net/snmp | tail -1 | cut -d' ' -f${IN_ECHOS + 2}; done`)).split('\n').map(Number);
    await inGuest('ping -c 1 -W 2 192.168.77.2');
    const before = await inEchos();
    expect(before[0]).toBe(1);
    for (const target of ['192.168.77.1', '192.168.77.2']) inPhone('sh', '-c', `ping -c 2 -i 0.05 -W 0.2 ${target} || true`);
    expect(await inEchos()).toEqual(before);
  });

  it('drops what comes from an address that is not the phone\'s', async () => {
    const inEchos = () => Number(/^Icmp: .*\nIcmp: (.*)$/m.exec(runInside(world.plan.inet.namespace, ['cat', '/proc/net/snmp']))?.[1]?.split(' ')[IN_ECHOS]);
    const before = inEchos();
    inPhone('sh', '-c', `ip address add 10.77.200.1/32 dev ${RADIO}; ping -c 3 -i 0.05 -W 0.2 -I 10.77.200.1 ${world.plan.inet.ipv4}; ip address del 10.77.200.1/32 dev ${RADIO}`);
    expect(inEchos()).toBe(before);
    inPhone('ping', '-c', '1', world.plan.inet.ipv4);
    expect(inEchos()).toBe(before + 1);
  });

  it('tells a sender what the tunnel takes', () => {
    // The phone would know from DHCP and router advertisements.
    inPhone('sh', '-c', `ip link set ${RADIO} mtu 1500 && echo 1500 > /proc/sys/net/ipv6/conf/${RADIO}/mtu`);
    for (const [target, header] of [[world.plan.inet.ipv4, 28], [world.plan.inet.ipv6, 48]] as const) {
      const sized = (octets: number) => inPhone('sh', '-c', `ping -M do -c 2 -i 0.1 -W 1 -s ${octets - header} ${target} 2>&1 || true`);
      expect(sized(1453)).toMatch(/mtu ?= ?1452/);
      expect(sized(1452)).toContain(' 0% packet loss');
    }
  });

  it('knows from the bridge that the phone is there, and asks it nothing while it talks', () => {
    const asked = inPhone('sh', '-c', `timeout 3 tcpdump -nli ${RADIO} arp and ether src ${MAG_MAC} 2>/dev/null || true`);
    expect(asked).not.toContain('Request');
  });
});

describe('a phone between a home with BPF and one without', () => {
  it('keeps its addresses and connections there and back', async () => {
    await roam(NEIGHBOUR);
    await traffic.flows();
    await until('the virtual machine to let it go', 10_000, async () => (await tunnels()).length === 0);
    await roam(HOME);
    await traffic.flows();
    expect(world.addresses(1)).toEqual(addresses);
  });
});

describe('the uplink of the gateway', () => {
  it('loses IPv6: the path goes over IPv4; it is back: over IPv6 again', async () => {
    const { ipv6, ipv6Router } = world.home(HOME);
    await inGuest(`ip address del ${ipv6}/64 dev wan0`);
    await until('GRE over IPv4', 10_000, async () => (await session())?.['encap'] === 'gre4');
    await traffic.flows();
    expect(await tunnels()).toEqual([expect.objectContaining({ ifname: 'pmip4-0', mtu: 1472 })]);
    await inGuest(`ip address add ${ipv6}/64 dev wan0 nodad && ip -6 route replace default via ${ipv6Router}`);
    await until('GRE over IPv6', 10_000, async () => (await session())?.['encap'] === 'gre6');
    await traffic.flows();
    expect(await tunnels()).toEqual([expect.objectContaining({ ifname: 'pmip6-0' })]);
  });
});

describe('an agent killed (-9)', () => {
  it('leaves forwarding in place; the next one takes up its path and removes what is nobody\'s', async () => {
    const [before] = await tunnels();
    await home.endAgent('KILL');
    await traffic.flows();
    await inGuest('ip link add pmip6-9 type ip6gre local ::1 remote ::2 ikey 9 okey 9 encaplimit none && ip link set pmip6-9 up && ip route add default dev pmip6-9 table 5213009 && ip rule add pref 2 from 10.77.9.9 iif br-access table 5213009');
    expect(await startAgain()).toContain('took up what the last agent left');
    expect(await tunnels()).toEqual([before]);
    expect(await inGuest('ip rule')).not.toContain('10.77.9.9');
    await traffic.flows();
  });
});

describe('the kernel\'s parts for BPF installed later', () => {
  it('the next agent takes the BPF programs, clears the tunnels away, and the phone goes on', async () => {
    await home.endAgent('KILL');
    await inGuest('for m in sch_ingress cls_bpf; do modprobe -d /run $m || exit 1; done');
    expect(await startAgain()).toContain('data path: bpf why=the kernel takes the BPF programs');
    await traffic.flows();
    expect(await tunnels()).toEqual([]);
    expect(await inGuest('ip rule')).toMatch(/^0:\s+from all lookup local/);
  });

  it('and back, as configured: nothing of the programs is left', async () => {
    await home.endAgent('KILL');
    expect(await startAgain({ datapath: 'kernel' })).toContain('data path: kernel why=configured');
    await traffic.flows();
    expect(await tunnels()).toHaveLength(1);
    expect(await inGuest('ip link')).not.toContain('pmip0');
    expect(await inGuest('tc filter show dev wan0 ingress; tc filter show dev br-access ingress')).not.toContain('bpf');
  });

  it('an agent that is ended leaves the machine as it was', async () => {
    expect(world.addresses(1)).toEqual(addresses);
    await traffic.ends();
    await home.endAgent('INT');
    expect(await tunnels()).toEqual([]);
    expect(await inGuest('ip rule')).toBe('0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n');
    expect(await inGuest('ip -6 rule')).toBe('0:\tfrom all lookup local\n32766:\tfrom all lookup main\n');
  });
});
