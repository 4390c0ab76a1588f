import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MAG_LINK_LOCAL, MAG_MAC } from '../../protocol/address.ts';
import { inNamespace } from '../../linux/namespace.ts';
import { check, native, NativeError } from '../../linux/native.ts';
import { addAddress, deleteAddress, listAddresses } from '../../linux/netlink/address.ts';
import { addLink, deleteLink, getLink, listLinks, setLink } from '../../linux/netlink/link.ts';
import { deleteNeighbour, listNeighbours, replaceNeighbour } from '../../linux/netlink/neighbour.ts';
import { addClsact, attachProgram, detachProgram, listPrograms, removeClsact } from '../../linux/netlink/program.ts';
import { deleteRoute, listRoutes, lookUpRoute, replaceRoute } from '../../linux/netlink/route.ts';
import { addRule, deleteRule, listRules } from '../../linux/netlink/rule.ts';
import { netlink } from '../../linux/netlink/socket.ts';
import type { Netlink } from '../../linux/netlink/socket.ts';
import { namespaceLab } from '../linux/namespaceLab.ts';

const lab = namespaceLab('rnl');
let nl: Netlink;
let left = 0;
beforeAll(() => {
  nl = inNamespace(lab.left, netlink);
  left = getLink(nl, 'left')?.index ?? 0;
});
afterAll(() => {
  nl.close();
  lab.remove();
});
const ip = (command: string) => lab.ip(lab.left, command);
const errnoOf = (work: () => unknown) => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as NativeError).errno;
  }
};

describe('links', () => {
  test('a veth pair with its far end in another namespace', () => {
    addLink(nl, { kind: 'veth', name: 'v0', mtu: 1400, mac: '02:00:00:00:01:00', up: true, peer: { name: 'v1', namespace: lab.right, mac: '02:00:00:00:01:01' } });
    const there = inNamespace(lab.right, netlink);
    setLink(there, getLink(there, 'v1')?.index ?? 0, { up: true });
    there.close();
    expect(getLink(nl, 'v0')).toMatchObject({ name: 'v0', kind: 'veth', mtu: 1400, mac: '02:00:00:00:01:00', up: true, running: true });
    expect(lab.ip(lab.right, 'link show v1')).toMatch(/state UP[^]*02:00:00:00:01:01/);
    expect(errnoOf(() => addLink(nl, { kind: 'bridge', name: 'v0' }))).toBe('EEXIST');
    deleteLink(nl, getLink(nl, 'v0')?.index ?? 0);
    expect(getLink(nl, 'v0')).toBeUndefined();
    expect(lab.ip(lab.right, 'link show')).not.toContain('v1');
  });

  test('a macvlan with the fixed MAC above an interface', () => {
    addLink(nl, { kind: 'macvlan', name: 'access0', on: left, mode: 'private', mac: MAG_MAC, up: true });
    const link = getLink(nl, 'access0');
    expect(link).toMatchObject({ kind: 'macvlan', lower: left, mac: MAG_MAC, up: true });
    expect(ip('-d link show access0')).toContain('mode private');
    deleteLink(nl, link?.index ?? 0);
    deleteLink(nl, link?.index ?? 0);
  });

  test('a bridge takes a port, renames, goes up and down', () => {
    addLink(nl, { kind: 'bridge', name: 'br0' });
    const bridge = getLink(nl, 'br0')?.index ?? 0;
    setLink(nl, left, { master: bridge });
    expect(getLink(nl, 'left')?.master).toBe(bridge);
    setLink(nl, left, { master: 0 });
    expect(getLink(nl, 'left')?.master).toBeUndefined();
    setLink(nl, bridge, { name: 'br1', mtu: 1280, mac: '02:00:00:00:0b:00', up: true });
    expect(getLink(nl, 'br1')).toMatchObject({ mtu: 1280, mac: '02:00:00:00:0b:00', up: true });
    setLink(nl, bridge, { up: false });
    expect(getLink(nl, 'br1')?.up).toBe(false);
    deleteLink(nl, bridge);
  });

  test('an interface moves into another namespace', () => {
    addLink(nl, { kind: 'veth', name: 'm0', peer: { name: 'm1' } });
    setLink(nl, getLink(nl, 'm1')?.index ?? 0, { namespace: lab.right });
    expect(getLink(nl, 'm1')).toBeUndefined();
    expect(lab.ip(lab.right, 'link show m1')).toContain('m1');
    deleteLink(nl, getLink(nl, 'm0')?.index ?? 0);
    expect(() => setLink(nl, left, { namespace: 'no-such-namespace' })).toThrow(/ip netns add/);
  });

  test('the list is what ip lists', () => {
    const names = ip('-o link show').trim().split('\n').map((line) => line.split(': ')[1]?.split('@')[0]);
    expect(listLinks(nl).map((link) => link.name)).toEqual(names);
  });

  test('a refusal carries what was tried and what the kernel says', () => {
    expect(() => setLink(nl, left, { mtu: 5 })).toThrow(/^set the interface \d+: EINVAL \(the kernel says: mtu less than device minimum/);
    expect(() => setLink(nl, 9999, { up: true })).toThrow(/ENODEV/);
  });
});

describe('addresses', () => {
  test.each([['198.51.100.9', 24], ['2001:db8:9::9', 64], [MAG_LINK_LOCAL, 64]])('%s/%i is added twice, listed and deleted twice', (address, length) => {
    const wanted = { index: left, address, length, noDad: true };
    addAddress(nl, wanted);
    addAddress(nl, wanted);
    expect(ip('address show dev left')).toContain(`${address}/${length}`);
    expect(listAddresses(nl)).toContainEqual(expect.objectContaining({ index: left, address, length, tentative: false, deprecated: false }));
    deleteAddress(nl, wanted);
    deleteAddress(nl, wanted);
    expect(listAddresses(nl).some((a) => a.address === address)).toBe(false);
  });

  test('without a route to its prefix', () => {
    addAddress(nl, { index: left, address: '203.0.113.1', length: 24, noPrefixRoute: true });
    addAddress(nl, { index: left, address: '2001:db8:a::1', length: 64, noPrefixRoute: true, noDad: true });
    expect(ip('route show') + ip('-6 route show')).not.toMatch(/203\.0\.113|2001:db8:a:/);
    deleteAddress(nl, { index: left, address: '203.0.113.1', length: 24 });
    deleteAddress(nl, { index: left, address: '2001:db8:a::1', length: 64 });
  });

  test('a deprecated one says so', () => {
    ip('address add 2001:db8:d::1/64 dev left nodad preferred_lft 0');
    expect(listAddresses(nl).find((a) => a.address === '2001:db8:d::1')?.deprecated).toBe(true);
    ip('address del 2001:db8:d::1/64 dev left');
  });

  test('an interface that is not there is refused', () => expect(errnoOf(() => addAddress(nl, { index: 9999, address: '192.0.2.77', length: 24 }))).toBe('ENODEV'));
});

describe('routes', () => {
  test.each([
    { destination: '10.1.2.3/32', device: 0, table: 5213 },
    { destination: '10.2.0.0/16', gateway: '192.0.2.2', metric: 50, mtu: 1400 },
    { destination: '10.3.0.0/16', type: 'unreachable', metric: 4278198272 },
    { destination: '10.4.0.0/16', gateway: '10.99.0.1', device: 0, onlink: true },
    { destination: '0.0.0.0/0', gateway: '192.0.2.2', source: '192.0.2.1', table: 100 },
    { destination: '2001:db8:77::/64', device: 0, table: 5213 },
    { destination: '2001:db8:78::/64', gateway: '2001:db8::2', metric: 50 },
    { destination: '::/0', gateway: '2001:db8::2', table: 100 },
    { destination: '2001:db8:79::/64', type: 'blackhole' },
  ] as const)('$destination is set twice, listed and deleted twice', (given) => {
    const route = { ...given, ...('device' in given ? { device: left } : {}) };
    replaceRoute(nl, route);
    replaceRoute(nl, route);
    const mine = () => listRoutes(nl, 'table' in route ? route.table : 254).filter((r) => r.destination === route.destination);
    expect(mine()).toEqual([expect.objectContaining(route)]);
    deleteRoute(nl, route);
    deleteRoute(nl, route);
    expect(mine()).toEqual([]);
  });

  test('replacing changes the way', () => {
    replaceRoute(nl, { destination: '10.5.0.0/16', gateway: '192.0.2.2' });
    replaceRoute(nl, { destination: '10.5.0.0/16', gateway: '192.0.2.3' });
    expect(ip('route show 10.5.0.0/16')).toContain('via 192.0.2.3');
    expect(lookUpRoute(nl, '10.5.1.1')).toMatchObject({ gateway: '192.0.2.3', device: left, source: '192.0.2.1' });
    deleteRoute(nl, { destination: '10.5.0.0/16' });
    expect(lookUpRoute(nl, '10.5.1.1')).toBeUndefined();
  });

  test('bad text is refused before it reaches the kernel', () => {
    expect(() => replaceRoute(nl, { destination: '10.5.0.0' })).toThrow(/write address\/length/);
    expect(() => replaceRoute(nl, { destination: '10.5.0/8' })).toThrow(/no IPv4 address/);
  });
});

describe('rules', () => {
  test.each([
    { family: 4, priority: 5213, table: 5213, iif: 'pmip0' },
    { family: 6, priority: 5213, table: 5213, iif: 'pmip0' },
    { family: 4, priority: 77, table: 100, mark: { value: 0x52, mask: 0xff } },
    { family: 6, priority: 78, table: 100, from: '2001:db8:1::/48', to: '2001:db8:2::/48' },
    { family: 4, priority: 79, table: 70000, oif: 'left', from: '10.0.0.0/8' },
  ] as const)('IPv$family $priority is added twice, listed once and deleted twice', (rule) => {
    addRule(nl, rule);
    addRule(nl, rule);
    const mine = () => listRules(nl).filter((r) => r.priority === rule.priority && r.family === rule.family);
    expect(mine()).toEqual([rule]);
    deleteRule(nl, rule);
    deleteRule(nl, rule);
    expect(mine()).toEqual([]);
  });

  test('the kernel has its own three for IPv4', () => {
    expect(listRules(nl).filter((r) => r.family === 4).map((r) => [r.priority, r.table])).toEqual([[0, 255], [32766, 254], [32767, 253]]);
  });
});

describe('neighbours', () => {
  test.each(['192.0.2.50', '2001:db8::50'])('%s is permanent, replaced and deleted twice', (address) => {
    ip(`neighbour add ${address} lladdr 02:00:00:00:00:50 dev left nud stale`);
    replaceNeighbour(nl, { index: left, address, mac: '02:00:00:00:00:51' });
    replaceNeighbour(nl, { index: left, address, mac: '02:00:00:00:00:52' });
    expect(listNeighbours(nl).filter((n) => n.address === address)).toEqual([{ index: left, address, mac: '02:00:00:00:00:52', state: 'permanent' }]);
    deleteNeighbour(nl, { index: left, address });
    deleteNeighbour(nl, { index: left, address });
    expect(listNeighbours(nl).filter((n) => n.address === address && n.mac !== undefined)).toEqual([]);
  });

  test('4000 entries are listed whole', () => {
    for (let i = 0; i < 4000; i++) replaceNeighbour(nl, { index: left, address: `10.20.${i >> 8}.${i & 255}`, mac: '02:00:00:00:00:53' });
    const mine = () => listNeighbours(nl).filter((n) => n.address.startsWith('10.20.') && n.state === 'permanent');
    expect(mine()).toHaveLength(4000);
    for (let i = 0; i < 4000; i++) deleteNeighbour(nl, { index: left, address: `10.20.${i >> 8}.${i & 255}` });
    expect(mine()).toEqual([]);
  });
});

describe('programs', () => {
  const BPF_PROG_LOAD = 5;
  /** `r0 = verdict; exit` as a program for the traffic classifier. */
  function loadProgram(verdict: number): number {
    const code = new Uint8Array(16);
    code.set([0xb7, 0, 0, 0, verdict], 0);
    code.set([0x95], 8);
    const attr = new Uint8Array(72);
    new Uint32Array(attr.buffer).set([3, 2]);
    return check('BPF_PROG_LOAD', native().bpf(BPF_PROG_LOAD, attr, [[8, code], [16, Buffer.from('GPL\0')]]));
  }
  beforeEach(() => removeClsact(nl, left));

  test.each(['ingress', 'egress'] as const)('%s: attached, replaced, listed, detached', (direction) => {
    const [pass, drop] = [loadProgram(0), loadProgram(2)];
    attachProgram(nl, left, direction, pass, 'rs_pass');
    const [first] = listPrograms(nl, left, direction);
    expect(first).toMatchObject({ index: left, direction, priority: 1, name: 'rs_pass' });
    attachProgram(nl, left, direction, drop, 'rs_drop');
    const after = listPrograms(nl, left, direction);
    expect(after).toMatchObject([{ name: 'rs_drop' }]);
    expect(after[0]?.programId).toBeGreaterThan(first?.programId ?? Infinity);
    expect(after[0]?.tag).toMatch(/^[0-9a-f]{16}$/);
    attachProgram(nl, left, direction, pass, 'rs_second', 7);
    expect(listPrograms(nl, left, direction).map((p) => [p.priority, p.name])).toEqual([[1, 'rs_drop'], [7, 'rs_second']]);
    expect(listPrograms(nl, left, direction === 'ingress' ? 'egress' : 'ingress')).toEqual([]);
    detachProgram(nl, left, direction);
    detachProgram(nl, left, direction);
    expect(listPrograms(nl, left, direction).map((p) => p.name)).toEqual(['rs_second']);
    native().close(pass);
    native().close(drop);
  });

  test('a dropping program drops, and passing traffic comes back with its removal', () => {
    const drop = loadProgram(2);
    const ping = () => {
      try {
        return execFileSync('ip', ['netns', 'exec', lab.right, 'ping', '-c1', '-W1', '192.0.2.1'], { encoding: 'utf8' }).includes('1 received');
      } catch {
        return false;
      }
    };
    expect(ping()).toBe(true);
    attachProgram(nl, left, 'ingress', drop, 'rs_drop');
    native().close(drop);
    expect(ping()).toBe(false);
    removeClsact(nl, left);
    removeClsact(nl, left);
    expect(ping()).toBe(true);
    expect(listPrograms(nl, left, 'ingress')).toEqual([]);
  });

  test('clsact twice is free; a wrong fd and a foreign classifier do not confuse', () => {
    addClsact(nl, left);
    addClsact(nl, left);
    expect(errnoOf(() => attachProgram(nl, left, 'ingress', 9999, 'nothing'))).toBe('EBADF');
    expect(errnoOf(() => addClsact(nl, 9999))).toBe('ENODEV');
    expect(listPrograms(nl, left, 'ingress')).toEqual([]);
  });
});

test('a closed netlink socket refuses in words', () => {
  const other = inNamespace(lab.left, netlink);
  other.close();
  expect(() => listLinks(other)).toThrow(/list the interfaces: EBADF \(this netlink socket was closed/);
});
