/** The agent's configuration in the seed's words, whether it comes as YAML (configFile.ts) or as UCI (openwrt/load.ts). */
import * as v from 'valibot';
import { MAG_LINK_LOCAL } from '../protocol/address.ts';
import { field } from '../runtime/config.ts';
import { discoverEntries, lmaEntry, maxBindings, profileEntries, timerEntries } from '../runtime/fleet/documents.ts';
import { rateFields, ratesIn } from '../runtime/rateConfig.ts';
import { heartbeatFields, heartbeatVariables } from '../runtime/heartbeatConfig.ts';
import type { Restart } from '../runtime/restartCounter.ts';
import { aaaFields, mnProfile } from './aaa/config.ts';
import { hostFirst } from './hostFirst.ts';
import { defaultTimers, type LmaPeer, type MagConfig, type MagTimers } from './mag/config.ts';
import type { DefaultProfile, LocalProfile } from './mag/profile.ts';

const profileFields = {
  apn: v.optional(profileEntries.apn),
  lma: v.optional(profileEntries.lma, []),
  service: v.optional(profileEntries.service, 'dual'),
  dns: v.optional(profileEntries.dns, []),
  ...rateFields,
};
export const defaultProfile = v.strictObject(profileFields);

const accessInterface = v.strictObject({
  /** What `show` prints; a router's own name for it. */
  name: field.name,
  /** The Linux device: a bridge or macvlan above the radio. */
  device: v.optional(field.name),
  /** Phones of two operators may have the same address, each on an interface (an SSID, a VLAN) of another space. */
  'address-space': v.optional(field.count, 0),
  'default-profile': v.optional(field.name),
  'mn-profile': mnProfile,
  /** hostapd control sockets of the BSSes below this interface. */
  hostapd: v.optional(v.array(field.text), []),
  /** Or the BSSs below it as OpenWrt's hostapd has them on ubus: `phy0-ap0`. */
  ubus: v.optional(v.array(field.name), []),
  /** A socket at which a script announces stations instead (lab and bench). */
  'scripted-stations': v.optional(field.text),
  /** Without hostapd: any station that sends a packet is attached (access points behind a switch or controller, wired access). */
  'first-packet': v.optional(v.boolean(), false),
  /** Guests may reach each other through the bridge; within one radio's network hostapd decides (`ap_isolate`). */
  'station-to-station': v.optional(v.boolean(), false),
  /** Guests may ask the DNS server of this router, at the interface's own addresses. */
  'gateway-dns': v.optional(v.boolean(), false),
});

const timers = v.strictObject({
  'binding-lifetime': v.optional(timerEntries['binding-lifetime'], defaultTimers.lifetime),
  'binding-refresh-time': v.optional(timerEntries['binding-refresh-time'], defaultTimers.refresh),
  'initial-retransmit-time': v.optional(timerEntries['initial-retransmit-time'], defaultTimers.retransmitInitial / 1000),
  'max-retransmit-time': v.optional(timerEntries['max-retransmit-time'], defaultTimers.retransmitMaximum / 1000),
  'bri-delay-min': v.optional(timerEntries['bri-delay-min'], defaultTimers.initMinDelayBris),
  'bri-delay-max': v.optional(timerEntries['bri-delay-max'], defaultTimers.maxBrackTimeout),
  'bri-retries': v.optional(timerEntries['bri-retries'], defaultTimers.briMaxRetriesNumber),
});

const discover = v.strictObject({
  interval: v.optional(discoverEntries.interval, defaultTimers.detachPeriod / 1000),
  timeout: v.optional(discoverEntries.timeout, defaultTimers.detachTimeout / 1000),
  retries: v.optional(discoverEntries.retries, defaultTimers.detachRetries),
  delay: v.optional(discoverEntries.delay, defaultTimers.detachDelay / 1000),
});

const survey = v.strictObject({
  /** An interface of the radio, as `iw dev` lists it; not the bridge above it. */
  interface: field.name,
  interval: v.optional(v.pipe(field.seconds, v.minValue(10), v.maxValue(86_400)), 300),
  /** Of the community; other networks are not kept. */
  ssid: v.union([field.text, v.pipe(v.array(field.text), v.minLength(1, 'name at least one SSID'))]),
  /** `auto`: NetworkManager where it runs, else iw. */
  source: v.optional(v.picklist(['auto', 'network-manager', 'iw']), 'auto'),
  /** iw scans passively before each look, which takes the radio off its channel for seconds. Else it tells what others' scans heard: nothing, where hostapd itself scans never (20 MHz on a fixed channel). */
  scan: v.optional(v.boolean(), false),
  /** Who has not been heard for so long is no neighbour. */
  keep: v.optional(v.pipe(field.seconds, v.minValue(60)), 86_400),
});

const fleet = v.strictObject({
  broker: v.pipe(v.string(), v.regex(/^mqtts:\/\/[^\s/]+$/, 'expected mqtts://host:port')),
  /** PEM: the authority of the broker's certificate, until the claim brings it. */
  authority: field.text,
  /** PEM, certificate and key: the same for all gateways that nobody has claimed. */
  'claim-credential': v.optional(field.text),
  /** Where it goes with that, if the fleet's broker is a Mosquitto. */
  'claim-broker': v.optional(v.pipe(v.string(), v.regex(/^mqtts:\/\/[^\s/]+$/, 'expected mqtts://host:port'))),
  /** Key, certificate and last good documents; must outlive a reboot. */
  'state-directory': v.optional(field.text, '/etc/roamstead/fleet'),
});

export const agentSchema = v.strictObject({
  domain: field.name,
  /** The name of this gateway, as in the seed's `ipv6 mobile pmipv6-mag M1` */
  mag: field.name,
  /** NAI that authenticates this gateway; default: mag@domain */
  identity: v.optional(field.name),
  /** The interface towards the internet; its addresses are the proxy care-of addresses. */
  uplink: v.optional(field.name),
  /** Fixed proxy care-of addresses instead of whatever the uplink has. */
  address: v.optional(v.strictObject({ ipv6: v.optional(field.ipv6), ipv4: v.optional(field.ipv4) }), {}),
  /** Octets; default: the uplink's. */
  'uplink-mtu': v.optional(v.pipe(v.number(), v.integer(), v.minValue(1280), v.maxValue(65535))),
  'replay-protection': v.optional(v.picklist(['timestamp', 'sequence']), 'timestamp'),
  /** `check` asks the kernel whether somebody disciplines the clock. */
  clock: v.optional(v.picklist(['check', 'assume-synchronised']), 'check'),
  /** At least one, unless the fleet names them. */
  'local-mobility-anchors': v.optional(v.array(lmaEntry), []),
  /** Managed from the cloud over MQTT. */
  fleet: v.optional(fleet),
  'default-profiles': v.optional(v.record(field.name, defaultProfile), {}),
  profiles: v.optional(
    v.array(v.strictObject({ ...profileFields, nai: field.name, 'l2-addr': field.mac, interface: v.optional(field.name), 'ipv4-address': v.optional(field.ipv4) })),
    [],
  ),
  ...aaaFields,
  /** Neighbouring homes of the community, as this gateway's radio hears them. */
  survey: v.optional(survey),
  interfaces: v.pipe(v.array(accessInterface), v.minLength(1, 'name at least one access interface')),
  timers: v.optional(timers, {}),
  /** With the LMAs that hold sessions (RFC 5847). */
  heartbeat: heartbeatFields,
  'discover-mn-detach': v.optional(discover, {}),
  'assume-dhcp-server': v.optional(v.boolean(), false),
  'no-roaming': v.optional(v.boolean(), false),
  /** A new session may be assigned to another of the local-mobility-anchors by the one that is asked (RFC 6463). */
  'lma-redirect': v.optional(v.boolean(), false),
  /** One update refreshes all sessions with an LMA (RFC 6602). */
  'bulk-binding-update': v.optional(v.boolean(), false),
  'host-first': hostFirst,
  /** `auto`: the BPF programs, and where the kernel takes none, its own tunnels. */
  datapath: v.optional(v.picklist(['auto', 'bpf', 'kernel', 'none']), 'auto'),
  'max-bindings': v.optional(maxBindings, 512),
  /** How `show`, logs and events name subscribers; root can still see them (docs/ARCHITECTURE.md). */
  identities: v.optional(v.picklist(['raw', 'pseudonymous']), 'pseudonymous'),
  'control-socket': v.optional(field.text, '/run/roamstead/agent.sock'),
  /** Default: /var/run/ubus/ubus.sock, or where old OpenWrt has it. */
  'ubus-socket': v.optional(field.text),
  /** What outlives the agent; on a tmpfs, so that flash does not wear. A bpffs at bpf/ below it lets an agent without CAP_SYS_ADMIN take up forwarding. */
  'state-directory': v.optional(field.text, '/run/roamstead/agent'),
  /** What the home's owner decided; outlives a reboot where it is on a disk. Default: the fleet's, or below the one above. */
  'owner-directory': v.optional(field.text),
  /** `realtime`: handovers come before all other programs of the machine. For a busy one; a flood of packets then costs those others. */
  scheduling: v.optional(v.picklist(['realtime', 'normal']), 'normal'),
  /** UDP port of signalling; another one is for a loopback without privileges. */
  'signalling-port': v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535)), 5436),
});

export type AgentConfig = v.InferOutput<typeof agentSchema>;
export type AccessInterface = AgentConfig['interfaces'][number] & { readonly device: string };

const namesOf = (lma: string | readonly string[]): readonly string[] => (typeof lma === 'string' ? [lma] : lma);

export const identityOf = (config: AgentConfig): string => config.identity ?? `${config.mag}@${config.domain}`;
export const accessInterfaces = (config: AgentConfig): AccessInterface[] => config.interfaces.map((i) => ({ ...i, device: i.device ?? i.name }));

export function timersOf(config: AgentConfig): MagTimers {
  const { timers: t, 'discover-mn-detach': d } = config;
  return {
    ...defaultTimers,
    lifetime: t['binding-lifetime'] ?? defaultTimers.lifetime,
    refresh: t['binding-refresh-time'] ?? defaultTimers.refresh,
    retransmitInitial: (t['initial-retransmit-time'] ?? 1) * 1000,
    retransmitMaximum: (t['max-retransmit-time'] ?? 32) * 1000,
    initMinDelayBris: t['bri-delay-min'] ?? defaultTimers.initMinDelayBris,
    maxBrackTimeout: t['bri-delay-max'] ?? defaultTimers.maxBrackTimeout,
    briMaxRetriesNumber: t['bri-retries'] ?? defaultTimers.briMaxRetriesNumber,
    detachPeriod: (d.interval ?? 10) * 1000,
    detachTimeout: (d.timeout ?? 2) * 1000,
    detachRetries: d.retries ?? 3,
    detachDelay: (d.delay ?? 0.5) * 1000,
  };
}

export const lmaPeers = (config: AgentConfig): LmaPeer[] =>
  config['local-mobility-anchors'].map((l) => ({
    id: l.id,
    ...(l['ipv6-address'] ? { ipv6: l['ipv6-address'] } : {}),
    ...(l['ipv4-address'] ? { ipv4: l['ipv4-address'] } : {}),
    forceUdp: l['force-udp'] ?? 'auto',
  }));

export const magConfig = (config: AgentConfig, { counter, lostState }: Restart, random32: () => number): MagConfig => ({
  identity: identityOf(config),
  domain: config.domain,
  lmas: lmaPeers(config),
  timers: timersOf(config),
  timestamps: config['replay-protection'] === 'timestamp',
  noRoaming: config['no-roaming'],
  redirect: config['lma-redirect'],
  bulk: config['bulk-binding-update'],
  ...(config['host-first']['maximum-guests'] === undefined ? {} : { maximumGuests: config['host-first']['maximum-guests'] }),
  linkLocal: MAG_LINK_LOCAL,
  spaces: spacesOf(config),
  assumeDhcpServer: config['assume-dhcp-server'],
  restartCounter: counter,
  restarted: lostState,
  heartbeat: heartbeatVariables(config.heartbeat),
  random32,
});

/** By device. */
const spacesOf = (config: AgentConfig): Record<string, number> => Object.fromEntries(accessInterfaces(config).map((i) => [i.device, i['address-space']]));

type ProfileFields = AgentConfig['default-profiles'][string];

function shared(p: ProfileFields): DefaultProfile {
  return {
    ...(p.apn === undefined ? {} : { apn: p.apn }),
    lmas: namesOf(p.lma),
    ...ratesIn(p),
    ipv4: p.service !== 'ipv6',
    ipv6: p.service !== 'ipv4',
    dns4: p.dns.filter((d) => !d.includes(':')),
    dns6: p.dns.filter((d) => d.includes(':')),
  };
}

/** The local list, with interfaces by device. */
export const localList = (config: AgentConfig): LocalProfile[] =>
  config.profiles.map((p) => ({
    ...shared(p),
    nai: p.nai,
    mac: p['l2-addr'],
    ...(p.interface === undefined ? {} : { interface: accessInterfaces(config).find((i) => i.name === p.interface)?.device ?? p.interface }),
    ...(p['ipv4-address'] === undefined ? {} : { wantedIpv4: p['ipv4-address'] }),
  }));

/** Default profile of each access interface that has one, by device. */
export const defaultProfiles = (config: AgentConfig): Record<string, DefaultProfile> =>
  Object.fromEntries(
    accessInterfaces(config).flatMap((i) => {
      const profile = i['default-profile'] === undefined ? undefined : config['default-profiles'][i['default-profile']];
      return profile ? [[i.device, shared(profile)] as const] : [];
    }),
  );
