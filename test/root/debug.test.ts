/** `debug` and `show` against a real gateway and anchor while a real phone attaches: the guide's troubleshooting, in namespaces of the test's own. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../lab/namespaces.ts';
import { start, until, type LabProcess } from '../../lab/processes.ts';
import { INTERNET, PHONE_MAC, shellLab, type ShellLab } from './shellLab.ts';

let lab: ShellLab;
const open: LabProcess[] = [];
beforeAll(async () => {
  lab = await shellLab();
  // The phone's first packet attaches it, and that is to be watched.
  lab.ip('phone', 'link set eth0 down');
  await lab.startLma();
  await lab.startAgent('mag-local-profile', `control-socket: ${lab.folder}/agent.sock`, 'agent', (text) => text.replace('identities: raw', 'identities: pseudonymous'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((p) => p.stop('SIGKILL')));
});
afterAll(() => lab.close());

const socket = (which: 'agent' | 'lma'): string => join(lab.folder, `${which}.sock`);
const ask = (which: 'agent' | 'lma', ...words: string[]): string => run([process.execPath, lab.command, ...words, '--socket', socket(which)]);

/** A terminal that watches; resolves when it says that it does. */
async function watch(which: 'agent' | 'lma', ...words: string[]): Promise<LabProcess> {
  const p = start({ name: `watch-${words.join('-').replaceAll('/', '-')}`, namespace: undefined, argv: [process.execPath, lab.command, ...words, '--socket', socket(which)], folder: lab.folder });
  open.push(p);
  await until(`${words.join(' ')} to be on`, 20_000, () => p.log().includes(' debugging is on; '));
  return p;
}
const told = (p: LabProcess, text: string | RegExp): Promise<unknown> => until(`${p.name} to tell ${String(text)}`, 20_000, () => (typeof text === 'string' ? p.log().includes(text) : text.test(p.log())));
const packetSockets = (): number => lab.run('home', 'cat', '/proc/net/packet').trim().split('\n').length - 1;

describe('while a phone attaches', () => {
  it('every topic tells its part, nobody is named, and undebug all ends them', async () => {
    const sockets = packetSockets();
    const packets = await watch('agent', 'debug', 'ipv6', 'mobile', 'packets');
    const anchor = await watch('lma', 'monitor', 'protocol');
    const events = await watch('agent', 'deb', 'ipv6', 'mob', 'mag', 'event');
    const dhcp = await watch('agent', 'debug', 'ip', 'dhcp', 'server', 'packet', 'detail');
    const arp = await watch('agent', 'debug', 'arp', 'all', 'enable');
    const tunnel = await watch('agent', 'debug', 'tunnel');
    const input = await watch('agent', 'debug', 'ip', 'cef', 'packet', 'GigabitEthernet0/1/0.3074', 'input', 'rate', '0');
    const output = await watch('agent', 'debug', 'ip', 'cef', 'packet', 'wan0', 'output', 'rate', '50');
    expect(packetSockets()).toBe(sockets + 2);
    expect(JSON.parse(ask('agent', 'show', 'debugging', 'json'))).toHaveLength(7);

    lab.ip('phone', 'link set eth0 up');
    expect(lab.lease()).toBe('192.0.2.1');
    lab.run('phone', 'ping', '-q', '-c', '2', '-i', '0.1', '-W', '1', INTERNET);

    await told(packets, /-> PBU #\d+ HI 4 lifetime 3600 .* to 2001:db8:cafe:1024::101\n.*binding update: sequence \d+, flags acknowledge proxy, lifetime 3600\n(?:.*\n)*?.*mn identifier \(8\): subtype 1 NAI, identifier mn-[0-9a-f]{8}\n/);
    await told(packets, /<- PBA #\d+ 0 ACCEPTED lifetime 3600 192\.0\.2\.1\/24 key 0x[0-9a-f]{8} from 2001:db8:cafe:1024::101\n(?:.*\n)*?.*mn link layer identifier \(25\): identifier mn-[0-9a-f]{8}\n/);
    await told(anchor, /<- PBU #\d+/);
    await told(events, /mn-[0-9a-f]{8} attached on br-3074\n/);
    await told(events, /registering -> active: the LMA accepted/);
    await told(dhcp, /<- DHCPDISCOVER xid 0x[0-9a-f]{8} chaddr mn-[0-9a-f]{8} on br-3074\n/);
    await told(dhcp, /-> DHCPACK .* yiaddr 192\.0\.2\.1 server 192\.0\.2\.254 on br-3074\n(?:.*\n)*?.*lease time \(51\): \d+\n/);
    await told(arp, /IP ARP: rcvd req src 192\.0\.2\.1 mn-[0-9a-f]{8}, dst 192\.0\.2\.254 /);
    await told(tunnel, /path 0: 192\.0\.2\.1 by gre6 2001:db8:cafe:1025::15 -> 2001:db8:cafe:1024::101, keys /);
    await told(input, /GigabitEthernet0\/1\/0\.3074 input: mn-[0-9a-f]{8} > 00:00:5e:00:52:13 IPv4 192\.0\.2\.1 > 203\.0\.113\.2 ttl 64 ICMP, 98 octets/);
    await told(output, /wan0 output: .* IPv6 2001:db8:cafe:1025::15 > 2001:db8:cafe:1024::101 hop limit \d+ GRE key 0x[0-9a-f]{8} carries IPv4 192\.0\.2\.1 > 203\.0\.113\.2 ttl \d+ ICMP/);

    ask('agent', 'undebug', 'all');
    ask('lma', 'undebug', 'all');
    const all = [packets, anchor, events, dhcp, arp, tunnel, input, output];
    expect(await Promise.all(all.map((p) => p.exited))).toEqual(all.map(() => 0));
    for (const p of all) await told(p, 'off: switched off by "undebug all"');
    for (const p of all.filter((one) => one !== anchor)) expect(p.log()).not.toMatch(new RegExp(`mn0@|${PHONE_MAC}|${PHONE_MAC.replaceAll(':', '').replace(/(.{4})(.{4})/, '$1.$2.')}`));
    expect(ask('agent', 'show', 'debugging')).toBe('No debugging is on\n');
    await until('the taps to be closed', 5000, () => packetSockets() === sockets);
  });

  it('show tells of tunnels, leases, paths, interfaces and routes', () => {
    expect(ask('agent', 'show', 'ipv6', 'mobile', 'pmipv6', 'mag', 'tunnel')).toMatch(/Peer \[lma1\] : Tunnel Bindings 1\n {2}Tunnel0:\n {4}src 2001:db8:cafe:1025::15, dest 2001:db8:cafe:1024::101\n {4}encap GRE\/IPv6, mtu 1452\n {6}2 packets input, 168 bytes\n {6}2 packets output, 168 bytes\n/);
    expect(ask('agent', 'show', 'ip', 'dhcp', 'binding')).toMatch(/\n192\.0\.2\.1 +mn-[0-9a-f]{8} +2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d +Automatic +GigabitEthernet0\/1\/0\.3074\n/);
    expect(ask('agent', 'show', 'route-map', 'dynamic')).toMatch(/route-map MIP-0, permit\n(?:.*\n)* {4}source 192\.0\.2\.1\/32\n(?:.*\n)* {2}Policy routing matches: 2 packets, 168 bytes\n/);
    expect(ask('agent', 'show', 'interface', 'summary')).toMatch(/\nGigabitEthernet0\/1\/0\.3074 +br-3074 +up +first-packet +- +1 +1 +fe80::200:5eff:fe00:5213\/64\n/);
    expect(ask('agent', 'show', 'route', 'summary')).toMatch(/\nmain +\d+ +\d+ /);
    expect(ask('agent', 'show', 'ipv6', 'mobile', 'pmipv6', 'mag', 'globals')).toContain('   Registration Life Time       : 3600 (sec)\n');
    expect(JSON.parse(ask('agent', 'show', 'ipv6', 'mobile', 'pmipv6', 'mag', 'stats', 'json'))).toMatchObject({ pbu: { registration: 1 }, pba: { accepted: 1 }, 'bce-count': 1 });
    expect(ask('lma', 'show', 'ipv6', 'interface')).toMatch(/lma1 is up, MTU 1500 octets\n {2}2001:db8:cafe:1024::101\/32\n/);
  });

  it('an interface that is not the gateway’s is refused', async () => {
    for (const [device, why] of [['eth9', 'no interface of this gateway is called "eth9"; there are: GigabitEthernet0/1/0.3074, br-3074'], ['pmip0', 'ip cef packet pmip0 input rate 1 debugging is on; ']] as const) {
      const p = start({ name: `refused-${device}`, namespace: undefined, argv: [process.execPath, lab.command, 'debug', 'ip', 'cef', 'packet', device, 'input', 'rate', '1', '--socket', socket('agent')], folder: lab.folder });
      open.push(p);
      await told(p, why);
    }
  });

  it('its time over, a topic switches itself off; Ctrl-C ends another', async () => {
    const brief = await watch('agent', 'debug', 'arp', '--for', '1');
    const other = await watch('agent', 'debug', 'radius', '--for', '1h');
    expect(await brief.exited).toBe(0);
    await told(brief, 'off: by itself after 1 second');
    await other.stop('SIGINT');
    expect(await other.exited).toBe(0);
    await until('the agent to notice', 5000, () => ask('agent', 'show', 'debugging') === 'No debugging is on\n');
  });
});
