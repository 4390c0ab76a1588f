/** From a binding to what the data path carries (protocol.md 5.2; RFC 5845 §3, RFC 5844 §4). */
import { STATUS } from '../../protocol/mobility/codes.ts';
import { TUNNEL_OVERHEAD, type Path, type TunnelTransport } from '../../protocol/paths.ts';
import type { Seconds } from '../../protocol/units.ts';
import type { BindingCacheEntry } from './bindingCache.ts';
import type { LmaVariables } from './config.ts';
import { ratesOf } from './qos.ts';
import type { Request } from './request.ts';
import type { Lma, Step } from './state.ts';

export interface Encapsulation {
  /** Undefined: the session is accepted without GRE keys, and our data path does not carry it. */
  readonly transport: TunnelTransport | undefined;
  readonly downlinkKey: number;
  readonly status: number;
  /** How option 33 answers, if at all. */
  readonly greKey: 'uplink' | 'without key' | undefined;
  readonly udpKeepalive: Seconds | undefined;
}

/** No link that carries IPv6 may have less (RFC 8200 §5); a narrower WAN has to fragment the outer packets. */
const IPV6_MINIMUM_MTU = 1280;

const PLAIN: Encapsulation = { transport: undefined, downlinkKey: 0, status: STATUS.ACCEPTED, greKey: undefined, udpKeepalive: undefined };

/** What the MAG asks for and policy allows. IPv4-UDP needs F, T and a key: without T the MAG stays on plain IPv4 (no option 31). */
export function negotiate(request: Request, variables: LmaVariables): Encapsulation {
  if (!request.greKey) return PLAIN;
  if (variables.greKey === 'refused') return { ...PLAIN, status: STATUS.GRE_KEY_OPTION_NOT_REQUIRED };
  const { flags } = request.message;
  const overUdp = request.from.transport === 'udp' && flags.forceUdp && flags.tlv && request.greKey.key !== undefined;
  const status = flags.tlv && !overUdp ? STATUS.GRE_TUNNELING_BUT_TLV_HEADER_NOT_SUPPORTED : STATUS.ACCEPTED;
  if (request.greKey.key === undefined) return { ...PLAIN, status, greKey: 'without key' };
  const plain = request.from.transport === 'ipv6' ? 'gre6' : 'gre4';
  return { transport: overUdp ? 'udp4' : plain, downlinkKey: request.greKey.key, status, greKey: 'uplink', udpKeepalive: overUdp ? variables.natKeepalive : undefined };
}

/** Undefined while nothing is to be carried: without keys, or de-registered, unless its packets are held meanwhile. */
export function pathOf(lma: Lma, entry: BindingCacheEntry): Path | undefined {
  const { encapsulation: transport, state, prefixes, homeAddress } = entry;
  if (!transport || (prefixes.length === 0 && !homeAddress)) return undefined;
  const apn = lma.policy.apn(entry.apn);
  const hold = apn?.hold;
  // One that is not carried, as after a restart, has nowhere to begin from.
  if (state !== 'ACTIVE' && !(hold && entry.carried)) return undefined;
  const rates = ratesOf(lma, entry);
  return {
    index: entry.index,
    space: entry.space,
    ...(homeAddress ? { ipv4: homeAddress.address } : {}),
    prefixes,
    tunnel: {
      transport,
      local: entry.endpoint.local,
      remote: entry.proxyCoa,
      ...(transport === 'udp4' ? { remotePort: 0 } : {}), // the data path learns it: a NAT maps 5437 as it likes
      sendKey: entry.downlinkKey,
      receiveKey: entry.uplinkKey,
      mtu: Math.max(IPV6_MINIMUM_MTU, Math.min(entry.wanMtu - TUNNEL_OVERHEAD[transport], apn?.settings?.mtu ?? Infinity)),
    },
    peers: apn?.subscriberToSubscriber ?? false,
    ...(rates ? { rates } : {}),
    ...(hold ? { hold } : {}),
    ...(state === 'ACTIVE' ? {} : { action: 'hold' }),
  };
}

/** Tells the data path what changed, if anything did. */
export function syncPath(step: Step, entry: BindingCacheEntry): void {
  if (!entry.pathStale) return;
  const path = pathOf(step.lma, entry);
  if (path) step.effects.push({ kind: 'setPath', path });
  else if (entry.carried) step.effects.push({ kind: 'removePath', index: entry.index });
  entry.carried = path !== undefined;
  entry.pathStale = false;
}

/** What the data path was last told of all sessions. */
export function carriedPaths(lma: Lma): Path[] {
  const all: Path[] = [];
  for (const entry of lma.cache.all()) {
    const path = entry.carried ? pathOf(lma, entry) : undefined;
    if (path) all.push(path);
  }
  return all;
}
