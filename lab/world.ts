/** A lab that runs: namespaces, access points and phones, and what can be done to them. Agents and LMA are in pmip.ts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ipv4, Ipv6 } from '../protocol/address.ts';
import type { Mac } from '../protocol/mac.ts';
import type { OpenAccessLink, RoamMode } from './accessLink.ts';
import { startDelayLine } from './delay.ts';
import { leases, startDhcpClient } from './dhcp-client.ts';
import type { DhcpClient, Lease } from './dhcp-client.ts';
import { claim, construct, ipBatch, release, runInside } from './namespaces.ts';
import { start } from './processes.ts';
import type { LabProcess, ProcessOptions } from './processes.ts';
import { RADIO, construction, planOf } from './topology.ts';
import type { HomePlan, LabOptions, PhonePlan, Plan } from './topology.ts';
import { wiredAccess } from './wiredAccess.ts';

export interface World {
  readonly plan: Plan;
  /** Logs, control sockets and configurations. */
  readonly folder: string;
  readonly processes: ReadonlyMap<string, LabProcess>;
  home(number: number): HomePlan;
  phone(number: number): PhonePlan;
  /** Starts a program that ends with the lab. A name that ran before may be started again. */
  spawn(options: Omit<ProcessOptions, 'folder'>): LabProcess;
  /** A process that was started elsewhere ends with the lab too. */
  adopt(p: LabProcess): LabProcess;
  /** hostapd at every home and a supplicant on every phone. */
  startAccess(): Promise<void>;
  restartHostapd(home: number): Promise<void>;
  /** The phone takes another MAC, as phones do for privacy: it leaves, loses its addresses and comes back as somebody else. */
  changeMac(phone: number, mac: Mac): Promise<void>;
  startDhcp(phone: number, client: DhcpClient): LabProcess;
  leases(phone: number): Lease[];
  /** Moves the phone to the home's access point; its own interface stays. */
  roam(phone: number, home: number, mode?: RoamMode): Promise<void>;
  /** Out of reach of every home. No home is told. */
  leave(phone: number): Promise<void>;
  /** The phone logs off at the home it is at, which notices. */
  detach(phone: number): void;
  addresses(phone: number): { readonly ipv4: Ipv4[]; readonly ipv6: Ipv6[] };
  /** Ends every process and removes the namespaces; the folder too unless it is to be kept. */
  close(keep?: boolean): Promise<void>;
}

/** @throws LabError when something is missing or refused; nothing is left behind then */
export async function openWorld(options: LabOptions, openAccess: OpenAccessLink = wiredAccess): Promise<World> {
  const plan = planOf(options);
  claim(options.prefix);
  const folder = mkdtempSync(join(tmpdir(), 'rs-lab-'));
  const processes = new Map<string, LabProcess>();
  const adopt = (p: LabProcess): LabProcess => {
    processes.set(p.name, p);
    return p;
  };

  const access = openAccess({ folder, plan, adopt });
  const phones = [...plan.phones];

  const member = <T>(what: string, all: readonly T[], number: number): T => {
    const found = all[number - 1];
    if (!found) throw new RangeError(`there is no ${what} ${number}; this lab has ${all.length}`);
    return found;
  };

  const world: World = {
    plan,
    folder,
    processes,
    home: (number) => member('home', plan.homes, number),
    phone: (number) => member('phone', phones, number),
    spawn: (options) => adopt(start({ ...options, folder })),
    adopt,
    async startAccess() {
      await access.prepare();
      const all = [...plan.homes.map((h) => access.startHostapd(h)), ...plan.phones.map((p) => access.startSupplicant(p))];
      for (const p of await Promise.all(all)) adopt(p);
    },
    async restartHostapd(number) {
      await processes.get(`hostapd${number}`)?.stop();
      adopt(await access.startHostapd(world.home(number)));
    },
    async changeMac(number, mac) {
      const phone = { ...world.phone(number), mac };
      phones[number - 1] = phone;
      await access.leave(phone);
      await processes.get(`wpa_supplicant${number}`)?.stop();
      ipBatch(phone.namespace, [`link set ${RADIO} down`, `link set ${RADIO} address ${mac}`, `address flush dev ${RADIO}`, `link set ${RADIO} up`]);
      adopt(await access.startSupplicant(phone));
    },
    startDhcp: (number, client) => adopt(startDhcpClient(folder, world.phone(number), client)),
    leases: (number) => leases(folder, world.phone(number)),
    roam: (phone, home, mode = 'eap') => access.roam(world.phone(phone), world.home(home), mode),
    leave: (number) => access.leave(world.phone(number)),
    detach: (number) => access.detach(world.phone(number)),
    addresses: (number) => addressesOf(world.phone(number).namespace),
    async close(keep = false) {
      await Promise.all([...processes.values()].map((p) => p.stop()));
      release(options.prefix);
      if (!keep) rmSync(folder, { recursive: true, force: true });
    },
  };

  try {
    await construct(construction(plan, access.air), async () => {
      await access.wire();
      if (options.delayMs > 0) adopt(await startDelayLine(folder, plan));
    });
  } catch (error) {
    await world.close();
    throw error;
  }
  return world;
}

interface IpAddress {
  readonly addr_info: readonly { readonly family: string; readonly local: string; readonly scope: string; readonly tentative?: boolean }[];
}

function addressesOf(namespace: string): { ipv4: Ipv4[]; ipv6: Ipv6[] } {
  const [device] = JSON.parse(runInside(namespace, ['ip', '-j', 'address', 'show', 'dev', RADIO])) as IpAddress[];
  const global = (device?.addr_info ?? []).filter((a) => a.scope === 'global' && !a.tentative);
  return { ipv4: global.filter((a) => a.family === 'inet').map((a) => a.local), ipv6: global.filter((a) => a.family === 'inet6').map((a) => a.local) };
}

