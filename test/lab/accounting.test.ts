/**
 * Accounting at the anchor with a real FreeRADIUS: a phone roams, the server is away, the anchor is killed. The totals that the server
 * has are what the phone sent and received.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DetailRecord } from '../../lab/aaa/detail.ts';
import { startFreeradius, type RadiusServer } from '../../lab/aaa/freeradius.ts';
import { APN, identityOf, lmaSocket } from '../../lab/configuration.ts';
import { runInside } from '../../lab/namespaces.ts';
import { startPmip, type Pmip } from '../../lab/pmip.ts';
import { start, until } from '../../lab/processes.ts';
import { DEFAULTS } from '../../lab/topology.ts';
import { openWorld, type World } from '../../lab/world.ts';
import { stationIdOf } from '../../protocol/radius/stationId.ts';
import { ask } from '../../runtime/control.ts';
import { attach, type Attached, type Scene } from './scene.ts';

const SECRET = 'accounting-lab';
/** What an echo request of 100 octets is as a packet. */
const OCTETS = { ipv4: 128, ipv6: 148 } as const;

let world: World;
let radius: RadiusServer;
let pmip: Pmip;
let scene: Scene;
let phone: Attached;
/** Packets and octets; an echo has as much back. */
const passed = { packets: 0, octets: 0 };

beforeAll(async () => {
  world = await openWorld({ ...DEFAULTS, homes: 2, phones: 1, aaa: true, prefix: 'rsac-' });
  const { lma, aaa } = world.plan;
  if (!aaa) throw new Error('the plan has no place for a RADIUS server');
  radius = await startFreeradius({ folder: world.folder, namespace: aaa.namespace, addresses: [aaa.ipv4], clients: [{ address: lma.ipv4, secret: SECRET }], accounts: [] });
  await world.startAccess();
  pmip = await startPmip(world, {
    lma: {
      'lma-services': [
        {
          name: 'lma1',
          'bind-address': [lma.ipv6, lma.ipv4],
          'session-delete-delay-timeout': 1000,
          accounting: {
            'radius-servers': [{ address: aaa.ipv4, key: SECRET }],
            timeout: 0.5,
            retransmit: 1,
            'retry-interval': 0.5,
            'event-stream': { folder: join(world.folder, 'events') },
            'address-log': { folder: join(world.folder, 'addresses') },
          },
        },
      ],
    },
  });
  scene = { world, pmip, roam: (p, home) => pmip.arrival(home, world.phone(p).mac, () => world.roam(p, home)), close: () => world.close() };
  phone = await attach(scene, 1, 1, ['ipv4', 'ipv6']);
});
afterAll(async () => {
  await radius?.stop();
  await world?.close();
});

const ours = (): DetailRecord[] => radius.accounting().filter((r) => r['Acct-Session-Id']?.[0]?.endsWith('-0') === false);
const of = (r: DetailRecord | undefined, name: string): string => r?.[name]?.[0] ?? '';
const kinds = (): string[] => ours().map((r) => of(r, 'Acct-Status-Type'));
const echo = (family: 'ipv4' | 'ipv6', count: number): string[] => ['ping', family === 'ipv4' ? '-4' : '-6', '-n', '-q', '-i', '0.01', '-s', '100', '-c', String(count), world.plan.inet[family]];

function note(family: 'ipv4' | 'ipv6', count: number, output: string): void {
  expect(output).toContain(`${count} packets transmitted, ${count} received`);
  passed.packets += count;
  passed.octets += count * OCTETS[family];
}
const ping = (family: 'ipv4' | 'ipv6', count: number): void => note(family, count, runInside(world.phone(1).namespace, echo(family, count)));

function expectTotals(r: DetailRecord | undefined): void {
  const octets = (direction: 'Input' | 'Output') => Number(of(r, `Acct-${direction}-Octets`)) + 2 ** 32 * Number(of(r, `Acct-${direction}-Gigawords`));
  expect({
    up: { packets: Number(of(r, 'Acct-Input-Packets')), octets: octets('Input') },
    down: { packets: Number(of(r, 'Acct-Output-Packets')), octets: octets('Output') },
  }).toEqual({ up: passed, down: passed });
}

it('tells the server who came, with addresses and home (RFC 2866 §4.1)', async () => {
  await until('the start', 10_000, () => kinds().includes('Start'));
  const [start] = ours();
  const { identity, mac } = world.phone(1);
  expect(start).toMatchObject({
    'Acct-Status-Type': ['Start'],
    'User-Name': [identity],
    'Calling-Station-Id': [stationIdOf(mac)],
    'Called-Station-Id': [identityOf(world.home(1))],
    'NAS-Identifier': ['lma1'],
    'NAS-IP-Address': [world.plan.lma.ipv4],
    'Framed-IP-Address': phone.addresses.ipv4,
    'NAS-Port-Type': ['Wireless-802.11'],
    'Service-Selection': [APN],
  });
  expect(of(start, 'Framed-IPv6-Prefix')).toMatch(/\/64$/);
  expect(radius.accounting().map((r) => of(r, 'Acct-Status-Type'))).toEqual(['Accounting-On', 'Start']);
});

it('goes on under the same name at the next home, with what passed at the first', async () => {
  ping('ipv4', 40);
  await scene.roam(1, 2);
  await until('the word of the move', 10_000, () => kinds().includes('Interim-Update'));
  const move = ours().at(-1);
  expect(of(move, 'Called-Station-Id')).toBe(identityOf(world.home(2)));
  expectTotals(move);
  ping('ipv6', 40);
});

it('keeps what happens while the server is dead', async () => {
  await radius.process().stop('SIGKILL');
  const before = ours().length;
  await scene.roam(1, 1);
  ping('ipv4', 30);
  await until('the record to wait', 10_000, async () => JSON.stringify(await pmip.ask(0, 'show lma accounting')).includes('"waiting":1'));
  expect(ours()).toHaveLength(before);
});

it('survives kill -9 of the anchor, whose packets go on; none is counted twice, none is forgotten', async () => {
  const running = start({ name: 'echo', namespace: world.phone(1).namespace, argv: echo('ipv4', 400), folder: world.folder });
  world.adopt(running);
  await world.processes.get('lma')?.stop('SIGKILL');
  await pmip.startLma();
  await until('the echo to end', 30_000, () => !running.running());
  note('ipv4', 400, running.log());
  await radius.start();
  await until('what waited', 20_000, () => ours().filter((r) => of(r, 'Acct-Status-Type') === 'Interim-Update').length >= 2);
  const waited = ours().find((r) => Number(of(r, 'Acct-Delay-Time')) > 0);
  expect(of(waited, 'Called-Station-Id')).toBe(identityOf(world.home(1)));
  ping('ipv6', 20);
});

it('ends with the sums of all of it, and says why', async () => {
  world.detach(1);
  await until('the stop', 30_000, () => kinds().includes('Stop'));
  const stop = ours().at(-1);
  expectTotals(stop);
  expect(of(stop, 'Acct-Terminate-Cause')).toBe('Lost-Carrier');
  expect(new Set(ours().map((r) => of(r, 'Acct-Session-Id'))).size).toBe(1);
  expect(radius.accounting().filter((r) => of(r, 'Acct-Status-Type') === 'Accounting-On')).toHaveLength(1);
});

it('keeps nothing of what all have been told', async () => {
  await until('the spool to be empty', 10_000, async () => JSON.stringify(await pmip.ask(0, 'show lma accounting')).includes('"waiting":0'));
  expect(await pmip.ask(0, 'show lma accounting')).toMatchObject([{ service: 'lma1', sessions: 0, lost: 0, superseded: 0, silent: false, stalled: false }]);
});

it('the event stream has the same, each record once, both homes of each move', () => {
  const folder = join(world.folder, 'events', 'lma1');
  const lines = readdirSync(folder).toSorted().flatMap((f) => readFileSync(join(folder, f), 'utf8').trimEnd().split('\n'));
  const events = lines.map((l) => JSON.parse(l) as { seq: number; event: string; of?: { home: string; from?: { home: string }; usage: { upOctets: number; downOctets: number } } });
  expect(events.map((e) => e.event)).toEqual(['on', 'start', 'move', 'move', 'stop']);
  expect(events.map((e) => e.seq)).toEqual([1, 2, 3, 4, 5]);
  expect(events[2]?.of).toMatchObject({ from: { home: identityOf(world.home(1)) }, home: identityOf(world.home(2)) });
  expect(events[4]?.of?.usage).toMatchObject({ upOctets: passed.octets, downOctets: passed.octets });
});

it('the address log says who had the address, until now', async () => {
  const log = join(world.folder, 'addresses', 'lma1');
  const lines = readdirSync(log).flatMap((f) => readFileSync(join(log, f), 'utf8').trimEnd().split('\n'));
  expect(lines.map((l) => (JSON.parse(l) as { event: string }).event)).toEqual(['assigned', 'assigned', 'returned', 'returned']);
  expect(lines.at(-1)).toContain(world.phone(1).identity);
  const asked = await ask(lmaSocket(world.folder), { command: 'show address-log', address: phone.addresses.ipv4[0] });
  expect(asked).toMatchObject([{ event: 'returned', subscriber: world.phone(1).identity, home: identityOf(world.home(1)) }]);
});
