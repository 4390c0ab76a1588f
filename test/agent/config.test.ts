import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { accessInterfaces, agentSchema, defaultProfiles, identityOf, lmaPeers, localList, timersOf, type AgentConfig } from '../../agent/config.ts';
import { loadAgentConfig } from '../../agent/configFile.ts';
import { problemsOf } from '../../agent/configCheck.ts';
import { loadLmaConfig } from '../../cloud/config.ts';
import { parseConfig } from '../../runtime/configFile.ts';

const LEAST = `domain: D1
mag: M1
uplink: wan0
local-mobility-anchors:
  - { id: lma1, ipv6-address: "2001:db8::1" }
default-profiles:
  guests: { apn: example.com, lma: lma1 }
profiles:
  - nai: mn0@example.com
    lma: [lma1]
    l2-addr: 0024.d78e.21a4
interfaces:
  - name: Wi-Fi
    device: br-access
    default-profile: guests
    hostapd: [/var/run/hostapd/wlan0]
`;
const parse = (text: string): AgentConfig => parseConfig('x.yaml', text, agentSchema, problemsOf);
const refusal = (text: string): string => {
  try {
    parse(text);
    return 'accepted';
  } catch (e) {
    return (e as Error).message;
  }
};
/** The least configuration with one text replaced by another. */
const changed = (from: string | RegExp, to: string): string => {
  const text = LEAST.replace(from, to);
  expect(text).not.toBe(LEAST);
  return text;
};

describe('the least configuration', () => {
  const config = parse(LEAST);

  it('has the defaults of the guide (timers) and of the product', () => {
    expect(timersOf(config)).toEqual({ lifetime: 3600, refresh: 300, retransmitInitial: 1000, retransmitMaximum: 32_000, detachPeriod: 10_000, detachTimeout: 2000, detachRetries: 3, detachDelay: 500, doubtTimeout: 600, denyBackoff: 32_000, initMinDelayBris: 1000, maxBrackTimeout: 2000, briMaxRetriesNumber: 1 });
    expect(config).toMatchObject({ 'replay-protection': 'timestamp', clock: 'check', datapath: 'auto', identities: 'pseudonymous', 'control-socket': '/run/roamstead/agent.sock', 'signalling-port': 5436 });
  });

  it('every timer can be set, in the guide’s units', () => {
    const timers = 'timers: { binding-lifetime: 1200, binding-refresh-time: 100, initial-retransmit-time: 0.5, max-retransmit-time: 16 }';
    const detach = 'discover-mn-detach: { interval: 3600, timeout: 10, retries: 10, delay: 2 }';
    expect(timersOf(parse(changed('interfaces:', `${timers}\n${detach}\ninterfaces:`)))).toMatchObject({
      lifetime: 1200, refresh: 100, retransmitInitial: 500, retransmitMaximum: 16_000, detachPeriod: 3_600_000, detachTimeout: 10_000, detachRetries: 10, detachDelay: 2000,
    });
    expect(refusal(changed('interfaces:', 'discover-mn-detach: { delay: 3600 }\ninterfaces:'))).toContain('discover-mn-detach.delay');
    const bri = 'timers: { bri-delay-min: 800, bri-delay-max: 3000, bri-retries: 2 }';
    expect(timersOf(parse(changed('interfaces:', `${bri}\ninterfaces:`)))).toMatchObject({ initMinDelayBris: 800, maxBrackTimeout: 3000, briMaxRetriesNumber: 2 });
    expect(refusal(changed('interfaces:', 'timers: { bri-delay-min: 400 }\ninterfaces:'))).toContain('bri-delay-min');
  });

  it('becomes what the core is told', () => {
    expect(identityOf(config)).toBe('M1@D1');
    expect(lmaPeers(config)).toEqual([{ id: 'lma1', ipv6: '2001:db8::1', forceUdp: 'auto' }]);
    expect(localList(config)).toEqual([{ nai: 'mn0@example.com', mac: '00:24:d7:8e:21:a4', lmas: ['lma1'], ipv4: true, ipv6: true, dns4: [], dns6: [] }]);
    expect(defaultProfiles(config)).toEqual({ 'br-access': { apn: 'example.com', lmas: ['lma1'], ipv4: true, ipv6: true, dns4: [], dns6: [] } });
    expect(accessInterfaces(config)).toMatchObject([{ name: 'Wi-Fi', device: 'br-access' }]);
  });

  it('a survey needs an interface and the name of the community', () => {
    expect(parse(changed('interfaces:', 'survey: { interface: wlan0, ssid: community }\ninterfaces:')).survey).toEqual({ interface: 'wlan0', ssid: 'community', interval: 300, source: 'auto', scan: false, keep: 86_400 });
  });

  it("a profile's interface is found by its name, and known by its device", () => {
    expect(localList(parse(changed('    l2-addr', '    interface: Wi-Fi\n    l2-addr')))).toMatchObject([{ interface: 'br-access' }]);
  });

  it('families and resolvers are told apart', () => {
    expect(localList(parse(changed('    l2-addr', '    service: ipv4\n    dns: [192.0.2.53, "2001:DB8::53"]\n    l2-addr')))).toMatchObject([{ ipv4: true, ipv6: false, dns4: ['192.0.2.53'], dns6: ['2001:db8::53'] }]);
  });
});

/** What is changed, and the message with its line. */
const refusals: readonly (readonly [string, string | RegExp, string, string])[] = [
  ['an LMA without address', ', ipv6-address: "2001:db8::1"', '', 'x.yaml:5: local-mobility-anchors.0: lma1 has neither ipv6-address nor ipv4-address'],
  ['a profile of an unknown LMA', '[lma1]', '[lma1, lma2]', 'x.yaml:10: profiles.0.lma: expected one of the local-mobility-anchors (lma1), found lma2'],
  ['a default profile of an unknown LMA', 'lma: lma1 }', 'lma: lma9 }', 'x.yaml:7: default-profiles.guests.lma: expected one of the local-mobility-anchors (lma1), found lma9'],
  ['an unknown default profile', 'default-profile: guests', 'default-profile: friends', 'x.yaml:15: interfaces.0.default-profile: expected one of the default-profiles (guests), found friends'],
  ['a profile on an unknown interface', '    l2-addr', '    interface: LAN\n    l2-addr', 'x.yaml:11: profiles.0.interface: expected the name of one of the interfaces (Wi-Fi), found LAN'],
  ['an interface without a source of stations', '    hostapd: [/var/run/hostapd/wlan0]\n', '', 'x.yaml:13: interfaces.0: Wi-Fi has no source of stations: give hostapd control sockets, or BSSs on ubus (OpenWrt), or first-packet: true'],
  ['a survey for nobody', 'interfaces:', 'survey: { interface: wlan0 }\ninterfaces:', 'x.yaml:12: survey.ssid: missing'],
  ['a survey that never ends', 'interfaces:', 'survey: { interface: wlan0, ssid: community, interval: 1 }\ninterfaces:', 'x.yaml:12: survey.interval: expected >=10, found 1'],
  ['hostapd on ubus and at its control socket', '    hostapd', '    ubus: [phy0-ap0]\n    hostapd', 'x.yaml:16: interfaces.0.ubus: Wi-Fi has hostapd control sockets as well: give one of the two, or each station would come twice'],
  ['first packets beside hostapd on ubus', '    hostapd: [/var/run/hostapd/wlan0]', '    ubus: [phy0-ap0]\n    first-packet: true', 'x.yaml:17: interfaces.0.first-packet: Wi-Fi has hostapd: with first-packet anybody would be let in whom it has not authenticated'],
  ['first packets beside hostapd', '    hostapd', '    first-packet: true\n    hostapd', 'x.yaml:16: interfaces.0.first-packet: Wi-Fi has hostapd: with first-packet anybody would be let in whom it has not authenticated'],
  ['a device name that Linux cannot have', 'br-access', 'GigabitEthernet0', 'x.yaml:14: interfaces.0.device: expected the name of a Linux interface, of at most 15 characters, found GigabitEthernet0'],
  ['a name that has to be a device', /name: Wi-Fi\n {4}device: br-access/, 'name: GigabitEthernet0/1/0.3074', 'x.yaml:13: interfaces.0.name: expected the name of a Linux interface, of at most 15 characters, found GigabitEthernet0/1/0.3074: give device as well'],
  ['phones on the uplink', 'device: br-access', 'device: wan0', 'x.yaml:14: interfaces.0.device: wan0 is the uplink: phones cannot be on it'],
  ['neither uplink nor address', 'uplink: wan0\n', '', 'x.yaml:1: uplink: expected the interface towards the internet, or a fixed address'],
  ['a data path without uplink', 'uplink: wan0', 'address: { ipv4: 192.0.2.1 }', 'x.yaml:3: address: datapath: auto needs uplink as well: that is where tunnels arrive'],
  ['an LMA twice', '  - { id', '  - { id: lma1, ipv4-address: 192.0.2.1 }\n  - { id', 'x.yaml:6: local-mobility-anchors.1.id: lma1 stands there twice'],
  ['two LMAs at one address', '  - { id', '  - { id: lma0, ipv6-address: 2001:db8:0::1 }\n  - { id', "x.yaml:6: local-mobility-anchors.1.ipv6-address: 2001:db8::1 is another LMA's already, and an LMA is known by its address"],
  ['a phone twice', '  - nai', '  - { nai: mn1@example.com, l2-addr: "00:24:D7:8E:21:A4" }\n  - nai', 'x.yaml:12: profiles.1.l2-addr: 00:24:d7:8e:21:a4 stands there twice'],
  ['an interface twice', '  - name', '  - { name: Wi-Fi, device: br-access, hostapd: [/x] }\n  - name', 'x.yaml:14: interfaces.1.name: Wi-Fi stands there twice\nx.yaml:15: interfaces.1.device: br-access stands there twice'],
  ['retransmissions that shrink', 'uplink: wan0', 'uplink: wan0\ntimers: { initial-retransmit-time: 5, max-retransmit-time: 2 }', 'x.yaml:4: timers.max-retransmit-time: expected no less than initial-retransmit-time (5), found 2'],
  ['revocations that wait longest at first', 'uplink: wan0', 'uplink: wan0\ntimers: { bri-delay-min: 2000, bri-delay-max: 1000 }', 'x.yaml:4: timers.bri-delay-max: expected no less than bri-delay-min (2000), found 1000'],
  ['heartbeats that overlap', 'uplink: wan0', 'uplink: wan0\nheartbeat: { interval: 30, timeout: 31 }', 'x.yaml:4: heartbeat.timeout: expected no more than the interval (30), found 31'],
  ['an unknown timer', 'uplink: wan0', 'uplink: wan0\ntimers: { binding-lifetimes: 5 }', 'x.yaml:4: timers.binding-lifetimes: unknown key; did you mean binding-lifetime?'],
  ['a period without end', 'uplink: wan0', 'uplink: wan0\ndiscover-mn-detach: { interval: .inf }', 'x.yaml:4: discover-mn-detach.interval: expected a finite number, found Infinity'],
  ['a short key', 'id: lma1', 'id: lma1, key: 00ff', 'x.yaml:5: local-mobility-anchors.0.key: expected a key of at least 32 hex digits (make one: openssl rand -hex 20), found something else, which is not shown because it is a secret'],
  ['a wrong MAC', '0024.d78e.21a4', '0024.d78e.21', 'x.yaml:11: profiles.0.l2-addr: expected a MAC address, found "0024.d78e.21"'],
  ['no interface', /interfaces:[^]*/, 'interfaces: []\n', 'x.yaml:12: interfaces: name at least one access interface, found 0'],
];

describe('a configuration is refused with its line for', () => {
  it.each(refusals)('%s', (_, from, to, message) => {
    expect(refusal(changed(from, to))).toContain(message);
  });
});

describe('the examples', () => {
  it.each(['mag-local-profile', 'mag-default-profile', 'mag-vlans'])('%s is correct', (name) => {
    const config = loadAgentConfig(`examples/${name}.yaml`);
    expect(identityOf(config)).toBe('M1@D1');
    expect(config.interfaces.map((i) => i.name).toSorted()).toEqual(['GigabitEthernet0/1/0.3074', 'GigabitEthernet0/1/0.4001']);
  });

  it('agent and anchor share the key and the names', () => {
    const lma = loadLmaConfig('examples/lma.yaml');
    for (const name of ['mag-local-profile', 'mag-default-profile', 'mag-vlans']) {
      const agent = loadAgentConfig(`examples/${name}.yaml`);
      const [gateway] = lma['mobile-access-gateways'];
      expect([gateway?.id, gateway?.key]).toEqual([identityOf(agent), agent['local-mobility-anchors'][0]?.key]);
      expect(lma['lma-services'][0]?.['bind-address']).toContain(agent['local-mobility-anchors'][0]?.['ipv6-address']);
      const apns = [...localList(agent), ...Object.values(defaultProfiles(agent))].map((p) => p.apn);
      expect(lma.apns.map((a) => a.name)).toEqual(expect.arrayContaining(apns));
    }
  });

  it('each says how to run it', () => {
    for (const name of ['lma', 'mag-local-profile', 'mag-default-profile', 'mag-vlans']) expect(readFileSync(`examples/${name}.yaml`, 'utf8')).toContain(`--config examples/${name}.yaml`);
  });
});
