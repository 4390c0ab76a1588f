/**
 * cloud.yaml: the fleet service, its broker and store, and the LMAs that it looks after; checked at start (runtime/config.ts). Names
 * of files and folders are relative to it.
 */
import { dirname, resolve } from 'node:path';
import * as v from 'valibot';
import { lmaEntry } from '../../runtime/fleet/documents.ts';
import { field, type Problem } from '../../runtime/config.ts';
import { loadConfig } from '../../runtime/configFile.ts';
import { checkHttp, http, listen } from '../api/config.ts';
import { LIMITS } from '../broker/limits.ts';
import type { LmaFile } from '../config.ts';
import { storeIn, storeSchema } from './store/config.ts';

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535));

/** Of one address; a lab or a workshop with hundreds of new gateways behind one wants more. */
const claimsPerMinute = v.optional(v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(1_000_000)), LIMITS.claimsPerMinute);

const embedded = v.strictObject({
  kind: v.literal('embedded'),
  listen: v.optional(listen, '0.0.0.0:8883'),
  /** Names and addresses under which gateways reach it: they are in its certificate. */
  names: v.pipe(v.array(field.name), v.minLength(1, 'name at least one address or name under which gateways reach the broker')),
  'claims-per-minute': claimsPerMinute,
});

const mosquitto = v.strictObject({
  kind: v.literal('mosquitto'),
  /** How this process reaches it. */
  host: v.optional(field.name, '127.0.0.1'),
  port: v.optional(port, 8883),
  names: embedded.entries.names,
  /** What the generated mosquitto.conf says. */
  listen: v.optional(listen, '0.0.0.0:8883'),
  /** Where this process itself listens for new gateways (their `claim-broker`). */
  claims: v.optional(listen, '0.0.0.0:8884'),
  'claims-per-minute': claimsPerMinute,
  /** Where its configuration is made, and kept up to date; default: `mosquitto` in the state directory. */
  folder: v.optional(field.text),
  /** Whom to tell (SIGHUP) that certificates and revocations are new; without it somebody else has to reload it. */
  'pid-file': v.optional(field.text),
});

const lma = v.strictObject({
  /** As the dashboard calls it. */
  name: field.name,
  'control-socket': field.text,
  /** What gateways are told of it: its lma-services with their addresses. Without any, documents or the gateways' own files say it. */
  anchors: v.optional(v.array(v.omit(lmaEntry, ['key'])), []),
});

export const cloudSchema = v.strictObject({
  /** `all`: the fleet service, which runs the LMA as a process of its own. */
  role: v.optional(v.picklist(['all', 'fleet', 'lma']), 'all'),
  /** The LMA's configuration. */
  lma: v.optional(field.text),
  http,
  broker: v.optional(v.variant('kind', [embedded, mosquitto]), { kind: 'embedded', listen: '0.0.0.0:8883', names: ['localhost', '127.0.0.1'] }),
  'state-directory': v.optional(field.text, '/var/lib/roamstead/fleet'),
  store: v.optional(storeSchema, 'files'),
  /** LMAs that run by themselves. */
  lmas: v.optional(v.array(lma), []),
  /** Seconds without a heartbeat, of which there is one a minute, after which a home is offline. */
  'offline-after': v.optional(v.pipe(v.number(), v.minValue(10), v.maxValue(86_400)), 150),
  privacy: v.optional(
    v.strictObject({
      /** Who may reveal and erase subscribers. */
      reveal: v.optional(v.picklist(['operator', 'owner']), 'owner'),
      'reveals-per-hour': v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)), 20),
    }),
    {},
  ),
  /** Octets of signalling that are kept for the messages of handovers; 0: none. */
  'capture-room': v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1 << 30)), 32 << 20),
});

export type CloudConfig = v.InferOutput<typeof cloudSchema>;

export function problemsOf(config: CloudConfig): readonly Problem[] {
  const names = config.lmas.map((l) => l.name);
  return [
    ...checkHttp(config.http),
    ...(config.role !== 'fleet' && config.lma === undefined ? [{ path: ['role'], message: `the role ${config.role} runs an LMA: name its configuration with "lma: lma.yaml", or say "role: fleet"` }] : []),
    ...(config.role === 'fleet' && config.lma !== undefined ? [{ path: ['lma'], message: 'the role fleet runs no LMA: leave this out, and name those that run under "lmas"' }] : []),
    ...names.flatMap((name, i) => (names.indexOf(name) === i ? [] : [{ path: ['lmas', i, 'name'], message: `there are two of the name ${name}` }])),
  ];
}

/** @throws ConfigError with file, line, what was expected and what was found */
export const loadCloudConfig = (file: string): CloudConfig => withFiles(dirname(file), loadConfig(file, cloudSchema, problemsOf));

/** With the names of all its files as this process finds them, wherever it was started. @param folder that they are relative to */
export function withFiles(folder: string, config: CloudConfig): CloudConfig {
  const { http: { tls }, broker, lma: lmaFile } = config;
  const at = (name: string): string => resolve(folder, name);
  return {
    ...config,
    ...(lmaFile !== undefined && { lma: at(lmaFile) }),
    http: { ...config.http, ...(tls && { tls: { certificate: at(tls.certificate), key: at(tls.key) } }) },
    broker: broker.kind === 'embedded' ? broker : { ...broker, ...(broker.folder !== undefined && { folder: at(broker.folder) }), ...(broker['pid-file'] !== undefined && { 'pid-file': at(broker['pid-file']) }) },
    'state-directory': at(config['state-directory']),
    store: storeIn(folder, config.store),
    lmas: config.lmas.map((l) => ({ ...l, 'control-socket': at(l['control-socket']) })),
  };
}

export type KnownLma = CloudConfig['lmas'][number];

/** The LMA that this process runs, as one of those it looks after. */
export function ownLma(file: LmaFile): KnownLma {
  const anchors = file['lma-services'].map((service) => {
    const addresses = service['bind-address'];
    const ipv6 = addresses.find((a) => a.includes(':'));
    const ipv4 = addresses.find((a) => !a.includes(':'));
    return { id: service.name, ...(ipv6 === undefined ? {} : { 'ipv6-address': ipv6 }), ...(ipv4 === undefined ? {} : { 'ipv4-address': ipv4 }) };
  });
  return { name: file['lma-services'][0]?.name ?? 'lma', 'control-socket': file['control-socket'], anchors };
}

/** What the broker's certificate says: how gateways call it, and this process. */
export const brokerNames = ({ broker }: CloudConfig): readonly string[] => [...new Set([...broker.names, ...(broker.kind === 'mosquitto' ? [broker.host] : [])])];
