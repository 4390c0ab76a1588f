/** The access interface: made ready as in every home, and one agent's alone; in a namespace of the test's own. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareAccessInterface } from '../../agent/accessInterface.ts';
import { claimAccessInterface } from '../../agent/claim.ts';
import { inNamespace } from '../../linux/namespace.ts';
import { udpListeners } from '../../linux/netlink/listeners.ts';
import { udpSocket } from '../../linux/sockets/udpSocket.ts';
import { namespaceLab, type NamespaceLab } from '../linux/namespaceLab.ts';

let lab: NamespaceLab;
let closers: { close(): void }[];
const ip = (command: string): string => lab.ip(lab.left, command);
beforeEach(() => {
  lab = namespaceLab('rssh-');
  closers = [];
  ip('link add br0 type bridge');
});
afterEach(() => {
  for (const c of closers) c.close();
  lab.remove();
});
const sysctl = (key: string): string => inNamespace(lab.left, () => readFileSync(`/proc/sys/net/${key}`, 'utf8').trim());

describe('made ready', () => {
  const prepare = (device = 'br0'): void => inNamespace(lab.left, () => prepareAccessInterface(device));
  const inet6 = (): string[] => [...ip('-6 -o address show dev br0').matchAll(/inet6 (\S+)/g)].map((m) => m[1] as string);

  it('has the MAC and link-local address of RFC 6543 and nothing of its own making', () => {
    prepare();
    expect(ip('-o link show br0')).toContain('link/ether 00:00:5e:00:52:13');
    expect(ip('-o link show br0')).toMatch(/<[^>]*\bUP\b/);
    expect(inet6()).toEqual(['fe80::200:5eff:fe00:5213/64']);
    expect(['arp_ignore', 'proxy_arp', 'send_redirects'].map((key) => sysctl(`ipv4/conf/br0/${key}`))).toEqual(['8', '0', '0']);
    expect(['accept_ra', 'addr_gen_mode'].map((key) => sysctl(`ipv6/conf/br0/${key}`))).toEqual(['0', '1']);
  });

  it('also when it was up before with an address of another MAC, and a second time', () => {
    ip('link set br0 address 02:00:00:00:00:99 up');
    ip('address add fe80::99/64 dev br0 nodad');
    ip('address add 10.8.22.15/24 dev br0');
    prepare();
    prepare();
    expect(inet6()).toEqual(['fe80::200:5eff:fe00:5213/64']);
    expect(ip('-4 -o address show dev br0')).toContain('10.8.22.15/24');
  });

  it('where the machine checks sources strictly, this one is checked loosely: that is the best there is', () => {
    inNamespace(lab.left, () => prepareAccessInterface('br0'));
    const all = sysctl('ipv4/conf/all/rp_filter');
    expect(sysctl('ipv4/conf/br0/rp_filter')).toBe(all === '0' ? '0' : '2');
  });

  it('one that is not there is an error that says what to do', () => {
    expect(() => prepare('br9')).toThrow('there is no interface br9: make the bridge or macvlan above the radio first');
  });
});

describe('claimed', () => {
  const warnings: string[] = [];
  const claim = (device: string) => inNamespace(lab.left, () => claimAccessInterface(device, (level, message) => void warnings.push(`${level}: ${message}`)));

  it('one that is not there is the same error, however often', () => {
    expect(() => claim('br9')).toThrow('there is no interface br9: make the bridge or macvlan above the radio first');
    expect(() => claim('br9')).toThrow('there is no interface br9');
  });
  const server = (device?: string) => {
    const socket = inNamespace(lab.left, () => udpSocket({ port: 67, ...(device ? { interface: device } : {}), onMessage: () => undefined, onError: () => undefined }));
    closers.push(socket);
    return socket;
  };
  beforeEach(() => {
    ip('link set br0 up');
    warnings.length = 0;
  });

  it('by one agent at a time, and free again once released', () => {
    const first = claim('br0');
    expect(() => claim('br0')).toThrow('another agent runs on br0: stop it first');
    claim('left').release();
    first.release();
    claim('br0').release();
    expect(warnings).toEqual([]);
  });

  it('not where another DHCP server listens, and nothing is held then', () => {
    const other = server('br0');
    expect(() => claim('br0')).toThrow('another DHCP server listens on br0 (UDP 67): stop it, or keep it off this interface (dnsmasq: except-interface=br0)');
    other.close();
    claim('br0').release();
  });

  it('beside a server of another interface', () => {
    server('left');
    claim('br0').release();
    expect(warnings).toEqual([]);
  });

  it('with a warning beside a server of every interface, which may or may not answer here', () => {
    server();
    claim('br0').release();
    expect(warnings).toEqual(['warn: another DHCP server listens on every interface (UDP 67); see that it does not answer on br0 (dnsmasq: no-dhcp-interface=br0; on OpenWrt option ignore, which --uci looks up)']);
  });

  it('sock_diag names the interface of each server, for who may not bind the port', () => {
    const listeners = () => inNamespace(lab.left, () => udpListeners(67));
    expect(listeners()).toEqual([]);
    server('br0');
    server('left');
    const index = (device: string): number => Number(/^(\d+):/.exec(ip(`-o link show ${device}`))?.[1]);
    expect(new Set(listeners())).toEqual(new Set([index('br0'), index('left')]));
    for (const c of closers.splice(0)) c.close();
    server();
    expect(listeners()).toEqual([0]);
    expect(inNamespace(lab.left, () => udpListeners(68))).toEqual([]);
  });

  it('keeps no server from starting later', () => {
    const held = claim('br0');
    server();
    held.release();
  });
});
