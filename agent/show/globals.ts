/** `show ipv6 mobile pmipv6 mag globals`: configuration and timers by the names of Cisco's YANG model. Times in seconds unless a name says otherwise. */
import { profileMode, type ProfileMode } from '../aaa/config.ts';
import { accessInterfaces, identityOf } from '../config.ts';
import type { LmaPeer } from '../mag/config.ts';
import type { CareOf } from '../mag/transport.ts';
import type { ShowOptions } from './options.ts';

export interface ShownGlobals {
  readonly mag: string;
  readonly domain: string;
  readonly clock: 'synchronised' | 'waiting for clock';
  readonly 'care-of': CareOf;
  /** The Timestamp option orders PBUs, or sequence numbers do. */
  readonly timestamp: boolean;
  /** With which LMAs there is a key. */
  readonly 'auth-option': readonly string[];
  /** Registration Life Time, Refresh Time */
  readonly 'reg-time': number;
  readonly 'ref-time': number;
  /** Refresh Retransmit Init and Max time, milliseconds */
  readonly retx: number;
  readonly 'ret-max': number;
  /** BRI Init and Max Delay Time, milliseconds; how often a BRI is repeated */
  readonly 'bri-min': number;
  readonly 'bri-max': number;
  readonly 'bri-retries': number;
  readonly 'max-bindings': number;
  readonly 'discover-mn': boolean;
  /** Detach Query Period, Detach Query Response Time, retries; the longest that a phone which left without a word keeps its binding */
  readonly ddp: number;
  readonly ddt: number;
  readonly ddr: number;
  readonly 'detach-limit': number;
  /** milliseconds */
  readonly 'detach-delay': number;
  readonly encap: readonly string[];
  readonly interfaces: readonly string[];
  readonly 'default-mn': Readonly<Record<string, string>>;
  /** Where the profiles of each interface's stations come from; which RADIUS servers are asked, and whether they are told of sessions. */
  readonly 'mn-profile': Readonly<Record<string, ProfileMode>>;
  readonly 'radius-servers': readonly string[];
  readonly 'aaa-accounting': boolean;
  readonly peers: readonly LmaPeer[];
  readonly bindings: number;
  readonly datapath: string;
  readonly identities: string;
}

export function shownGlobals({ mag, config }: ShowOptions): ShownGlobals {
  const { timers } = mag.config;
  const lmas = config['local-mobility-anchors'];
  return {
    mag: identityOf(config),
    domain: config.domain,
    clock: mag.clockSynchronised ? 'synchronised' : 'waiting for clock',
    'care-of': mag.careOf,
    timestamp: mag.config.timestamps,
    'auth-option': lmas.flatMap((l) => (l.key === undefined ? [] : [l.id])),
    'reg-time': timers.lifetime,
    'ref-time': timers.refresh,
    retx: timers.retransmitInitial,
    'ret-max': timers.retransmitMaximum,
    'bri-min': timers.initMinDelayBris,
    'bri-max': timers.maxBrackTimeout,
    'bri-retries': timers.briMaxRetriesNumber,
    'max-bindings': config['max-bindings'],
    'discover-mn': true,
    ddp: timers.detachPeriod / 1000,
    ddt: timers.detachTimeout / 1000,
    ddr: timers.detachRetries,
    'detach-limit': (timers.detachPeriod + timers.detachRetries * timers.detachTimeout) / 1000,
    'detach-delay': timers.detachDelay,
    encap: [...(lmas.some((l) => l['ipv6-address']) ? ['gre6'] : []), ...(lmas.some((l) => l['ipv4-address']) ? ['gre4', 'udp4'] : [])],
    interfaces: accessInterfaces(config).map((i) => i.name),
    'default-mn': Object.fromEntries(accessInterfaces(config).flatMap((i) => (i['default-profile'] === undefined ? [] : [[i.name, i['default-profile']]]))),
    'mn-profile': Object.fromEntries(accessInterfaces(config).map((i) => [i.name, profileMode(config, i)])),
    'radius-servers': config['radius-servers'].map((s) => s.address),
    'aaa-accounting': config.radius.accounting === 'start-stop',
    peers: mag.config.lmas,
    bindings: mag.list.byMac.size,
    datapath: config.datapath,
    identities: config.identities,
  };
}
