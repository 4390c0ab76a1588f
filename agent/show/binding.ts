/** `show ipv6 mobile pmipv6 mag binding`. */
import { formatPrefix } from '../../protocol/address.ts';
import { dottedMac, type Mac } from '../../protocol/mac.ts';
import { ATT_WLAN } from '../../protocol/mobility/codes.ts';
import type { Path } from '../../protocol/paths.ts';
import type { BitRates } from '../../protocol/qos.ts';
import { shownRates, type ShownRates } from '../../runtime/shownRates.ts';
import { stateName, type Entry } from '../mag/binding.ts';
import { interfaceName, strings, type ShowOptions } from './options.ts';

export interface ShownBinding extends ShownRates {
  readonly domain: string;
  readonly mnnai: string;
  readonly state: string;
  /** Why it is denied, or active without a path. */
  readonly reason?: string;
  readonly phyintf: string;
  readonly apn?: string;
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
  /** seconds until the next PBU, in an active session without one under way */
  readonly 'refresh-rem'?: number;
  readonly 'up-stream-grekey'?: number;
  readonly 'down-stream-grekey': number;
  readonly tunnel?: { readonly transport: string; readonly local: string; readonly remote: string; readonly mtu: number };
  readonly counters?: Readonly<Record<string, string>>;
}

/** One pseudonym in the log, in events and here: it is made of the MAC in its own spelling. */
export const shownMac = ({ config, shown }: ShowOptions, mac: Mac): string => (config.identities === 'raw' ? dottedMac(mac) : shown(mac));

const bitRatesOfPath = (path: Path | undefined): BitRates => ({ ...(path?.rates?.up ? { up: path.rates.up.rate } : {}), ...(path?.rates?.down ? { down: path.rates.down.rate } : {}) });

export function shownBinding(o: ShowOptions, e: Entry): ShownBinding {
  const counters = o.paths.counters(e.index);
  const fault = o.fault(e.index);
  const reason = e.state.name === 'denied' ? e.state.reason : fault && `nothing is forwarded: ${fault}`;
  const llid = shownMac(o, e.mac);
  const left = (until: number): number => Math.max(0, Math.floor((until - o.now().at) / 1000));
  return {
    domain: o.config.domain,
    mnnai: e.profile ? o.shown(e.profile.nai) : llid,
    state: stateName(e),
    ...(reason === undefined ? {} : { reason }),
    phyintf: interfaceName(o.config, e.interface),
    ...(e.profile?.apn === undefined ? {} : { apn: e.profile.apn }),
    ...(e.assigned.ipv4 ? { hoa: e.assigned.ipv4.address, 'prefix-len': e.assigned.ipv4.prefixLength, dflt: e.assigned.ipv4.router } : {}),
    att: ATT_WLAN,
    llid,
    hnps: e.assigned.prefixes.map(formatPrefix),
    ...(e.lma ? { 'peer-id': e.lma.id } : {}),
    lifetime: e.granted,
    liferem: e.state.name === 'active' ? left(e.state.grantedUntil) : 0,
    ...(e.state.name === 'active' && !e.state.request ? { 'refresh-rem': left(e.state.refreshAt) } : {}),
    ...(e.uplinkKey === undefined ? {} : { 'up-stream-grekey': e.uplinkKey }),
    'down-stream-grekey': e.downlinkKey,
    ...(e.path ? { tunnel: { transport: e.path.tunnel.transport, local: e.path.tunnel.local, remote: e.path.tunnel.remote, mtu: e.path.tunnel.mtu } } : {}),
    ...(counters ? { counters: strings({ ...counters }) } : {}),
    ...shownRates(bitRatesOfPath(e.path), o.paths.policed(e.index)),
  };
}
