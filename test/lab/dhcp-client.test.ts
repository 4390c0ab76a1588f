/** The phones' DHCP clients against busybox udhcpd, a server that is not ours: what they apply and what they remember. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DhcpClient } from '../../lab/dhcp-client.ts';
import { ipBatch, runInside } from '../../lab/namespaces.ts';
import { until } from '../../lab/processes.ts';
import { ACCESS, DEFAULTS, POOL4, RADIO } from '../../lab/topology.ts';
import { openWorld } from '../../lab/world.ts';
import type { World } from '../../lab/world.ts';

let world: World;
const PHONES: readonly [number, DhcpClient][] = [
  [1, 'udhcpc'],
  [2, 'dhclient'],
];

beforeAll(async () => {
  world = await openWorld({ ...DEFAULTS, homes: 1, phones: 2, prefix: 'rsdhcp-' });
  await world.startAccess();
  const home = world.home(1);
  ipBatch(home.namespace, [`address add ${POOL4.gateway}/16 dev ${ACCESS}`]);
  const config = join(world.folder, 'udhcpd.conf');
  const options = 'option subnet 255.255.0.0\noption router 10.77.0.1\noption dns 198.51.100.53 198.51.100.54\noption mtu 1452\noption lease 3600\n';
  writeFileSync(config, `interface ${ACCESS}\nstart 10.77.0.50\nend 10.77.0.60\nlease_file ${join(world.folder, 'udhcpd.leases')}\npidfile ${join(world.folder, 'udhcpd.pid')}\n${options}`);
  writeFileSync(join(world.folder, 'udhcpd.leases'), '');
  world.spawn({ name: 'udhcpd', namespace: home.namespace, argv: ['busybox', 'udhcpd', '-f', config] });
});
afterAll(() => world?.close());

describe.each(PHONES)('phone %i with %s', (phone, client) => {
  it('applies address, MTU and route, and records router and DNS', async () => {
    await world.roam(phone, 1);
    world.startDhcp(phone, client);
    const lease = await until('a lease', 15_000, () => world.leases(phone)[0]);
    expect(lease).toMatchObject({ maskBits: 16, router: POOL4.gateway, server: POOL4.gateway, dns: ['198.51.100.53', '198.51.100.54'], mtu: 1452, leaseSeconds: 3600 });
    expect(lease.reason.toUpperCase()).toBe('BOUND');
    expect(world.addresses(phone).ipv4).toEqual([lease.address]);
    const { namespace } = world.phone(phone);
    expect(runInside(namespace, ['ip', 'route', 'show', 'default'])).toContain(`via ${POOL4.gateway} dev ${RADIO}`);
    expect(runInside(namespace, ['ip', 'link', 'show', RADIO])).toContain('mtu 1452');
    expect(runInside(namespace, ['ping', '-n', '-c', '1', '-W', '2', POOL4.gateway])).toContain('1 received');
  });
});

describe('a dhclient that is started again', () => {
  it('asks for its old address without a DISCOVER (INIT-REBOOT)', async () => {
    const [first] = world.leases(2);
    await world.processes.get('dhclient2')?.stop('SIGKILL');
    const p = world.startDhcp(2, 'dhclient');
    const again = await until('the second lease', 15_000, () => world.leases(2)[1]);
    expect(again).toMatchObject({ reason: 'REBOOT', address: first?.address });
    expect(p.log().slice(p.log().lastIndexOf('Internet Systems Consortium'))).not.toContain('DHCPDISCOVER');
  });
});
