/**
 * Accounts and their devices (RFC 5213 §6.6), with identities that EAP proved as an access point reports them, profiles from a real
 * FreeRADIUS and a real DHCP client: devices of one account are kept apart, and a phone with a new MAC is known again.
 */
import { rmSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startFreeradius, type RadiusServer } from '../../lab/aaa/freeradius.ts';
import type { LabProcess } from '../../lab/processes.ts';
import { stationScript, type StationScript } from '../../lab/stationScript.ts';
import { dottedMac } from '../../protocol/mac.ts';
import { PHONE_MAC, shellLab, type ShellLab } from './shellLab.ts';

const SERVER = '203.0.113.115';
const ACCESS = 'br-3074';
const ALICE = 'alice@home.example';
/** What a phone makes up that hides its own. */
const NEW_MAC = '02:24:d7:8e:21:a5';

let lab: ShellLab;
let radius: RadiusServer;
let agent: LabProcess | undefined;
let script: StationScript | undefined;
beforeAll(async () => {
  lab = await shellLab();
  lab.ip('net', `address add ${SERVER}/32 dev br0`, 'route add 10.8.24.0/24 dev br0');
  lab.ip('home', `route add ${SERVER}/32 dev wan0`);
  await lab.startLma();
  const profile = ['Cisco-AVPair = "mn-apn=example.com"', 'Cisco-AVPair = "mn-service=ipv4"'];
  radius = await startFreeradius({
    namespace: lab.namespace('net'),
    addresses: [SERVER],
    clients: [{ address: '10.8.24.15', secret: 'aaacisco' }],
    accounts: [
      { name: ALICE, reply: profile },
      { name: 'carol@home.example', reply: [...profile, 'Cisco-AVPair = "certificate-serial=0A:1B:2C"'] },
    ],
  });
});
afterEach(async () => {
  script?.close();
  await agent?.stop('SIGINT');
  lab.ip('phone', 'address flush dev eth0', `link set eth0 address ${PHONE_MAC}`);
});
afterAll(async () => {
  await radius?.close();
  await lab?.close();
});

/** Each story begins with a gateway that remembers nobody. */
async function startAgent(policy: string): Promise<void> {
  rmSync(joinPath(lab.folder, 'agent-state'), { recursive: true, force: true });
  const socket = `${lab.folder}/ap.sock`;
  agent = await lab.startAgent('mag-radius', undefined, undefined, (text) => `${text.replace('first-packet: true', `scripted-stations: ${socket}`)}\nmn-identifier: ${policy}\n`);
  script = await stationScript(socket);
}
/** The phone associates under this MAC and asks for an address. */
async function join(mac: string, identity: string): Promise<string> {
  lab.ip('phone', 'address flush dev eth0', `link set eth0 address ${mac}`);
  await script?.attach(ACCESS, mac, identity);
  return lab.lease();
}
interface Shown {
  readonly mnnai: string;
  readonly llid: string;
  readonly state: string;
}
/** Of the MN-Identifiers that begin so; those of other tests are at the anchor still. */
const sessions = (name: string): string[] =>
  (JSON.parse(lab.show('lma', 'lma-service', 'session', 'json')) as Shown[]).filter((s) => s.state.toUpperCase() === 'ACTIVE' && s.mnnai.startsWith(name)).map((s) => `${s.mnnai} ${dottedMac(s.llid)}`).toSorted();

it('per device: each has a name and an address of its own', async () => {
  await startAgent('{ sharing: per-device }');
  const first = await join(PHONE_MAC, ALICE);
  const second = await join(NEW_MAC, ALICE);
  expect(second).not.toBe(first);
  expect(sessions('alice+')).toEqual(['alice+0024d78e21a4@home.example 0024.d78e.21a4', 'alice+0224d78e21a5@home.example 0224.d78e.21a5']);
});

it('per account: a phone that changes its MAC keeps its address', async () => {
  await startAgent('{ sharing: per-account }');
  const before = await join(PHONE_MAC, ALICE);
  await script?.detach(ACCESS, PHONE_MAC);
  expect(await join(NEW_MAC, ALICE)).toBe(before);
  expect(sessions('alice@')).toEqual(['alice@home.example 0224.d78e.21a5']);
});

it('per account: also without a farewell of the old one', async () => {
  await startAgent('{ sharing: per-account }');
  const before = await join(PHONE_MAC, ALICE);
  expect(await join(NEW_MAC, ALICE)).toBe(before);
  expect(sessions('alice@')).toEqual(['alice@home.example 0224.d78e.21a5']);
});

it('per device: a certificate tells a phone with a new MAC again', async () => {
  await startAgent('{ sharing: per-device }');
  const before = await join(PHONE_MAC, 'carol@home.example');
  expect(await join(NEW_MAC, 'carol@home.example')).toBe(before);
  expect(sessions('carol')).toEqual(['carol+0a1b2c@home.example 0224.d78e.21a5']);
});
