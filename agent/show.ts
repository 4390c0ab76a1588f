/** What the agent answers at its control socket. Names of fields are Cisco's YANG names where there is one; identities as configured. */
import { dottedMac, formatPrefix } from '../protocol/address.ts';
import type { Paths } from '../protocol/paths.ts';
import type { Now } from '../protocol/units.ts';
import type { Handler } from '../runtime/control.ts';
import type { Counters } from '../runtime/counters.ts';
import type { Shown } from '../runtime/identities.ts';
import { accessInterfaces, identityOf, type AgentConfig } from './config.ts';
import { stateName, type Entry } from './mag/binding.ts';
import { entriesOf } from './mag/bindingUpdateList.ts';
import type { Mag } from './mag/mag.ts';

export interface ShowOptions {
  readonly config: AgentConfig;
  readonly mag: Mag;
  readonly paths: Paths;
  /** Why an active binding has no path. */
  readonly fault: (index: number) => string | undefined;
  readonly counters: Counters;
  readonly shown: Shown;
  readonly now: () => Now;
  readonly retryDenied: () => void;
}

export interface ShownBinding {
  readonly domain: string;
  readonly mnnai: string;
  readonly state: string;
  /** Why it is denied, or active without a path. */
  readonly reason?: string;
  readonly phyintf: string;
  readonly hoa?: string;
  readonly 'prefix-len'?: number;
  readonly dflt?: string;
  readonly att: number;
  readonly llid: string;
  readonly hnps: readonly string[];
  readonly 'peer-id'?: string;
  /** seconds: granted, and what is left */
  readonly lifetime: number;
  readonly liferem: number;
  readonly 'up-stream-grekey'?: number;
  readonly 'down-stream-grekey': number;
  readonly tunnel?: { readonly transport: string; readonly local: string; readonly remote: string; readonly mtu: number };
  readonly counters?: Readonly<Record<string, string>>;
}

export function showHandlers(o: ShowOptions): Record<string, Handler> {
  return {
    'show mag binding': () => entriesOf(o.mag.list).map((e) => shownBinding(o, e)),
    'show mag globals': () => globals(o),
    'show mag stats': () => ({ counters: o.counters.all(), drops: strings(o.paths.drops()) }),
    'clear mag denied': () => o.retryDenied(),
  };
}

function shownBinding(o: ShowOptions, e: Entry): ShownBinding {
  const device = accessInterfaces(o.config).find((i) => i.device === e.interface);
  const counters = o.paths.counters(e.index);
  const fault = o.fault(e.index);
  const reason = e.state.name === 'denied' ? e.state.reason : fault && `nothing is forwarded: ${fault}`;
  // One pseudonym in the log, in events and here: it is made of the MAC in its own spelling.
  const llid = o.config.identities === 'raw' ? dottedMac(e.mac) : o.shown(e.mac);
  return {
    domain: o.config.domain,
    mnnai: e.profile ? o.shown(e.profile.nai) : llid,
    state: stateName(e),
    ...(reason === undefined ? {} : { reason }),
    phyintf: device?.name ?? e.interface,
    ...(e.assigned.ipv4 ? { hoa: e.assigned.ipv4.address, 'prefix-len': e.assigned.ipv4.prefixLength, dflt: e.assigned.ipv4.router } : {}),
    att: 4,
    llid,
    hnps: e.assigned.prefixes.map(formatPrefix),
    ...(e.lma ? { 'peer-id': e.lma.id } : {}),
    lifetime: e.granted,
    liferem: e.state.name === 'active' ? Math.max(0, Math.floor((e.state.grantedUntil - o.now().at) / 1000)) : 0,
    ...(e.uplinkKey === undefined ? {} : { 'up-stream-grekey': e.uplinkKey }),
    'down-stream-grekey': e.downlinkKey,
    ...(e.path ? { tunnel: { transport: e.path.tunnel.transport, local: e.path.tunnel.local, remote: e.path.tunnel.remote, mtu: e.path.tunnel.mtu } } : {}),
    ...(counters ? { counters: strings({ ...counters }) } : {}),
  };
}

function globals(o: ShowOptions): object {
  const { mag, config } = o;
  return {
    mag: identityOf(config),
    domain: config.domain,
    clock: mag.clockSynchronised ? 'synchronised' : 'waiting for clock',
    'care-of': mag.careOf,
    timestamp: mag.config.timestamps,
    'reg-time': mag.config.timers.lifetime,
    'ref-time': mag.config.timers.refresh,
    'max-bindings': config['max-bindings'],
    ddp: mag.config.timers.detachPeriod / 1000,
    ddt: mag.config.timers.detachTimeout / 1000,
    ddr: mag.config.timers.detachRetries,
    peers: mag.config.lmas,
    bindings: mag.list.byMac.size,
    datapath: config.datapath,
  };
}

/** JSON has no big integers. */
const strings = (record: Readonly<Record<string, bigint>>): Record<string, string> => Object.fromEntries(Object.entries(record).map(([k, n]) => [k, n.toString()]));
