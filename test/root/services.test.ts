/**
 * Two operators in one anchor process and at one home (the guide's scenario 3), with examples/lma-operators.yaml and
 * mag-operators.yaml as they stand: the profile chooses LMA and APN, and both phones have the same address.
 */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { planNat44, portBlockOf, type PortBlock } from '../../cloud/egress/portBlocks.ts';
import { ipBatch, runInside } from '../../lab/namespaces.ts';
import { until, type LabProcess } from '../../lab/processes.ts';
import type { UdpSocket } from '../../linux/sockets/udpSocket.ts';
import { INTERNET, shellLab, type ShellLab } from './shellLab.ts';
import { asksWho, tellingServer } from './udpEcho.ts';

const BOB_MAC = '00:24:d7:8e:21:a5';
const ADDRESS = '10.64.0.1';
const ROUTER = '10.64.255.254';
const PORT = 7000;

let lab: ShellLab;
let agent: LabProcess;
let server: UdpSocket;
/** alice's and bob's. */
let phones: readonly [string, string];

beforeAll(async () => {
  lab = await shellLab();
  phones = [lab.namespace('phone'), `${lab.namespace('phone')}2`];
  ipBatch(undefined, [`netns add ${phones[1]}`]);
  lab.ip('home', `link add port1 type veth peer name eth0 netns ${phones[1]}`, 'link set port1 up', 'link set port1 master br-4001');
  ipBatch(phones[1], [`link set eth0 address ${BOB_MAC}`, 'link set eth0 up', 'link set lo up']);
  lab.ip('lma', 'address add 2001:db8:cafe:1024::102/32 dev lma1 nodad', 'address add 10.8.24.102/24 dev lma1');
  await lab.startLma('', () => readFileSync('examples/lma-operators.yaml', 'utf8'));
  agent = await lab.startAgent('mag-operators');
  server = tellingServer(lab.namespace('inet'), PORT);
});
afterAll(async () => {
  server.close();
  await lab.close();
  ipBatch(undefined, [`netns del ${phones[1]}`]);
});

/** What udhcpc was given, as its script sees it. */
function lease(phone: string): Record<string, string> {
  const script = join(lab.folder, 'lease.sh');
  writeFileSync(script, '#!/bin/sh\n[ "$1" = bound ] && env | grep -E "^(ip|router|dns|mtu)=" >&2\nexit 0\n');
  chmodSync(script, 0o755);
  const said = runInside(phone, ['sh', '-c', `udhcpc -f -q -n -i eth0 -s ${script} -t 10 -T 1 -O dns -O mtu 2>&1`]);
  const given = Object.fromEntries([...said.matchAll(/^(ip|router|dns|mtu)=(.*)$/gm)].map(([, name, value]) => [name as string, value as string]));
  ipBatch(phone, [`address replace ${given['ip']}/16 dev eth0`, `route replace default via ${ROUTER}`]);
  return given;
}

const sessions = (): any[] => JSON.parse(lab.show('lma', 'lma-service', 'session', 'json')) as any[];
const ping = (phone: string): string => runInside(phone, ['ping', '-q', '-c', '5', '-i', '0.1', '-W', '1', INTERNET]);
const outside = (network: string): PortBlock => {
  const plan = planNat44({ pool: '10.64.0.0/16', outside: network, firstPort: 1024, portsPerSubscriber: 120 });
  if (typeof plan === 'string') throw new Error(plan);
  return portBlockOf(plan, ADDRESS) as PortBlock;
};

it('each gets the address, the resolvers and the MTU of its operator; the addresses are the same', () => {
  expect(lease(phones[0])).toMatchObject({ ip: ADDRESS, router: ROUTER, dns: '198.51.100.250', mtu: '1452' });
  expect(lease(phones[1])).toMatchObject({ ip: ADDRESS, router: ROUTER, dns: '198.51.100.251', mtu: '1400' });
});

it('each has a session with its own lma-service, over its own address of the anchor', () => {
  const facts = sessions().map((s) => [s['lma-service'], s.mnnai, s.apn, s.hoa, s.hnps.length]);
  expect(facts).toEqual([['operator-a', 'alice@a.example', 'internet', ADDRESS, 1], ['operator-b', 'bob@b.example', 'internet', ADDRESS, 0]]);
  const all = lab.show('agent', 'ipv6', 'mobile', 'pmipv6', 'mag', 'binding');
  expect(all).toMatch(/alice@a\.example[\s\S]*\[LMA\]: Id: operator-a/);
  expect(all).toMatch(/bob@b\.example[\s\S]*\[LMA\]: Id: operator-b/);
});

it('both reach the internet at once from one address and one port, and are two there', async () => {
  for (const phone of phones) expect(ping(phone)).toContain('5 received, 0% packet loss');
  const seen: Awaited<ReturnType<typeof asksWho>>[] = [];
  for (const phone of phones) seen.push(await asksWho(phone, { address: INTERNET, port: PORT }, 5000));
  for (const [i, network] of ['198.51.100.0/25', '198.51.100.128/25'].entries()) {
    const { address, first, last } = outside(network);
    expect(seen[i]?.address).toBe(address);
    expect(seen[i]?.port).toBeGreaterThanOrEqual(first);
    expect(seen[i]?.port).toBeLessThanOrEqual(last);
  }
  for (const session of sessions()) expect(Number(session.upPackets)).toBeGreaterThan(5);
});

it('on one interface the second with that address is refused, says why, and the first loses nothing', async () => {
  const count = lab.running('phone', 'ping', '-q', '-c', '30', '-i', '0.1', '-W', '1', INTERNET);
  lab.ip('home', 'link set port1 master br-3074');
  runInside(phones[1], ['sh', '-c', `ping -c 2 -W 1 ${ROUTER} || true`]);
  await until('the refusal', 10_000, () => /address 10\.64\.0\.1 of space 0 belongs to path \d+/.test(agent.log()));
  expect(await count).toContain('30 packets transmitted, 30 received, 0% packet loss');
});
