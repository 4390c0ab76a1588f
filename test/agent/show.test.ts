/** What the agent answers about its bindings: names as Cisco's, identities as configured, and what is not forwarded. */
import { describe, expect, it } from 'vitest';
import { agentSchema } from '../../agent/config.ts';
import { showHandlers } from '../../agent/show.ts';
import type { ShownBinding } from '../../agent/show/binding.ts';
import { fakePaths } from '../../linux/datapath/fakePaths.ts';
import { parseConfig } from '../../runtime/configFile.ts';
import { createCounters } from '../../runtime/counters.ts';
import { createTraces } from '../../runtime/traces.ts';
import { shownAs } from '../../runtime/identities.ts';
import { createLeases } from '../../agent/show/leases.ts';
import { createStatistics } from '../../agent/show/statistics.ts';
import type { ShowOptions } from '../../agent/show/options.ts';
import { shownInterfaces } from '../../agent/show/interfaces.ts';
import type { AccessTrace } from '../../agent/conversations.ts';
import type { MagEvent } from '../../agent/mag/events.ts';
import { dhcpFrame } from '../../agent/dhcp-server/frame.ts';
import { NO_SESSION } from '../../agent/dhcp-server/session.ts';
import { BOOTREPLY, bootpOf } from '../../protocol/dhcp/message.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import type { ShownInterface } from '../../runtime/interfaces.ts';
import { acceptance, activeBench, bri, createBench, HOA, HOME, LMA1, MAC, OTHER_MAC, profile, refusal, ROUTER, START, type Bench } from '../mag/harness.ts';

const NEIGHBOURS = [{ bssid: '02:00:00:00:01:00', ssid: 'community', frequency: 2412, channel: 1, signal: -60.5, lastSeen: Date.UTC(2026, 0, 1) }];
const KEY = '00112233445566778899aabbccddeeff';
function handlers(bench: Bench, { identities = 'raw', fault }: { readonly identities?: 'raw' | 'pseudonymous'; readonly fault?: string } = {}) {
  const config = parseConfig('x.yaml', `{ domain: D1, mag: M1, uplink: wan0, identities: ${identities}, local-mobility-anchors: [{ id: lma1, ipv6-address: "2001:db8::1", key: ${KEY} }], interfaces: [{ name: GigabitEthernet0/1/0.3074, device: wlan0, first-packet: true }] }`, agentSchema);
  const paths = fakePaths();
  for (const e of bench.mag.list.byMac.values()) if (e.path) paths.set(e.path);
  paths.passed(0, 'up', 3, 300, 1);
  const counters = createCounters();
  counters.add('sent bindingUpdate');
  const retried: string[] = [];
  const statistics = createStatistics();
  const leases = createLeases();
  const shown = shownAs(identities);
  const options: ShowOptions = { config, mag: bench.mag, paths, fault: () => fault, counters, statistics, leases, traces: createTraces(), neighbours: () => NEIGHBOURS, shown, now: bench.now, retryDenied: () => retried.push('x') };
  const all = showHandlers(options);
  return { options, shown, retried, leases, counters, ask: (command: string): any => all[command]?.({ command }) };
}

it('show mag neighbours: what the survey heard, and when', () => {
  expect(handlers(createBench()).ask('show mag neighbours')).toEqual([{ bssid: '02:00:00:00:01:00', ssid: 'community', channel: 1, frequency: 2412, signal: -60.5, 'last-seen': '2026-01-01T00:00:00.000Z' }]);
});

describe('show mag binding', () => {
  it('has Cisco’s names, what was granted and what is left, keys, tunnel and counters', () => {
    const bench = activeBench();
    bench.advance(10_500);
    const [b] = handlers(bench).ask('show mag binding') as [ShownBinding];
    expect(b).toMatchObject({
      domain: 'D1',
      mnnai: 'mn0@example.com',
      state: 'active',
      phyintf: 'GigabitEthernet0/1/0.3074',
      hoa: '192.0.2.1',
      'prefix-len': 24,
      dflt: '192.0.2.254',
      att: 4,
      llid: '0024.d78e.21a4',
      hnps: ['2001:db8:f00d:1::/64'],
      'peer-id': 'lma1@isp.example',
      lifetime: 3600,
      'up-stream-grekey': 0x0b000007,
      tunnel: { transport: 'gre6', mtu: 1452 },
      counters: { upPackets: '3', upOctets: '300' },
    });
    expect(b.liferem).toBeLessThan(3600);
    expect(b.liferem).toBeGreaterThan(3580);
    expect(b.reason).toBeUndefined();
  });

  it('an active binding without a path says so', () => {
    expect(handlers(activeBench(), { fault: 'Path 0 was not set: the map is full' }).ask('show mag binding')).toMatchObject([{ state: 'active', reason: 'nothing is forwarded: Path 0 was not set: the map is full' }]);
  });

  it('a denied one says why', () => {
    const bench = createBench({ profile: { refused: 'nobody knows it' } });
    bench.attach();
    expect(handlers(bench).ask('show mag binding')).toMatchObject([{ state: 'denied', reason: 'nobody knows it', mnnai: '0024.d78e.21a4', hnps: [], lifetime: 0 }]);
  });

  it('pseudonyms are those of the log and of the events: made of the NAI, and of the MAC in its own spelling', () => {
    const { ask, shown } = handlers(activeBench(), { identities: 'pseudonymous' });
    expect(ask('show mag binding')).toMatchObject([{ mnnai: shown('mn0@example.com'), llid: shown(MAC) }]);
    expect(JSON.stringify(ask('show mag binding'))).not.toMatch(/mn0|21:?a4/);
  });
});

it('globals name every timer, and peers, and no key', () => {
  const text = JSON.stringify(handlers(activeBench()).ask('show mag globals'));
  expect(JSON.parse(text)).toMatchObject({
    mag: 'M1@D1',
    'reg-time': 3600,
    'ref-time': 300,
    retx: 1000,
    'ret-max': 32_000,
    ddp: 10,
    ddt: 2,
    ddr: 3,
    'detach-limit': 16,
    'detach-delay': 500,
    bindings: 1,
    clock: 'synchronised',
    'max-bindings': 512,
    'auth-option': ['lma1'],
    encap: ['gre6'],
    interfaces: ['GigabitEthernet0/1/0.3074'],
    'mn-profile': { 'GigabitEthernet0/1/0.3074': 'local-or-default' },
    'radius-servers': [],
    'aaa-accounting': false,
  });
  expect(text).not.toContain(KEY);
});

it('tunnels are the sum of their sessions', () => {
  let given = 0;
  const bench = createBench({
    lma: (pbu) => {
      given += 1;
      return acceptance(pbu, { options: [{ kind: 'homeNetworkPrefix', prefixLength: 64, prefix: `2001:db8:f00d:${given}::` }, { kind: 'ipv4HomeAddressReply', status: 0, prefixLength: 24, address: `192.0.2.${given}` }] });
    },
  });
  bench.attach();
  bench.profile = { profile: { ...profile, nai: 'mn1@example.com' } };
  bench.attach(OTHER_MAC);
  expect(handlers(bench).ask('show mag tunnel')).toEqual([
    { 'peer-id': 'lma1@isp.example', transport: 'gre6', local: '2001:db8:cafe:1025::15', remote: '2001:db8:cafe:1024::101', mtu: 1452, bindings: 2, counters: { upOctets: '300', upPackets: '3', downOctets: '0', downPackets: '0' } },
  ]);
  expect(handlers(createBench()).ask('show mag tunnel')).toEqual([]);
});

describe('show route-map dynamic', () => {
  it('says for each path what is matched and where it goes', () => {
    expect(handlers(activeBench()).ask('show route-map dynamic')).toEqual([
      {
        name: 'MIP-0',
        match: { interface: 'GigabitEthernet0/1/0.3074', llid: '0024.d78e.21a4', sources: ['192.0.2.1/32', '2001:db8:f00d:1::/64'] },
        set: { transport: 'gre6', remote: '2001:db8:cafe:1024::101', key: 0x0b000007 },
        from: { key: 0x0a000002 },
        packets: '3',
        octets: '300',
      },
    ]);
  });
  it('and why one is not in force', () => {
    expect(handlers(activeBench(), { fault: 'the map is full' }).ask('show route-map dynamic')).toMatchObject([{ fault: 'the map is full' }]);
  });
});

describe('show ip dhcp binding', () => {
  const ack = (address: string, leaseTime?: number): AccessTrace => {
    const message = { ...bootpOf(BOOTREPLY, 7, MAC), yiaddr: address, options: { messageType: 'ACK', ...(leaseTime === undefined ? {} : { leaseTime }) } } as const;
    return { kind: 'frame', direction: 'out', mac: MAC, name: 'dhcp-ack', frame: dhcpFrame(MAC, ROUTER, address, message) };
  };

  it('an address that no phone asked for yet has no end', () => {
    expect(handlers(activeBench()).ask('show ip dhcp binding')).toEqual([{ 'ip-address': HOA, 'hardware-address': '0024.d78e.21a4', interface: 'GigabitEthernet0/1/0.3074' }]);
  });
  it('an acknowledged one ends with its lease', () => {
    const bench = activeBench();
    const { leases, ask } = handlers(bench);
    leases.observe(ack(HOA, 3600), bench.now().at);
    bench.advance(10_500);
    expect(ask('show ip dhcp binding')).toMatchObject([{ 'lease-remaining': 3589, expiration: START + 3_600_000 }]);
    leases.observe(ack('192.0.2.9', 3600), bench.now().at); // of another session
    expect(ask('show ip dhcp binding')[0]).not.toHaveProperty('expiration');
    leases.observe(ack(HOA, 10), bench.now().at);
    bench.advance(10_000);
    expect(ask('show ip dhcp binding')).toEqual([]);
  });
  it('DHCPINFORM is no lease, and one that ended is forgotten', () => {
    const bench = activeBench();
    const { leases, ask } = handlers(bench);
    leases.observe(ack(HOA), bench.now().at);
    expect(ask('show ip dhcp binding')[0]).not.toHaveProperty('expiration');
    leases.observe(ack(HOA, 60), bench.now().at);
    leases.observe({ kind: 'session', mac: MAC, session: NO_SESSION }, bench.now().at);
    expect(leases.until(MAC, HOA)).toBeUndefined();
  });
  it('one that the phone gave back is none', () => {
    const bench = activeBench();
    bench.give({ kind: 'releaseIpv4', mac: MAC });
    expect(handlers(bench).ask('show ip dhcp binding')).toEqual([]);
  });
});

describe('stats', () => {
  it('are counters by reason and the drops of the data path', () => {
    expect(handlers(activeBench()).ask('show mag stats')).toEqual({ pbu: {}, pba: {}, pbri: {}, pbra: {}, 'pbri-sent': {}, 'pbra-received': {}, 'bce-count': 0, 'peak-bce-count': 0, 'handoff-count': 0, counters: { 'sent bindingUpdate': 1 }, drops: {} });
  });

  it('count signalling by what it says, and bindings with their peak', () => {
    const statistics = createStatistics();
    const bench = createBench();
    const give = (event: MagEvent): void => statistics.count(event, bench.give(event), bench.mag.list.byMac.size);
    const heard = (message: MobilityMessage): void => give({ kind: 'message', from: { transport: 'ipv6', local: HOME.ipv6 as string, remote: LMA1.ipv6 as string }, message });
    give({ kind: 'stationAttached', station: { interface: 'wlan0', mac: MAC }, at: 0 });
    heard(acceptance(bench.lastPbu()));
    heard(refusal(bench.lastPbu(), 156));
    heard(bri(99));
    give({ kind: 'careOf', careOf: { ...HOME, ipv6: '2001:db8:cafe:1025::16' } });
    bench.phoneAnswers = false;
    give({ kind: 'stationDetached', interface: 'wlan0', mac: MAC, reason: 'left' });
    bench.advance(60_000);
    statistics.count({ kind: 'timer' }, bench.of('send'), 0);
    const { pbu, ...rest } = statistics.all();
    expect(rest).toEqual({ pba: { accepted: 1, 'timestamp-mismatch': 1 }, pbri: { 99: 1 }, pbra: { 133: 2 }, 'pbri-sent': {}, 'pbra-received': {}, 'bce-count': 0, 'peak-bce-count': 1, 'handoff-count': 1 });
    expect(Object.keys(pbu).toSorted()).toEqual(['de-registration', 'registration']);
  });
});

it('dhcp proxy sums what was sent and what was not answered', () => {
  const { ask, counters } = handlers(activeBench());
  for (const name of ['sent dhcp-ack', 'sent dhcp-ack', 'sent arp-reply', 'dhcp-relayed', 'held-too-long', 'rs-refused']) counters.add(name);
  expect(ask('show dhcp proxy')).toMatchObject({ mode: 'server', sent: { 'dhcp-ack': 2 }, unanswered: { 'dhcp-relayed': 1, 'held-too-long': 1 } });
});

describe('interface summary', () => {
  const up = (devices?: readonly string[]): ShownInterface[] => (devices ?? []).map((device) => ({ device, state: 'up', addresses: [] }));
  it('counts the stations of each access interface, and ends with the uplink', () => {
    const bench = activeBench();
    bench.profile = { refused: 'nobody knows it' };
    bench.attach(OTHER_MAC);
    expect(shownInterfaces({ ...handlers(bench).options }, up)).toEqual([
      { interface: 'GigabitEthernet0/1/0.3074', device: 'wlan0', state: 'up', addresses: [], source: 'first-packet', stations: 2, active: 1 },
      { interface: 'wan0', device: 'wan0', state: 'up', addresses: [], source: 'uplink' },
    ]);
  });
});

it('clear mag denied reaches the MAG', () => {
  const { ask, retried } = handlers(activeBench());
  ask('clear mag denied');
  expect(retried).toHaveLength(1);
});
