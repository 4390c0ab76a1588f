/** The anchor's configuration file, in the seed's words; checked at start (runtime/config.ts) and turned into what the core is told. */
import * as v from 'valibot';
import { parsePrefix } from '../protocol/address.ts';
import type { PhoneSettings } from '../protocol/vendor.ts';
import { field } from '../runtime/config.ts';
import { loadConfig } from '../runtime/configFile.ts';
import { heartbeatFields, heartbeatVariables } from '../runtime/heartbeatConfig.ts';
import { rateFields, ratesIn } from '../runtime/rateConfig.ts';
import { aaaSection } from './aaa/config.ts';
import { accountingSection } from './accounting/config.ts';
import { problemsOf } from './configCheck.ts';
import { egress, nat44, upstream } from './egress/config.ts';
import { holdIn, holdRoomSection, holdSection } from './holdConfig.ts';
import { readKey } from './keys.ts';
import { magTimersOf, magTimersRow, redirectOf, updateFields, updateVariables } from './updatesConfig.ts';
import { observe } from './observe/config.ts';
import { standbySchema, storeSchema } from './store/config.ts';
import { DEFAULT_VARIABLES, type LmaConfig, type LmaVariables } from './lma/config.ts';

const milliseconds = field.count;
const onOff = (otherwise: boolean) => v.optional(v.boolean(), otherwise);

const ipPool = v.strictObject({
  name: field.name,
  network: v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+\.\d+\/\d+$/, 'expected a network such as 192.0.2.0/24')),
  'subscriber-gw-address': field.ipv4,
  'allow-static-allocation': onOff(false),
  nat44,
});

const ipv6Pool = v.strictObject({ name: field.name, prefix: field.ipv6Prefix, 'allow-static-allocation': onOff(false) });

const apn = v.strictObject({
  name: field.text,
  /** Of which lma-service; with a single one it need not be said. */
  'lma-service': v.optional(field.name),
  'selection-mode': v.optional(v.picklist(['sent-by-ms', 'subscribed']), 'sent-by-ms'),
  'ip-pool': v.optional(field.name),
  'ipv6-pool': v.optional(field.name),
  /** Primary first. A gateway tells them to its phones instead of those of the profile. */
  dns: v.optional(v.pipe(v.array(field.ip), v.maxLength(8, 'expected at most 8 resolvers'))),
  /** Largest packet in octets that phones of this APN send; what fits a gateway's tunnel may be less. */
  mtu: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1280), v.maxValue(65535))),
  /** `none`: its sessions are told to no accounting server. */
  'accounting-mode': v.optional(v.picklist(['none', 'radius']), 'radius'),
  /** Subscribers may reach other subscribers whose APN allows it too. */
  'subscriber-to-subscriber': onOff(false),
  /** Packets down are held for subscribers between two homes. */
  hold: holdSection,
  ...rateFields,
});

const mag = v.strictObject({
  /** MAG Identifier: the NAI that the gateway signs as */
  id: field.name,
  /** Heard by this lma-service only. */
  'lma-service': v.optional(field.name),
  key: v.optional(field.key),
  /** Instead of `key`: a file that holds it. */
  'key-file': v.optional(field.text),
  /** Addresses or prefixes that it may send from. */
  addresses: v.optional(v.array(field.text)),
  nodes: v.optional(v.array(field.text)),
  'wan-mtu': v.optional(v.pipe(v.number(), v.integer(), v.minValue(1280), v.maxValue(65535))),
  /** It may give up all of its sessions at once (RFC 5846 §8.2). */
  'bulk-revocation': onOff(true),
  /** It is another anchor, which asks for gateways' sessions in their name (its `redirect`). */
  redirector: onOff(false),
  /** A row of mag-timers: what it is told of its timers (RFC 8127). */
  timers: v.optional(field.name),
});

const node = v.strictObject({
  match: field.name,
  /** A row of this lma-service only. */
  'lma-service': v.optional(field.name),
  pmipv6: v.optional(v.boolean()),
  ipv4: v.optional(v.boolean()),
  ipv6: v.optional(v.boolean()),
  services: v.optional(v.array(field.text)),
  /** `required`: for subscribers who authenticate: the section aaa must have seen that, at the gateway that registers them. */
  'access-proof': v.optional(v.picklist(['required', 'none']), 'none'),
  /** Instead of the APN's. */
  ...rateFields,
});

const digits = (what: string, form: RegExp) => v.pipe(v.string(), v.regex(form, `expected ${what} digits in quotes`));
const plmnId = v.strictObject({ mcc: digits('3', /^\d{3}$/), mnc: digits('2 or 3', /^\d{2,3}$/) });

const service = v.strictObject({
  name: field.name,
  'bind-address': v.pipe(v.array(field.ip), v.minLength(1, 'bind at least one address')),
  /** The same home address may exist once in each; each has a pseudo-device and a routing table of its own. */
  'address-space': v.optional(field.count, 0),
  upstream,
  /** The packet gateway whose anchor it is, in a mobile operator's network; accounting and `show lma-service all` name it. */
  'pgw-service': v.optional(v.strictObject({ name: field.name, 'plmn-id': v.optional(plmnId) })),
  /** Off: none of its sessions is told to an accounting server, whatever its APN says. */
  'aaa-accounting': onOff(true),
  accounting: accountingSection,
  'reg-lifetime': v.optional(v.pipe(v.number(), v.minValue(10), v.maxValue(262_140)), DEFAULT_VARIABLES.registrationLifetime),
  /** Milliseconds; 0 = order only. */
  'timestamp-replay-protection-tolerance': v.optional(milliseconds, DEFAULT_VARIABLES.timestampValidityWindow),
  'mobile-node-generated-timestamp': onOff(false),
  /** Milliseconds */
  'session-delete-delay-timeout': v.optional(milliseconds, DEFAULT_VARIABLES.minDelayBeforeBceDelete),
  'max-delay-before-new-bce-assign': v.optional(milliseconds, DEFAULT_VARIABLES.maxDelayBeforeNewBceAssign),
  revocation: onOff(DEFAULT_VARIABLES.revocation),
  'bri-delay-min': v.optional(milliseconds, DEFAULT_VARIABLES.initMinDelayBris),
  'bri-delay-max': v.optional(milliseconds, DEFAULT_VARIABLES.maxBrackTimeout),
  'bri-retries': v.optional(field.count, DEFAULT_VARIABLES.briMaxRetriesNumber),
  heartbeat: heartbeatFields,
  /** IPv4-UDP data encapsulation for homes behind a NAT (F flag) */
  'accept-forced-udp-encapsulation': onOff(true),
  /** Seconds */
  'nat-keepalive': v.optional(field.seconds, DEFAULT_VARIABLES.natKeepalive),
  ...updateFields,
  'gre-key': v.optional(v.picklist(['required', 'optional', 'refused']), DEFAULT_VARIABLES.greKey),
  'maximum-bindings': v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), DEFAULT_VARIABLES.maximumBindings),
  /** The seed's `mobility-option-type-value`: only the numbers of the registry are spoken here. */
  'mobility-option-type-value': v.optional(v.literal('standard'), 'standard'),
});

export const lmaSchema = v.strictObject({
  'lma-services': v.pipe(v.array(service), v.minLength(1, 'define at least one service')),
  'ip-pools': v.optional(v.array(ipPool), []),
  'ipv6-pools': v.optional(v.array(ipv6Pool), []),
  apns: v.pipe(v.array(apn), v.minLength(1, 'define at least one APN')),
  'mobile-access-gateways': v.optional(v.array(mag), []),
  'mag-timers': v.optional(v.array(magTimersRow), []),
  /** `optional`: gateways without a key are known by their addresses, which must then be listed. */
  authentication: v.optional(v.picklist(['required', 'optional']), 'required'),
  /** Who may have mobility; without any row everybody may. */
  nodes: v.optional(v.array(node), [{ match: '*' }]),
  datapath: v.optional(v.picklist(['bpf', 'none']), 'bpf'),
  egress,
  'hold-room': holdRoomSection,
  /** Devices on which tunnels arrive. */
  transport: v.optional(v.array(field.name), []),
  /** Raw at an anchor: only root reaches it. */
  identities: v.optional(v.picklist(['raw', 'pseudonymous']), 'raw'),
  'control-socket': v.optional(field.text, '/run/roamstead/lma.sock'),
  'state-directory': v.optional(field.text, '/var/lib/roamstead/lma'),
  store: storeSchema,
  standby: standbySchema,
  observe,
  /** RADIUS of the homes comes through here. */
  aaa: aaaSection,
  /** `realtime`: handovers come before all other programs of the machine. For a busy one; a flood of packets then costs those others. */
  scheduling: v.optional(v.picklist(['realtime', 'normal']), 'normal'),
  'signalling-port': v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535)), 5436),
});

export type LmaFile = v.InferOutput<typeof lmaSchema>;
export type ServiceFile = LmaFile['lma-services'][number];

/** @throws ConfigError with file, line, what was expected and what was found */
export const loadLmaConfig = (file: string): LmaFile => loadConfig(file, lmaSchema, problemsOf);

export function variablesOf(s: ServiceFile): LmaVariables {
  return {
    ...DEFAULT_VARIABLES,
    registrationLifetime: s['reg-lifetime'],
    timestampValidityWindow: s['timestamp-replay-protection-tolerance'],
    mobileNodeGeneratedTimestampInUse: s['mobile-node-generated-timestamp'],
    minDelayBeforeBceDelete: s['session-delete-delay-timeout'],
    maxDelayBeforeNewBceAssign: s['max-delay-before-new-bce-assign'],
    revocation: s.revocation,
    initMinDelayBris: s['bri-delay-min'],
    maxBrackTimeout: s['bri-delay-max'],
    briMaxRetriesNumber: s['bri-retries'],
    heartbeat: heartbeatVariables(s.heartbeat),
    acceptForcedIpv4UdpEncapsulationRequest: s['accept-forced-udp-encapsulation'],
    natKeepalive: s['nat-keepalive'],
    ...updateVariables(s),
    greKey: s['gre-key'],
    maximumBindings: s['maximum-bindings'],
  };
}

/** Those of this service: its own, and those of no service. */
const of = <T extends { readonly 'lma-service'?: string | undefined }>({ name }: ServiceFile, all: readonly T[]): T[] => all.filter((row) => row['lma-service'] === undefined || row['lma-service'] === name);

export const apnsOf = (f: LmaFile, service: ServiceFile): LmaFile['apns'] => of(service, f.apns);

const settingsOf = ({ dns = [], mtu }: LmaFile['apns'][number]): PhoneSettings => ({
  dns4: dns.filter((d) => !d.includes(':')),
  dns6: dns.filter((d) => d.includes(':')),
  ...(mtu === undefined ? {} : { mtu }),
});

export interface PoolFile {
  readonly name: string;
  readonly prefix: string;
  readonly space: number;
  readonly service: string;
}

/** The pools in use, each with the service whose it is. */
export function poolsOf(f: LmaFile): PoolFile[] {
  return f['lma-services'].flatMap((service) => {
    const apns = apnsOf(f, service);
    const of = (name: string, prefix: string): PoolFile => ({ name, prefix, space: service['address-space'], service: service.name });
    return [
      ...f['ip-pools'].filter((p) => apns.some((a) => a['ip-pool'] === p.name)).map((p) => of(p.name, p.network)),
      ...f['ipv6-pools'].filter((p) => apns.some((a) => a['ipv6-pool'] === p.name)).map((p) => of(p.name, p.prefix)),
    ];
  });
}

/** What the core of one service is told. */
export function lmaConfig(f: LmaFile, service: ServiceFile, restartCounter: number, random32: () => number): LmaConfig {
  const apns = apnsOf(f, service);
  const redirect = redirectOf(service);
  const timersOf = (name: string | undefined) => {
    const row = f['mag-timers'].find((t) => t.name === name);
    return row ? { timers: magTimersOf(row) } : {};
  };
  return {
    name: service.name,
    restartCounter,
    authentication: f.authentication,
    mags: of(service, f['mobile-access-gateways']).map((m) => ({
      id: m.id,
      keyed: m.key !== undefined || m['key-file'] !== undefined,
      ...(m.addresses ? { addresses: m.addresses } : {}),
      ...(m.nodes ? { nodes: m.nodes } : {}),
      ...(m['wan-mtu'] === undefined ? {} : { wanMtu: m['wan-mtu'] }),
      bulkRevocation: m['bulk-revocation'],
      redirector: m.redirector,
      ...timersOf(m.timers),
    })),
    nodes: of(service, f.nodes).map(({ match, pmipv6, ipv4, ipv6, services, 'access-proof': accessProof, ...row }) => ({ match, accessProof, ...ratesIn(row), ...(pmipv6 === undefined ? {} : { pmipv6 }), ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }), ...(services ? { services } : {}) })),
    apns: apns.map((a) => ({
      name: a.name,
      space: service['address-space'],
      selectionMode: a['selection-mode'],
      ...(a['ip-pool'] === undefined ? {} : { ipv4Pool: a['ip-pool'] }),
      ...(a['ipv6-pool'] === undefined ? {} : { ipv6Pool: a['ipv6-pool'] }),
      subscriberToSubscriber: a['subscriber-to-subscriber'],
      ...ratesIn(a),
      ...holdIn(a),
      ...(a.dns || a.mtu !== undefined ? { settings: settingsOf(a) } : {}),
    })),
    ipv4Pools: f['ip-pools'].filter((p) => apns.some((a) => a['ip-pool'] === p.name)).map((p) => {
      const [network, length] = p.network.split('/') as [string, string];
      return { name: p.name, network, prefixLength: Number(length), router: p['subscriber-gw-address'], allowStaticAllocation: p['allow-static-allocation'] };
    }),
    ipv6Pools: f['ipv6-pools'].filter((p) => apns.some((a) => a['ipv6-pool'] === p.name)).map((p) => ({ name: p.name, prefix: parsePrefix(p.prefix), allowStaticAllocation: p['allow-static-allocation'] })),
    variables: variablesOf(service),
    ...(redirect ? { redirect } : {}),
    random32,
  };
}

/** Keys by MAG Identifier. @throws Error when a key file cannot be read or holds no key */
export function magKeys(f: LmaFile): Map<string, Uint8Array> {
  const keys = new Map<string, Uint8Array>();
  for (const m of f['mobile-access-gateways']) {
    const key = readKey(m.key, m['key-file']);
    if (key) keys.set(m.id, key);
  }
  return keys;
}
