/** The configurations that the lab gives to its LMA and agents: what an operator would write for this topology. */
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Ipv4, Ipv6 } from '../protocol/address.ts';
import { controlFolder } from './access.ts';
import { ACCESS, POOL4, POOL6, RADIO, TRANSPORT, WAN } from './topology.ts';
import type { HomePlan, PhonePlan, Plan } from './topology.ts';

export const DOMAIN = 'lab.example';
export const DNS = ['198.51.100.53', '2001:db8:251::53'] as const;
export const APN = 'internet';
/** Homes, anchor, phones and their traffic share the cores of one machine; at home a gateway has its own. */
const SCHEDULING = 'realtime';

/** What a lab may want otherwise than the usual. */
export interface Variation {
  /** Seconds, of the agents: short ones show many refreshes in a short run. */
  readonly refresh?: number;
  readonly lifetime?: number;
  readonly detach?: { readonly interval: number; readonly timeout: number; readonly retries: number };
  /** Families that a phone's subscription has; dual by default. */
  readonly service?: (phone: PhonePlan) => 'ipv4' | 'ipv6' | 'dual';
  readonly subscriberToSubscriber?: boolean;
  /** Whether the LMA tells an old home that its phone has moved; true by default. */
  readonly revocation?: boolean;
  /** Milliseconds that a PBU may be old when it reaches the LMA. */
  readonly timestampTolerance?: number;
  /** Who tells the agents of stations: hostapd (default), or a script that stands in for it. */
  readonly stations?: 'hostapd' | 'script';
  /** Merged over the access interface's own, such as a default profile. */
  readonly interface?: (home: HomePlan) => Readonly<Record<string, unknown>>;
  /** Merged over the finished configuration, for what has no word here. */
  readonly agent?: (home: HomePlan) => Readonly<Record<string, unknown>>;
  readonly lma?: Readonly<Record<string, unknown>>;
  /** The command line of a home's agent instead of the usual one, such as with fewer rights. */
  readonly agentCommand?: (home: HomePlan, usual: readonly string[]) => readonly string[];
  /** Homes and LMA meet over this device of an encrypted underlay and the LMA's addresses there, instead of over the transport itself. */
  readonly underlay?: { readonly device: string; readonly lma: { readonly ipv4?: Ipv4; readonly ipv6: Ipv6 } };
}

export const identityOf = (home: HomePlan): string => `home${home.number}@${DOMAIN}`;
export const agentSocket = (folder: string, home: HomePlan): string => join(folder, `agent${home.number}.sock`);
export const scriptSocket = (folder: string, home: HomePlan): string => join(folder, `stations${home.number}.sock`);
export const lmaSocket = (folder: string): string => join(folder, 'lma.sock');
export const stateFolder = (folder: string, home: HomePlan): string => join(folder, `state${home.number}`);

/** A key per MAG, as RFC 4285 wants it; a lab's keys need not be secret. */
export const keyOf = (home: HomePlan): string => home.number.toString(16).padStart(2, '0').repeat(20);

export function agentConfig(folder: string, plan: Plan, home: HomePlan, variation: Variation = {}): string {
  const { refresh, lifetime, detach, service, stations = 'hostapd', agent, interface: own, underlay } = variation;
  const anchor = underlay?.lma ?? plan.lma;
  const source = stations === 'hostapd' ? { hostapd: [join(controlFolder(folder, home), RADIO)] } : { 'scripted-stations': scriptSocket(folder, home) };
  return stringify({
    domain: DOMAIN,
    mag: `home${home.number}`,
    uplink: underlay?.device ?? WAN,
    // Namespaces share the machine's clock: nobody is more right than another.
    clock: 'assume-synchronised',
    'local-mobility-anchors': [
      { id: 'lma1', ...(anchor.ipv4 ? { 'ipv4-address': anchor.ipv4 } : {}), ...(home.ipv6 ? { 'ipv6-address': anchor.ipv6 } : {}), key: keyOf(home) },
    ],
    profiles: plan.phones.map((p) => ({ nai: p.identity, 'l2-addr': p.mac, apn: APN, lma: 'lma1', service: service?.(p) ?? 'dual', dns: [...DNS] })),
    interfaces: [{ name: 'hotspot', device: ACCESS, ...source, ...own?.(home) }],
    timers: { ...(refresh ? { 'binding-refresh-time': refresh } : {}), ...(lifetime ? { 'binding-lifetime': lifetime } : {}) },
    ...(detach ? { 'discover-mn-detach': detach } : {}),
    identities: 'raw',
    scheduling: SCHEDULING,
    'control-socket': agentSocket(folder, home),
    'state-directory': stateFolder(folder, home),
    ...agent?.(home),
  });
}

export function lmaConfig(folder: string, plan: Plan, variation: Variation = {}): string {
  const anchor = variation.underlay?.lma ?? plan.lma;
  return stringify({
    'lma-services': [{ name: 'lma1', 'bind-address': [anchor.ipv6, ...(anchor.ipv4 ? [anchor.ipv4] : [])], revocation: variation.revocation ?? true, ...(variation.timestampTolerance ? { 'timestamp-replay-protection-tolerance': variation.timestampTolerance } : {}) }],
    'ip-pools': [{ name: 'phones', network: POOL4.prefix, 'subscriber-gw-address': POOL4.gateway }],
    'ipv6-pools': [{ name: 'phones6', prefix: POOL6.prefix }],
    apns: [{ name: APN, 'ip-pool': 'phones', 'ipv6-pool': 'phones6', 'subscriber-to-subscriber': variation.subscriberToSubscriber ?? false }],
    'mobile-access-gateways': plan.homes.map((home) => ({ id: identityOf(home), key: keyOf(home) })),
    transport: [variation.underlay?.device ?? TRANSPORT],
    scheduling: SCHEDULING,
    'control-socket': lmaSocket(folder),
    'state-directory': join(folder, 'lma-state'),
    ...variation.lma,
  });
}
