/** The agent's topics: what each is fed from, what it says of a phone that comes and goes, and that nobody is named who is not to be. */
import { describe, expect, it } from 'vitest';
import { agentSchema } from '../../agent/config.ts';
import { agentDebug, type AgentDebug } from '../../agent/debug.ts';
import { commands } from '../../cli/commands.ts';
import { createConversations } from '../../agent/conversations.ts';
import type { MagEvent } from '../../agent/mag/events.ts';
import { step } from '../../agent/mag/mag.ts';
import { parseConfig } from '../../runtime/configFile.ts';
import { shownAs } from '../../runtime/identities.ts';
import { arpFrame } from '../../agent/dhcp-server/frame.ts';
import { active, dhcp } from '../dhcp-server/talk.ts';
import { neighbourFrames } from '../protocol/neighbourFrames.ts';
import { octetsOf, vectors } from '../vectors/index.ts';
import { acceptance, createBench, HOME, LMA1, MAC, NAI } from '../mag/harness.ts';
import { debugTerminal } from './debugTerminal.ts';

const config = parseConfig('x.yaml', '{ domain: D1, mag: M1, uplink: wan0, local-mobility-anchors: [{ id: lma1, ipv6-address: "2001:db8::1" }], interfaces: [{ name: GigabitEthernet0/1/0.3074, device: wlan0, first-packet: true }] }', agentSchema);
const fail = (e: Error): never => {
  throw e;
};
const make = (identities: 'raw' | 'pseudonymous' = 'raw') => {
  const shown = shownAs(identities);
  return { shown, debug: agentDebug(config, shown, fail) };
};
const hex = (name: string): Uint8Array => octetsOf(vectors.find((v) => v.name === name)?.hex ?? '');

/** A phone attaches, gets its binding, and is sent away; the debug observes each step as the agent's loop lets it. */
function visit(debug: AgentDebug): void {
  const bench = createBench({ lma: () => undefined });
  const give = (event: MagEvent): void => {
    const effects = step(bench.mag, event, bench.now());
    debug.step(event, effects);
    bench.effects.push(...effects);
    for (const e of effects) if (e.kind === 'loadProfile') give({ kind: 'profile', mac: MAC, question: e.question, answer: bench.profile ?? { refused: 'x' } });
  };
  give({ kind: 'careOf', careOf: HOME });
  give({ kind: 'stationAttached', station: { interface: 'wlan0', mac: MAC, identity: NAI }, at: 0 });
  const from = { transport: 'ipv6', local: HOME.ipv6 as string, remote: LMA1.ipv6 as string } as const;
  const pbu = bench.lastPbu();
  const octets = new Uint8Array(8);
  debug.packets.message('out', from, pbu, octets);
  debug.packets.message('in', from, acceptance(pbu), octets);
  debug.packets.discarded('authentication failed');
  give({ kind: 'message', from, message: acceptance(pbu) });
  give({ kind: 'seen', mac: MAC, at: 0 });
  give({ kind: 'disconnect', mac: MAC, reason: 'the account ended' });
}

describe('topics of the MAG', () => {
  it('info tells changes of state and what was refused', async () => {
    const { debug } = make();
    const t = debugTerminal(debug.server, { topics: ['ipv6 mobile mag info'] });
    visit(debug);
    const lines = await t.lines();
    expect(lines[0]).toBe('the home\'s addresses: 2001:db8:cafe:1025::15 198.51.100.15, mtu 1500');
    expect(lines.join('\n')).toMatch(/registering -> active: the LMA accepted: 0 ACCEPTED kind=initial lma=lma1@isp\.example lifetime=3600 index=0/);
    expect(lines.join('\n')).toContain(`deauthenticate ${MAC}: `);
    expect(lines.join('\n')).not.toContain('a frame of');
  });

  it('event tells each event with its effects, and leaves out what leads to nothing', async () => {
    const { debug } = make();
    const t = debugTerminal(debug.server, { topics: ['ipv6 mobile mag event'] });
    visit(debug);
    const lines = await t.lines();
    expect(lines).toContain(`${MAC} attached on wlan0`);
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}-> PBU #\d+ HI \d/));
    expect(lines).not.toContain(`a frame of ${MAC}`);
    debug.step({ kind: 'timer' }, []);
    expect(await t.lines()).toEqual(lines);
  });

  it('tunnel tells addresses, keys and MTU of each path', async () => {
    const { debug } = make();
    const t = debugTerminal(debug.server, { topics: ['tunnel'] });
    visit(debug);
    debug.step({ kind: 'timer' }, [{ kind: 'removePath', index: 0 }]);
    expect(await t.lines()).toEqual([
      'the home\'s addresses: 2001:db8:cafe:1025::15 198.51.100.15, mtu 1500',
      'path 0: 192.0.2.1 2001:db8:f00d:1::/64 by gre6 2001:db8:cafe:1025::15 -> 2001:db8:cafe:1024::101, keys 0x0b000007 up 0x0a000002 down, mtu 1452',
      'no path 0',
    ]);
  });

  it('dot1x tells who is admitted and who is sent away', async () => {
    const { debug } = make();
    const t = debugTerminal(debug.server, { topics: ['dot1x events'] });
    visit(debug);
    expect((await t.lines()).slice(0, 2)).toEqual([`${MAC} attached on wlan0 as ${NAI}`, `${MAC} is to be disconnected: the account ended`]);
    expect((await t.lines())[2]).toContain(`deauthenticate ${MAC}`);
  });

  it('packets tells each message with its options, and what was not believed', async () => {
    const { debug } = make();
    const t = debugTerminal(debug.server, { topics: ['ipv6 mobile packets'] });
    visit(debug);
    const lines = await t.lines();
    expect(lines[0]).toMatch(/^-> PBU #\d+ HI \d lifetime 3600 .* to 2001:db8:cafe:1024::101$/);
    expect(lines).toContain(`  mn identifier (8): subtype 1 NAI, identifier ${NAI}`);
    expect(lines.join('\n')).toMatch(/\n<- PBA #\d+ 0 ACCEPTED .* from 2001:db8:cafe:1024::101\n/);
    expect(lines.at(-1)).toBe('discarded: authentication failed');
  });
});

describe('topics of the access link', () => {
  /** A phone leases an address and asks for its router, as the agent's conversations see it. */
  function lease(debug: AgentDebug): void {
    const all = createConversations({ now: () => ({ at: 0, wall: 0 }), send: () => undefined, onWish: () => undefined, onCount: () => undefined, onError: fail, onTrace: (trace) => debug.access('wlan0', trace) });
    all.frame(MAC, dhcp('DISCOVER'), true);
    all.session(MAC, active);
    all.frame(MAC, dhcp('REQUEST', { options: { requestedAddress: '192.0.2.1', hostName: 'Marys-phone' } }, '192.0.2.254'), true);
    all.frame(MAC, dhcp('REQUEST', { giaddr: '10.0.0.1' }), true);
    all.frame(MAC, hex('arp-request-router'), true);
    all.probe(MAC);
    all.frame(MAC, dhcp('RELEASE', { ciaddr: '192.0.2.1' }, '192.0.2.254'), true);
    all.stop();
  }

  it('events are IOS’s, with the reasons of what was not answered', async () => {
    const { debug } = make();
    const t = debugTerminal(debug.server, { topics: ['ip dhcp server events'] });
    lease(debug);
    expect(await t.lines()).toEqual([
      `DHCPD: DHCPDISCOVER received from client ${MAC} on interface wlan0.`,
      `DHCPD: client ${MAC} on interface wlan0 wants an address and is held until its registration ends.`,
      `DHCPD: client ${MAC} on interface wlan0: 192.0.2.1/24 for 3600 s, router 192.0.2.254, session active.`,
      `DHCPD: Sending DHCPOFFER to client ${MAC} (192.0.2.1) on interface wlan0.`,
      `DHCPD: DHCPREQUEST received from client ${MAC} on interface wlan0.`,
      `DHCPD: Sending DHCPACK to client ${MAC} (192.0.2.1) on interface wlan0.`,
      `DHCPD: DHCPREQUEST received from client ${MAC} on interface wlan0.`,
      `DHCPD: not answered to ${MAC} on interface wlan0: a relayed DHCP message: phones are reached directly.`,
      `DHCPD: DHCPRELEASE received from client ${MAC} on interface wlan0.`,
      `DHCPD: client ${MAC} on interface wlan0 released its address.`,
    ]);
  });

  it('packet detail has every option', async () => {
    const { debug } = make();
    const t = debugTerminal(debug.server, { topics: ['ip dhcp server packet detail'] });
    lease(debug);
    const lines = await t.lines();
    expect(lines[0]).toMatch(/^<- DHCPDISCOVER xid 0x[0-9a-f]{8} chaddr 00:24:d7:8e:21:a4 on wlan0$/);
    expect(lines).toContain('  host name (12): Marys-phone');
    expect(lines).toContain('  lease time (51): 3600');
    expect(lines.filter((l) => l.startsWith('->'))).toHaveLength(2);
  });

  it('arp has requests, replies and the gateway’s own questions', async () => {
    const { debug } = make();
    const t = debugTerminal(debug.server, { topics: ['arp'] });
    lease(debug);
    debug.access('wlan0', { kind: 'frame', direction: 'in', mac: MAC, frame: arpFrame(MAC, { operation: 9, senderMac: MAC, senderAddress: '0.0.0.0', targetMac: MAC, targetAddress: '0.0.0.0' }) });
    const lines = await t.lines();
    expect(lines[0]).toBe(`IP ARP: rcvd req src 192.0.2.1 ${MAC}, dst 192.0.2.254 00:00:00:00:00:00 wlan0`);
    expect(lines[1]).toBe(`IP ARP: sent rep src 192.0.2.254 00:00:5e:00:52:13, dst 192.0.2.1 ${MAC} wlan0`);
    expect(lines[2]).toMatch(/^IP ARP: sent req src 192\.0\.2\.254 .* dst 192\.0\.2\.1 /);
    expect(lines.at(-1)).toContain('rcvd operation 9');
  });

  it('nd has solicitations and advertisements', async () => {
    const { debug } = make('pseudonymous');
    const t = debugTerminal(debug.server, { topics: ['ipv6 nd'] });
    for (const frame of Object.values(neighbourFrames)) debug.access('wlan0', { kind: 'frame', direction: 'in', mac: MAC, frame });
    const lines = await t.lines();
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.join('\n')).toMatch(/ICMPv6-ND: received (?:RS|NS|NA|RA)/);
    expect(lines.join('\n')).not.toMatch(/24:?d7:?8e|224:d7ff/);
  });

  it('what is malformed is told to each of them', async () => {
    const { debug } = make();
    const t = debugTerminal(debug.server, { topics: ['arp', 'ip dhcp server events'] });
    debug.access('wlan0', { kind: 'frame', direction: 'in', mac: MAC, frame: hex('arp-request-router').subarray(0, 30) });
    expect(await t.lines()).toEqual(Array(2).fill(expect.stringMatching(/^<- malformed on wlan0: truncated: /)));
  });

  it('nobody is named where identities are pseudonymous', async () => {
    const { debug, shown } = make('pseudonymous');
    const topics = commands.flatMap((c) => (c.kind === 'debug' && c.process === 'agent' ? ((c.request({}).topics as string[] | undefined) ?? []) : []));
    const t = debugTerminal(debug.server, { topics: [...new Set(topics)] });
    visit(debug);
    lease(debug);
    const text = (await t.lines()).join('\n');
    expect(text).toContain(shown(MAC));
    expect(text).toContain(shown(NAI));
    expect(text).not.toMatch(/mn0@|00:24:d7|0024\.d78e|224:d7ff|Mary/);
  });
});

it('nothing is made while nobody listens', async () => {
  const { debug } = make();
  const other = debugTerminal(debug.server, { topics: ['radius'] });
  visit(debug);
  expect(await other.lines()).toEqual([]);
});
