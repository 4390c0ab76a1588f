/**
 * A home with IPv4 alone and a private address, so behind a NAT for all it knows: signalling over UDP on a port of one's own, data
 * over UDP 5437 with keepalives (RFC 5844 §4); renumbered while the phone's packets go on.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until, type LabProcess } from '../../lab/processes.ts';
import { INTERNET, shellLab, type ShellLab } from './shellLab.ts';

let lab: ShellLab;
let agent: LabProcess;
beforeAll(async () => {
  lab = await shellLab();
  await lab.startLma('signalling-port: 15436');
  agent = await lab.startAgent('mag-local-profile', `control-socket: ${lab.folder}/agent.sock\nsignalling-port: 15436`, 'agent', (text) =>
    text.replace(/^address:.*$/m, '').replace('ipv6-address: 2001:db8:cafe:1024::101', 'ipv4-address: 10.8.24.101'),
  );
});
afterAll(() => lab.close());

const session = (): any => (JSON.parse(lab.show('lma', 'lma-service', 'session', 'json')) as unknown[])[0];
const ping = (): string => lab.run('phone', 'sh', '-c', `ping -q -c 1 -W 1 ${INTERNET} || true`);

it('registers over UDP and carries packets over UDP, whose port the anchor learned from the keepalive', async () => {
  expect(lab.lease()).toBe('192.0.2.1');
  expect(session()).toMatchObject({ encap: 'udp4', coa: '10.8.24.15', mag: 'M1@D1' });
  await until('a packet', 5000, () => ping().includes(' 1 received'));
  expect(JSON.parse(lab.show('agent', 'ipv6', 'mobile', 'pmipv6', 'mag', 'binding', 'json'))).toMatchObject([{ tunnel: { transport: 'udp4', local: '10.8.24.15', remote: '10.8.24.101', mtu: 1460 } }]);
});

it('renumbered, it registers anew from the new address with the same keys, and packets go on', async () => {
  const before = session();
  lab.ip('home', 'address del 10.8.24.15/24 dev wan0', 'address add 10.8.24.16/24 dev wan0');
  await until('the new address', 5000, () => session().coa === '10.8.24.16');
  await until('a packet', 5000, () => ping().includes(' 1 received'));
  const after = session();
  expect([after['up-stream-grekey'], after['down-stream-grekey'], after.hoa]).toEqual([before['up-stream-grekey'], before['down-stream-grekey'], '192.0.2.1']);
  expect(agent.running()).toBe(true);
});

it('an uplink that learns its IPv6 address from router advertisements goes on doing so when it is made anew', async () => {
  await agent.stop('SIGTERM');
  lab.run('home', 'sysctl', '-qw', 'net.ipv6.conf.wan0.accept_ra=2', 'net.ipv6.conf.default.accept_ra=1');
  agent = await lab.startAgent('mag-local-profile', `control-socket: ${lab.folder}/agent.sock`);
  lab.ip('home', 'link del wan0');
  lab.wireHome();
  await until('it to be taken', 5000, () => lab.run('home', 'sysctl', '-n', 'net.ipv6.conf.wan0.accept_ra').trim() === '2');
  expect(agent.running()).toBe(true);
});
