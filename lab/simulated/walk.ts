/**
 * The lab without root: the same MAG, LMA, DHCP and signalling code, over UDP on loopback addresses in one process. There is no
 * kernel data path, no hostapd and no real phone, and whoever starts it is told so.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { agentSchema, type AgentConfig } from '../../agent/config.ts';
import { openFleet } from '../../agent/fleet/fleet.ts';
import type { AgentStatus } from '../../agent/fleet/status.ts';
import { version } from '../../cli/version.ts';
import type { LmaFile } from '../../cloud/config.ts';
import { runLma } from '../../cloud/main.ts';
import type { Ipv4 } from '../../protocol/address.ts';
import type { Transition } from '../../protocol/entity.ts';
import type { Millis } from '../../protocol/units.ts';
import { parseConfig } from '../../runtime/configFile.ts';
import { lmaSchema } from '../../cloud/config.ts';
import { now } from '../../runtime/clock.ts';
import type { Dashboard, DashboardOptions, Newcomer } from '../fleet/dashboard.ts';
import type { Handover } from '../handover.ts';
import { until } from '../processes.ts';
import type { LabOptions } from '../topology.ts';
import type { PhoneResult, Walk } from '../walk.ts';
import { ACCESS, openHome, type Home, type HomeOptions } from './home.ts';
import { internetHost } from './internetHost.ts';
import { openLoopbackPaths } from './loopbackPaths.ts';
import { createPhone, type SimulatedPhone } from './phone.ts';

export const SIMULATED_NOTE = 'SIMULATED: without root on Linux there are no network namespaces, so homes, anchor and phones are simulated in this process over loopback UDP (real protocol code, no kernel data path, no hostapd). For the real thing: sudo npm start';

const ANCHOR: Ipv4 = '127.77.0.254';
const homeAddress = (n: number): Ipv4 => `127.77.0.${n}`;
const INTERNET = ['203.0.113.10', '2001:db8:ffff::10'];
const ATTACH: Millis = 5000;
/** A radio needs a moment to change. */
const GAP: Millis = 5;
const LONGEST_SILENCE: Millis = 1000;

const anchorFile = (homes: number, keys: readonly Uint8Array[], folder: string): LmaFile =>
  parseConfig(
    'the simulated anchor',
    JSON.stringify({
      'lma-services': [{ name: 'lma1', 'bind-address': [ANCHOR] }],
      'ip-pools': [{ name: 'v4', network: '10.77.0.0/16', 'subscriber-gw-address': '10.77.0.1' }],
      'ipv6-pools': [{ name: 'v6', prefix: '2001:db8:7700::/48' }],
      apns: [{ name: 'lab', 'ip-pool': 'v4', 'ipv6-pool': 'v6' }],
      'mobile-access-gateways': Array.from({ length: homes }, (_, i) => ({ id: `home${i + 1}@lab`, key: Buffer.from(keys[i] as Uint8Array).toString('hex') })),
      datapath: 'none',
      'control-socket': join(folder, 'lma.sock'),
      'state-directory': folder,
    }),
    lmaSchema,
  );

const homeFile = (n: number, key: Uint8Array, folder: string, fleet: Dashboard['section'] | undefined): AgentConfig =>
  parseConfig(
    `the simulated home ${n}`,
    JSON.stringify({
      domain: 'lab',
      mag: `home${n}`,
      'local-mobility-anchors': [{ id: 'lma1', 'ipv4-address': ANCHOR, key: Buffer.from(key).toString('hex'), 'force-udp': 'always' }],
      'default-profiles': { guests: { apn: 'lab', lma: 'lma1' } },
      interfaces: [{ name: ACCESS, 'first-packet': true, 'default-profile': 'guests' }],
      datapath: 'none',
      'state-directory': join(folder, `home${n}`),
      ...(fleet ? { fleet: fleet(n) } : {}),
    }),
    agentSchema,
  );

export interface SimulatedWalk extends Walk {
  close(): Promise<void>;
}

type OpenDashboard = (lab: Pick<DashboardOptions, 'folder' | 'lma'>) => Promise<Dashboard>;

/** @param open a dashboard beside it @throws Error in words; nothing is left behind then */
export async function startSimulatedWalk(options: LabOptions, attached: (h: Handover) => void, open?: OpenDashboard): Promise<SimulatedWalk> {
  const closers: (() => unknown)[] = [];
  // The last first.
  const close = async (): Promise<void> => {
    for (let last = closers.pop(); last; last = closers.pop()) await last();
  };
  try {
    return { ...(await standUp(options, attached, open, (closer) => void closers.push(closer))), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @param later is told what ends each part */
async function standUp(options: LabOptions, attached: (h: Handover) => void, open: OpenDashboard | undefined, later: (closer: () => unknown) => void): Promise<Walk> {
  const folder = mkdtempSync(join(tmpdir(), 'roamstead-simulated-'));
  later(() => rmSync(folder, { recursive: true, force: true }));
  const keys = Array.from({ length: options.homes }, () => new Uint8Array(randomBytes(20)));
  const onError = (e: Error): void => void process.stderr.write(`simulated lab: ${e.message}\n`);
  const toInternet = internetHost((packet) => anchorPaths.send(packet));
  const anchorPaths = await openLoopbackPaths({ role: 'lma', address: ANCHOR, now: () => now().at, onPacket: (_, inner) => toInternet(inner) });
  later(() => anchorPaths.close());
  const lma = await runLma(anchorFile(options.homes, keys, folder), () => undefined, undefined, () => ({ ...anchorPaths, stop: () => undefined }));
  later(() => lma.stop({ keepForwarding: false }));
  const dashboard = await open?.({ folder, lma: { name: 'lma1', socket: join(folder, 'lma.sock') } });
  later(() => dashboard?.close());
  const newcomers: Newcomer[] = [];
  const homes: Home[] = [];
  later(() => Promise.all(homes.map((home) => home.close())));
  for (const [i, key] of keys.entries()) {
    const address = homeAddress(i + 1);
    const openPaths: HomeOptions['openPaths'] = (deliver) => openLoopbackPaths({ role: 'mag', address, now: () => now().at, onPacket: (path, inner) => deliver(path.access?.mac ?? '', inner) });
    const config = homeFile(i + 1, key, folder, dashboard?.section);
    const fleet = dashboard && (await openFleet({ config, version: version().roamstead, now, log: () => undefined, onCount: () => undefined, onError }));
    homes.push(await openHome({ config, address, openPaths, ...(fleet ? { fleet } : {}), onError }));
    if (fleet) newcomers.push({ name: `Home ${i + 1}`, status: async () => fleet.handlers['agent status']?.({ command: 'agent status' }) as AgentStatus });
  }
  void dashboard?.claim(newcomers);
  const phones = Array.from({ length: options.phones }, (_, i) => createPhone(`02:bb:00:00:00:${(i + 1).toString(16).padStart(2, '0')}`));
  later(() => phones.forEach((phone) => phone.close()));
  const where = new Map<SimulatedPhone, number>();

  async function move(number: number, phone: SimulatedPhone, to: number): Promise<Handover> {
    const from = where.get(phone) ?? 0;
    phone.home?.vanish(phone.mac);
    await pause(GAP);
    const home = homes[to - 1] as Home;
    const accepted = home.accepted(phone.mac);
    phone.home = home;
    where.set(phone, to);
    home.attach(phone.mac, phone, `phone${number}@lab`);
    const t = await accepted;
    const first = from === 0 ? undefined : await Promise.race([phone.nextPacket(), pause(LONGEST_SILENCE, undefined, { ref: false })]);
    return { wall: t.wall, phone: number, from, to, stages: stagesOf(t, first) };
  }

  for (const [i, phone] of phones.entries()) {
    attached(await move(i + 1, phone, 1));
    phone.solicit();
    await until(`the addresses of phone ${i + 1}`, ATTACH, () => phone.addresses().ipv4.length > 0 && phone.addresses().ipv6.length > 0);
    phone.startTraffic(INTERNET);
  }
  const before = phones.map((p) => p.addresses());
  await pause(100);

  let turn = 0;
  return {
    step() {
      const i = turn++ % phones.length;
      const phone = phones[i] as SimulatedPhone;
      return move(i + 1, phone, ((where.get(phone) ?? 1) % options.homes) + 1);
    },
    async finish() {
      const results: PhoneResult[] = phones.map((p, i) => ({ phone: i + 1, addressBefore: before[i] ?? p.addresses(), addressAfter: p.addresses(), ...p.stopTraffic() }));
      for (const p of phones) p.home?.detach(p.mac);
      await pause(50);
      return results;
    },
  };
}

function stagesOf({ at, stages = {} }: Transition, firstDown: Millis | undefined): Handover['stages'] {
  const start = stages['associated'] ?? at;
  const since = (instant: Millis | undefined): Millis => (instant ?? at) - start;
  return { pbuSent: since(stages['pbuSent']), pbaReceived: since(stages['pbaReceived']), switched: since(stages['pathsSwitched']), ...(firstDown === undefined ? {} : { firstDown: firstDown - start }) };
}
