import { describe, expect, test } from 'vitest';
import { YARDSTICK } from '../../bench/datapath/modes.ts';
import { DEVICES, PHONE, construction, namespaceOf, namespaces, pathPair } from '../../bench/datapath/topology.ts';
import { TUNNEL_OVERHEAD } from '../../protocol/paths.ts';
import type { TunnelTransport } from '../../protocol/paths.ts';

const TRANSPORTS = Object.keys(TUNNEL_OVERHEAD) as TunnelTransport[];

describe('where the data path is measured', () => {
  const c = construction('t-');

  test('every device that is switched is the end of a wire', () => {
    const ends = c.wires.flatMap((w) => [...w.matchAll(/(?:add|name) (\S+) netns (\S+)/g)].map((m) => `${m[2]} ${m[1]}`));
    expect(DEVICES.map(([machine, device]) => `${namespaceOf('t-', machine)} ${device}`).sort()).toEqual(ends.sort());
  });

  test('plain routes to the phone stand behind those of any tunnel', () => {
    for (const machine of ['net', 'lma'] as const) {
      const routes = c.inside.get(namespaceOf('t-', machine))?.filter((line) => /route add (10\.78|2001:db8:78)/.test(line)) ?? [];
      expect(routes).toHaveLength(2);
      for (const route of routes) expect(route).toMatch(/ metric 4096$/);
    }
  });

  test('all names begin with the prefix', () => {
    expect(namespaces('t-').every((name) => name.startsWith('t-'))).toBe(true);
    expect(c.namespaces).toEqual(namespaces('t-').map((name) => `netns add ${name}`));
  });
});

describe.each(TRANSPORTS)('the path over %s', (transport) => {
  const { mag, lma } = pathPair(transport);

  test('both ends mirror each other', () => {
    expect([mag.tunnel.local, mag.tunnel.remote, mag.tunnel.sendKey, mag.tunnel.receiveKey]).toEqual([lma.tunnel.remote, lma.tunnel.local, lma.tunnel.receiveKey, lma.tunnel.sendKey]);
    expect([mag.ipv4, mag.prefixes]).toEqual([lma.ipv4, lma.prefixes]);
    expect([mag.access, lma.access]).toEqual([{ interface: 'lan0', mac: PHONE.mac }, undefined]);
  });

  test('it is held against VXLAN over the same outer family', () => {
    expect(YARDSTICK[transport]).toBe(mag.tunnel.local.includes(':') ? 'vxlan6' : 'vxlan4');
    expect(mag.tunnel.mtu).toBe(1500 - TUNNEL_OVERHEAD[transport]);
  });
});
