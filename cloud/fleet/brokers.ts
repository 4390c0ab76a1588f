/** The broker of the configuration, and the cloud's own client at it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHearing } from '../broker/budget.ts';
import { createBus, overTls } from '../broker/bus.ts';
import { startEmbedded } from '../broker/embedded.ts';
import type { BrokerLimits } from '../broker/limits.ts';
import { openMosquittoAdmission } from '../broker/mosquitto.ts';
import { FILES, writeMosquittoConfig } from '../broker/mosquittoConfig.ts';
import type { BrokerAdmission, FleetBus, Refusal } from '../broker/ports.ts';
import type { Authority } from '../pki/ports.ts';
import type { CloudConfig } from './config.ts';
import type { Closing } from './foundation.ts';

export interface OpenBroker {
  readonly bus: FleetBus;
  /** Where gateways are claimed: the same, or beside a Mosquitto one of our own. */
  readonly claims: FleetBus;
  readonly admission: BrokerAdmission;
  /** As gateways name it: `mqtts://host:port`. */
  readonly address: string;
  /** About once an hour: certificates and lists that are due. */
  refresh(): Promise<void>;
}

export interface BrokerOptions {
  readonly config: CloudConfig;
  readonly authority: Authority;
  readonly closing: Closing;
  readonly now: () => number;
  readonly onRefused: (refusal: Refusal) => void;
  readonly onError: (error: Error) => void;
}

type Mosquitto = Extract<CloudConfig['broker'], { kind: 'mosquitto' }>;

/** Where Mosquitto's files are made; it runs from there, or from a copy. */
export const mosquittoFolder = (config: CloudConfig, broker: Mosquitto): string => broker.folder ?? join(config['state-directory'], 'mosquitto');

/** @throws Error in words */
export function openBroker(options: BrokerOptions): Promise<OpenBroker> {
  const { broker } = options.config;
  return broker.kind === 'embedded' ? openEmbedded(options, broker) : openMosquitto(options, broker);
}

async function openEmbedded({ config, authority, closing, now, onRefused, onError }: BrokerOptions, { listen, names }: Extract<CloudConfig['broker'], { kind: 'embedded' }>): Promise<OpenBroker> {
  const broker = await startEmbedded({ listen, limits: claimLimits(config), authority, folder: join(config['state-directory'], 'broker'), now, onRefused, onError });
  closing.add(() => broker.close());
  const bus = createBus({ connect: () => broker.connect(), hears: createHearing(now, onError), onError });
  closing.add(() => bus.close());
  return { bus, claims: bus, admission: broker.admission, address: `mqtts://${inAddress(names[0] ?? listen.host)}:${broker.port}`, refresh: () => broker.refresh() };
}

async function openMosquitto({ config, authority, closing, now, onRefused, onError }: BrokerOptions, broker: Mosquitto): Promise<OpenBroker> {
  const folder = mosquittoFolder(config, broker);
  await writeMosquittoConfig({ folder, listen: broker.listen, authority });
  await authority.cloud();
  const bus = createBus({ connect: overTls({ host: broker.host, port: broker.port, authority: join(folder, FILES.authority), credential: join(config['state-directory'], 'pki', 'cloud.pem') }), hears: createHearing(now, onError), onError });
  closing.add(() => bus.close());
  await connected(bus);
  const pidFile = broker['pid-file'];
  const admission = await openMosquittoAdmission({ bus, folder, authority, ...(pidFile === undefined ? {} : { reload: () => reload(pidFile) }), onError });
  closing.add(() => admission.close());
  await admission.refresh();
  bus.onChange((connected) => {
    if (connected) admission.refresh().catch(onError);
  });
  const door = await startEmbedded({ listen: broker.claims, only: 'claim', limits: claimLimits(config), authority, folder: join(config['state-directory'], 'claims'), now, onRefused, onError });
  closing.add(() => door.close());
  const claims = createBus({ connect: () => door.connect(), onError });
  closing.add(() => claims.close());
  return { bus, claims, admission, address: `mqtts://${inAddress(broker.names[0] ?? broker.host)}:${broker.port}`, refresh: () => Promise.all([authority.cloud(), admission.refresh(), door.refresh()]).then(() => undefined) };
}

/** A Mosquitto that is started later is waited for: its absence must not end the LMA beside us. */
async function connected(bus: FleetBus): Promise<void> {
  if (!bus.connected) await new Promise<void>((resolve) => bus.onChange((now) => now && resolve()));
}

/** A gateway asks twice a minute over a connection that stays. */
const claimLimits = ({ broker }: CloudConfig): Pick<BrokerLimits, 'claimsPerMinute' | 'claimConnections'> => ({ claimsPerMinute: broker['claims-per-minute'], claimConnections: Math.ceil(broker['claims-per-minute'] / 2) });

/** mosquitto(8): SIGHUP has it read its certificates and the list of revoked ones again. */
async function reload(pidFile: string): Promise<void> {
  try {
    process.kill(Number.parseInt(await readFile(pidFile, 'utf8'), 10), 'SIGHUP');
  } catch (e) {
    throw new Error(`Mosquitto could not be told to read its certificates again (broker.pid-file ${pidFile}: ${(e as Error).message}): run systemctl reload mosquitto`, { cause: e });
  }
}

const inAddress = (name: string): string => (name.includes(':') ? `[${name}]` : name);
