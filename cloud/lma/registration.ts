/** A PBU with a lifetime that passed acceptance: a new session, one extended, or one handed over (RFC 5213 §5.3.2 to §5.3.4). */
import { ANY_IPV6, formatIpv6, type Ipv6 } from '../../protocol/address.ts';
import { STATUS } from '../../protocol/mobility/codes.ts';
import type { Seconds } from '../../protocol/units.ts';
import { refuseEncapsulation, type Accepted } from './acceptance.ts';
import { acceptingPba } from './acknowledgement.ts';
import { giveBack, NO_ADDRESSES, provide, type Addresses } from './addresses.ts';
import { answer, refuse } from './answer.ts';
import type { BindingCacheEntry } from './bindingCache.ts';
import { factsOf } from './bindingTable.ts';
import { familiesKept, isPlainRefresh, reportMove } from './handover.ts';
import { meet } from './heartbeat.ts';
import { assignGroup } from './group.ts';
import { loadInformation } from './load.ts';
import { examineQos, rememberQos } from './qos.ts';
import { cancelRevocations } from './revocation.ts';
import { end, enter, save } from './session.ts';
import { tell, type Lma, type Step } from './state.ts';
import { negotiate, syncPath, type Encapsulation } from './tunnels.ts';
import { heldBack, stopWaiting } from './waiting.ts';

/** What an IPv6 or IPv4 link carries unless somebody says otherwise. */
const USUAL_MTU = 1500;

export function register(step: Step, accepted: Accepted, found: BindingCacheEntry | undefined): void {
  const { lma, now } = step;
  const { request, apn } = accepted;
  const { variables } = lma.config;
  stopWaiting(lma, heldBack(lma, request));
  const status = refuseEncapsulation(request, variables);
  if (status !== undefined) return refuse(step, request, { status }, found);
  // Another service means other addresses: the old session ends once the new one is sure (RFC 5149 §4.2).
  const entry = found?.apn === apn.name ? found : undefined;
  if (!entry && lma.cache.size >= variables.maximumBindings) return refuse(step, request, { status: STATUS.INSUFFICIENT_RESOURCES }, found);
  const kept = entry ? familiesKept(entry, request) : NO_ADDRESSES;
  const addresses = provide(lma, request, apn, kept, now.at);
  if (typeof addresses === 'number') return refuse(step, request, { status: addresses }, found);
  const qos = examineQos(lma, request, accepted, entry);
  if ('refused' in qos) {
    giveBack(lma, apn, addresses, kept, now.at);
    return refuse(step, request, { status: qos.refused }, found);
  }
  const index = entry?.index ?? lma.indexes.take(now.at);
  if (index === undefined) {
    giveBack(lma, apn, addresses, kept, now.at);
    return refuse(step, request, { status: STATUS.INSUFFICIENT_RESOURCES }, found);
  }
  if (found && !entry) end(step, found, `service changed to ${apn.name}`);
  const other = lma.cache.ofInterface(accepted.mnId, accepted.technology, linkLayerIdFor(accepted, entry));
  if (other && other !== entry) end(step, other, entry ? `its interface took over binding ${entry.index}` : 'its interface has a new session');

  rememberQos(lma, index, entry, qos.asked);
  const encapsulation = negotiate(request, variables);
  const lifetime = Math.min(request.message.lifetime, variables.registrationLifetime);
  const before = entry && !isPlainRefresh(accepted, entry, addresses) ? factsOf(entry) : undefined;
  const group = assignGroup(lma, index, request);
  const session = entry ? extend(step, accepted, entry, addresses, encapsulation, lifetime) : create(step, accepted, index, addresses, encapsulation, lifetime);
  meet(step, session);
  answer(
    step,
    request,
    acceptingPba(request, {
      status: encapsulation.status,
      lifetime,
      prefixes: session.prefixes,
      homeAddress: session.homeAddress,
      linkLocal: session.linkLocal,
      greKey: encapsulation.greKey && (encapsulation.greKey === 'uplink' ? { key: session.uplinkKey } : {}),
      udpKeepalive: encapsulation.udpKeepalive,
      timers: accepted.mag.timers,
      group,
      load: request.redirectCapable || request.answerTo ? loadInformation(lma) : undefined,
      settings: lma.policy.settings(apn),
      qos: qos.option,
    }),
  );
  if (before) reportMove(step, before, session, accepted);
  else if (!entry) tell(step, session, 'NONE', 'ACTIVE', 'new session', { handoff: request.handoff ?? 0 });
}

function create(step: Step, accepted: Accepted, index: number, addresses: Addresses, encapsulation: Encapsulation, lifetime: Seconds): BindingCacheEntry {
  const { lma, now } = step;
  const { request, mnId, technology, apn } = accepted;
  const entry = enter(lma, {
    index,
    mnId,
    technology,
    linkLayerId: request.linkLayerId,
    ...addresses,
    proxyCoa: request.proxyCoa,
    uplinkKey: encapsulation.transport ? lma.keys.allocate(now.at) : 0,
    apn: apn.name,
    space: apn.space,
    ...accept(step, accepted, undefined, encapsulation, lifetime),
  });
  syncPath(step, entry);
  save(step, entry);
  return entry;
}

function extend(step: Step, accepted: Accepted, entry: BindingCacheEntry, addresses: Addresses, encapsulation: Encapsulation, lifetime: Seconds): BindingCacheEntry {
  const { lma, now } = step;
  const { request, technology } = accepted;
  giveBack(lma, accepted.apn, entry, addresses, now.at);
  const linkLayerId = linkLayerIdFor(accepted, entry);
  lma.cache.accept(entry, accept(step, accepted, entry, encapsulation, lifetime));
  lma.cache.change(entry, {
    prefixes: addresses.prefixes,
    homeAddress: addresses.homeAddress,
    technology,
    linkLayerId,
    proxyCoa: request.proxyCoa,
    uplinkKey: entry.uplinkKey || !encapsulation.transport ? entry.uplinkKey : lma.keys.allocate(now.at),
  });
  cancelRevocations(lma, entry, entry.mag, entry.proxyCoa);
  syncPath(step, entry);
  save(step, entry);
  return entry;
}

/** A request that names no link-layer identifier does not take a known one away, unless the interface changed. */
const linkLayerIdFor = ({ request, technology }: Accepted, entry: BindingCacheEntry | undefined): string | undefined =>
  request.linkLayerId ?? (entry?.technology === technology ? entry.linkLayerId : undefined);

/** What every accepted PBU sets. */
function accept(step: Step, { request, mag }: Accepted, entry: BindingCacheEntry | undefined, encapsulation: Encapsulation, lifetime: Seconds) {
  const { lma, now } = step;
  return {
    state: 'ACTIVE' as const,
    mag: request.peer,
    endpoint: request.from,
    linkLocal: linkLocalFor(lma, request.linkLocal, entry),
    timestamp: request.timestamp ?? 0n,
    sequence: request.message.sequence,
    receivedAt: now.wall,
    lifetime,
    expiresAt: now.at + lifetime * 1000,
    deleteAt: undefined,
    encapsulation: encapsulation.transport,
    downlinkKey: encapsulation.downlinkKey,
    wanMtu: request.wanMtu ?? mag.wanMtu ?? USUAL_MTU,
  };
}

/** Option 26 (RFC 5213 §5.3.6): `::` asks for one, which stays the session's; another is the MAG's own and is taken over. */
function linkLocalFor(lma: Lma, asked: Ipv6 | undefined, entry: BindingCacheEntry | undefined): Ipv6 | undefined {
  if (asked !== ANY_IPV6) return asked ?? entry?.linkLocal;
  return entry?.linkLocal ?? randomLinkLocal(lma.config.random32);
}

function randomLinkLocal(random32: () => number): Ipv6 {
  const octets = new Uint8Array(16);
  const view = new DataView(octets.buffer);
  view.setUint16(0, 0xfe80);
  view.setUint32(8, random32());
  view.setUint32(12, random32());
  return formatIpv6(octets);
}
