/** What people read. The blocks are the guide's "Sample Output for the show ipv6 mobile pmipv6 mag binding Command", line for line. */
import { describe, expect, it } from 'vitest';
import type { ShownBinding } from '../../agent/show/binding.ts';
import type { ShownGlobals } from '../../agent/show/globals.ts';
import { magBindings } from '../../cli/printers/binding.ts';
import { printers } from '../../cli/printers/index.ts';
import { fields, table } from '../../cli/printers/table.ts';

const sample: ShownBinding = {
  domain: 'D1',
  mnnai: 'mn0@example.com',
  state: 'active',
  phyintf: 'GigabitEthernet0/1/0.3074',
  hoa: '192.0.2.1',
  'prefix-len': 24,
  dflt: '192.0.2.254',
  att: 4,
  llid: '0024.d78e.21a4',
  hnps: [],
  'peer-id': 'lma1',
  lifetime: 3600,
  liferem: 3599,
  'up-stream-grekey': 5,
  'down-stream-grekey': 5,
};

/** "Configuring MN Profiles locally on a MAG". The guide's first block alone has the rule above the total; the other three are as here. */
const LOCAL_PROFILE = `Total number of bindings: 1
-----
[Binding][MN]: Domain: D1, Nai: mn0@example.com
  [Binding][MN]: State: ACTIVE
  [Binding][MN]: Interface: GigabitEthernet0/1/0.3074
  [Binding][MN]: Hoa: 192.0.2.1, att: 4, llid: 0024.d78e.21a4
  [Binding][MN]: HNP: 0
  [Binding][MN][LMA]: Id: lma1
  [Binding][MN][LMA]: lifetime: 3600
  [Binding][MN][GREKEY]: Upstream: 5, Downstream: 5
`;

/** "Configuring a Default MN Profile on the MAG" */
const DEFAULT_PROFILE = `Total number of bindings: 1
-----
[Binding][MN]: Domain: D1, Nai: 0024.d78e.21a4
  [Binding][MN]: State: ACTIVE
  [Binding][MN]: Interface: GigabitEthernet0/1/0.3074
  [Binding][MN]: Hoa: 192.0.2.1, att: 4, llid: 0024.d78e.21a4
  [Binding][MN]: HNP: 0
  [Binding][MN][LMA]: Id: lma1
  [Binding][MN][LMA]: lifetime: 3600
  [Binding][MN][GREKEY]: Upstream: 8, Downstream: 8
`;

describe('show ipv6 mobile pmipv6 mag binding', () => {
  it('prints the guide’s sample of a local profile', () => {
    expect(magBindings([sample])).toBe(LOCAL_PROFILE);
  });
  it('prints the guide’s sample of a default profile', () => {
    expect(magBindings([{ ...sample, mnnai: '0024.d78e.21a4', 'up-stream-grekey': 8, 'down-stream-grekey': 8 }])).toBe(DEFAULT_PROFILE);
  });
  it('prints what is missing as the guide’s zeroes, and why', () => {
    const { hoa: _, 'peer-id': __, 'up-stream-grekey': ___, ...rest } = sample;
    const text = magBindings([{ ...rest, state: 'denied', reason: 'no profile', hnps: ['2001:db8:1::/64', '2001:db8:2::/64'] }]);
    for (const line of ['State: DENIED (no profile)', 'Hoa: 0.0.0.0,', 'HNP: 2001:db8:1::/64, 2001:db8:2::/64', 'Id: -', 'Upstream: 0, Downstream: 5']) expect(text).toContain(line);
  });
  it('prints nobody', () => {
    expect(magBindings([])).toBe('Total number of bindings: 0\n-----\n');
  });
  it('a name from the network forges no line and moves no cursor', () => {
    const text = magBindings([{ ...sample, mnnai: 'a\n[Binding][MN]: State: ACTIVE\u001b[2J' }]);
    expect(text.split('\n')).toHaveLength(LOCAL_PROFILE.split('\n').length);
    expect(text).not.toContain('\u001b');
  });
});

describe('the rest', () => {
  it('tables have a column a field, in the order in which the fields appear', () => {
    expect(table([{ mnnai: 'a', hoa: '192.0.2.1' }, { mnnai: 'longer', hnps: ['2001:db8::/64'] }])).toBe('mnnai   hoa        hnps\na       192.0.2.1  -\nlonger  -          ["2001:db8::/64"]\n');
    expect(table([])).toBe('none\n');
    expect(table([{ mnnai: 'a\tb\u0007' }])).toBe('mnnai\na?b?\n');
  });
  it('fields nest, lists stand in a line', () => {
    expect(fields({ mag: 'M1@D1', timers: { a: 1, longer: true }, list: [1, 'x'], nothing: undefined })).toBe('mag      M1@D1\ntimers\n  a       1\n  longer  true\nlist     1, x\nnothing  -\n');
  });
  it('nothing to say is a word', () => {
    expect(printers['clear mag denied']?.(null)).toBe('done\n');
    expect(printers['refresh lma binding']?.({ bindings: 3, gateways: 1 })).toBe('3 bindings asked for at 1 gateway\n');
    expect(printers['undebug']?.(0)).toBe('Nothing was being debugged\n');
    expect(printers['undebug']?.(2)).toBe('2 switched off\n');
    expect(printers['show debugging']?.([])).toBe('No debugging is on\n');
    expect(printers['show route-map dynamic']?.([])).toBe('none\n');
    expect(printers['show ipv6 interface']?.([])).toBe('none\n');
  });
});

const print = (command: string, result: unknown): string => printers[command]?.(result) ?? '';

describe('as IOS prints it', () => {
  it('show ipv6 mobile pmipv6 mag tunnel', () => {
    const tunnel = { 'peer-id': 'lma1', transport: 'gre6', local: '2001:db8:cafe:1025::15', remote: '2001:db8:cafe:1024::101', mtu: 1452, bindings: 2, counters: { upOctets: '300', upPackets: '3', downOctets: '0', downPackets: '0' } };
    expect(print('show mag tunnel', [tunnel, { ...tunnel, transport: 'udp4', 'remote-port': 5437, local: '198.51.100.15', remote: '203.0.113.101' }])).toBe(`Total number of tunnels: 2
----------------------------------------------------
Peer [lma1] : Tunnel Bindings 2
  Tunnel0:
    src 2001:db8:cafe:1025::15, dest 2001:db8:cafe:1024::101
    encap GRE/IPv6, mtu 1452
      0 packets input, 0 bytes
      3 packets output, 300 bytes
Peer [lma1] : Tunnel Bindings 2
  Tunnel1:
    src 198.51.100.15, dest 203.0.113.101 port 5437
    encap GRE/UDP/IP, mtu 1452
      0 packets input, 0 bytes
      3 packets output, 300 bytes
`);
  });

  const globals: ShownGlobals = {
    mag: 'M1@D1', domain: 'D1', clock: 'synchronised', 'care-of': { ipv6: '2001:db8:cafe:1025::15', mtu: 1500 }, timestamp: true, 'auth-option': ['lma1'], 'reg-time': 3600, 'ref-time': 300, retx: 1000, 'ret-max': 32_000, 'bri-min': 1000, 'bri-max': 2000, 'bri-retries': 1,
    'max-bindings': 512, 'discover-mn': true, ddp: 10, ddt: 2, ddr: 3, 'detach-limit': 16, 'detach-delay': 500, encap: ['gre6'], interfaces: ['GigabitEthernet0/1/0.3074', 'Wi-Fi'], 'default-mn': { 'Wi-Fi': 'A' },
    'mn-profile': { 'GigabitEthernet0/1/0.3074': 'local', 'Wi-Fi': 'radius-or-default' }, 'radius-servers': ['203.0.113.115'], 'aaa-accounting': false,
    peers: [{ id: 'lma1', ipv6: '2001:db8:cafe:1024::101', forceUdp: 'auto' }, { id: 'lma2', ipv4: '203.0.113.102', forceUdp: 'never' }], bindings: 1, datapath: 'bpf', identities: 'raw',
  };
  it('show ipv6 mobile pmipv6 mag globals: every timer of the guide by its name, with its unit', () => {
    expect(print('show mag globals', globals)).toBe(`----------------------------------------------------
Domain : D1
Mag Identifier : M1@D1
   Mag is enabled on interface  : GigabitEthernet0/1/0.3074, Wi-Fi
   MN profiles                  : local on GigabitEthernet0/1/0.3074
   MN profiles                  : radius-or-default on Wi-Fi, default A
   RADIUS servers               : 203.0.113.115
   AAA accounting               : disabled
   Proxy care-of addresses      : 2001:db8:cafe:1025::15
   Uplink MTU                   : 1500 (octets)
   Clock                        : synchronised
   Timestamp option             : enabled
   Encapsulation                : gre6
   Data path                    : bpf
   Max Bindings                 : 512
   Bindings                     : 1
   MN's detach discover         : enabled
   Detach Query Period          : 10 (sec)
   Detach Query Response Time   : 2 (sec)
   Detach Query Retries         : 3
   Detach Delay                 : 500 (msec)
   Registration Life Time       : 3600 (sec)
   Refresh Time                 : 300 (sec)
   Refresh Retransmit Init time : 1000 (msec)
   Refresh Retransmit Max time  : 32000 (msec)
   BRI Init Delay Time          : 1000 (msec)
   BRI Max Delay Time           : 2000 (msec)
   BRI Retries                  : 1
Peer#1:
   Peer Name: lma1, AuthOption: enabled
   Peer Address: 2001:db8:cafe:1024::101, UDP encapsulation: auto
Peer#2:
   Peer Name: lma2, AuthOption: disabled
   Peer Address: 203.0.113.102, UDP encapsulation: never
`);
    expect(print('show mag globals', { ...globals, 'radius-servers': [], 'care-of': { mtu: 1500 } })).not.toContain('RADIUS');
  });

  it('show ipv6 mobile pmipv6 mag stats', () => {
    expect(
      print('show mag stats', {
        pbu: { registration: 2, refresh: 3 }, pba: { accepted: 4, 'timestamp-mismatch': 1 }, pbri: { 1: 1, 99: 1 }, pbra: { 0: 1, 133: 1 }, 'pbri-sent': { 128: 2 }, 'pbra-received': { 0: 1 }, 'bce-count': 1, 'peak-bce-count': 2, 'handoff-count': 0, counters: { 'sent dhcp-ack': 2 }, drops: { 'spoofed source': '7' },
      }),
    ).toBe(`----------------------------------------------------
Total Bindings           : 1
Peak Bindings            : 2
No Of handoff            : 0
PBU Sent                 : 5
   registration                         : 2
   refresh                              : 3
PBA Rcvd                 : 5
   accepted                             : 4
   timestamp-mismatch                   : 1
PBRI Rcvd                : 2
   administrative                       : 1
   99                                   : 1
PBRA Sent                : 2
   success                              : 1
   trigger-not-supported                : 1
PBRI Sent                : 2
   per-peer-policy                      : 2
PBRA Rcvd                : 1
   success                              : 1
DHCP
   sent dhcp-ack                        : 2
Packets dropped by the data path
   spoofed source                       : 7
`);
  });

  it('stats are grouped by what they are about', () => {
    const counters = { 'RADIUS: timeout': 1, 'RADIUS profile accept': 2, 'arp-sender': 3, 'authentication failed': 4, 'dhcp-relayed': 5, 'held-too-long': 6, 'received bindingAcknowledgement': 7, 'sent bindingUpdate': 8, 'sent dhcp-offer': 9, 'sent router-advertisement': 10 };
    const text = print('show mag stats', { pbu: {}, pba: {}, pbri: {}, pbra: {}, 'pbri-sent': {}, 'pbra-received': {}, 'bce-count': 0, 'peak-bce-count': 0, 'handoff-count': 0, counters, drops: {} });
    const blocks = text.split(/\n(?=[A-Z])/).map((block) => [block.split('\n')[0], block.split('\n').slice(1).map((l) => l.split(' : ')[0]?.trim()).filter(Boolean)]);
    expect(blocks.slice(-4)).toEqual([
      ['PBRA Rcvd                : 0', []],
      ['DHCP', ['dhcp-relayed', 'held-too-long', 'sent dhcp-offer']],
      ['RADIUS', ['RADIUS: timeout', 'RADIUS profile accept']],
      ['Other', ['arp-sender', 'authentication failed', 'received bindingAcknowledgement', 'sent bindingUpdate', 'sent router-advertisement']],
    ]);
  });

  it('show route-map dynamic', () => {
    const map = { name: 'MIP-0', match: { interface: 'GigabitEthernet0/1/0.3074', llid: '0024.d78e.21a4', sources: ['192.0.2.1/32', '2001:db8:f00d:1::/64'] }, set: { transport: 'gre6', remote: '2001:db8:cafe:1024::101', key: 5 }, from: { key: 6 }, packets: '3', octets: '300' };
    expect(print('show route-map dynamic', [map])).toBe(`route-map MIP-0, permit
  Match clauses:
    interface GigabitEthernet0/1/0.3074
    mac 0024.d78e.21a4
    source 192.0.2.1/32
    source 2001:db8:f00d:1::/64
  Set clauses:
    tunnel GRE/IPv6 to 2001:db8:cafe:1024::101, key 0x00000005; back with key 0x00000006
  Policy routing matches: 3 packets, 300 bytes
`);
    expect(print('show route-map dynamic', [{ ...map, fault: 'the map is full' }])).toContain('  Not in force: the map is full\n');
  });

  it('show ip dhcp binding', () => {
    const lease = { 'ip-address': '192.0.2.1', 'hardware-address': '0024.d78e.21a4', 'lease-remaining': 3600, expiration: Date.UTC(2026, 0, 1, 12), interface: 'GigabitEthernet0/1/0.3074' };
    const { expiration: _, 'lease-remaining': __, ...unasked } = lease;
    expect(print('show ip dhcp binding', [lease, { ...unasked, 'ip-address': '192.0.2.2' }])).toBe(`Bindings from all pools not associated with VRF:
IP address  Hardware address  Lease expiration     Type       Interface
192.0.2.1   0024.d78e.21a4    2026-01-01 12:00:00  Automatic  GigabitEthernet0/1/0.3074
192.0.2.2   0024.d78e.21a4    not asked for yet    Automatic  GigabitEthernet0/1/0.3074
`);
  });

  it('show debugging', () => {
    expect(print('show debugging', [{ topic: 'arp', since: Date.UTC(2026, 0, 1), until: Date.UTC(2026, 0, 1, 0, 10), lost: 0 }])).toBe('arp debugging is on since 2026-01-01 00:00:00, until 2026-01-01 00:10:00\n');
    expect(print('show debugging', [{ topic: 'arp', since: 0, until: 0, lost: 7 }])).toContain('; 7 lines lost\n');
  });
});

describe('as AireOS prints it', () => {
  it('show interface summary', () => {
    const lines = print('show interface summary', [
      { interface: 'GigabitEthernet0/1/0.3074', device: 'br-3074', state: 'up', source: 'hostapd', 'default-profile': 'A', stations: 2, active: 1, addresses: ['fe80::200:5eff:fe00:5213/64'] },
      { interface: 'wan0', device: 'wan0', state: 'no carrier', source: 'uplink', addresses: [] },
    ]).split('\n');
    expect(lines[0]).toBe('Number of Interfaces...................... 2');
    expect(lines.slice(2, 6)).toEqual([
      'Interface Name             Device   State       Source   Profile  Stations  Active  IP Address',
      '-------------------------  -------  ----------  -------  -------  --------  ------  ---------------------------',
      'GigabitEthernet0/1/0.3074  br-3074  up          hostapd  A        2         1       fe80::200:5eff:fe00:5213/64',
      'wan0                       wan0     no carrier  uplink   -        -         -       -',
    ]);
  });

  it('show route summary', () => {
    const lines = print('show route summary', [{ table: 254, ipv4: 3, ipv6: 4, defaults: ['::/0 fe80::1 on wan0'] }, { table: 5213, ipv4: 1, ipv6: 1, defaults: [] }]).split('\n');
    expect(lines[0]).toBe('Number of Routes.......................... 9');
    expect(lines.slice(4)).toEqual(['main   3     4     ::/0 fe80::1 on wan0', '5213   1     1     -', '']);
  });

  it('show dhcp proxy', () => {
    const text = print('show dhcp proxy', { mode: 'server', 'assume-dhcp-server': false, interfaces: ['br0'], 'lease-time': 3600, sent: { 'dhcp-ack': 4 }, unanswered: { 'dhcp-relayed': 1 } });
    for (const line of ['DHCP Proxy Behaviour...................... enabled: the gateway answers itself', 'Sent dhcp-ack............................. 4', 'Not answered: dhcp-relayed................ 1']) expect(text).toContain(`${line}\n`);
  });

  it('show ipv6 interface', () => {
    expect(print('show ipv6 interface', [{ device: 'lma1', state: 'up', mtu: 1500, addresses: ['10.8.24.101/24', '2001:db8:cafe:1024::101/32'] }, { device: 'pmip0', state: 'missing', addresses: [] }])).toBe(
      'lma1 is up, MTU 1500 octets\n  2001:db8:cafe:1024::101/32\npmip0 is missing\n  no IPv6 address\n',
    );
  });
});
