/** From a profile to an accepted binding: PBU, retransmission, PBA, refresh (RFC 5213 §6.9.1, §6.9.4). */
import { describeStatus, STATUS } from '../../protocol/mobility/codes.ts';
import type { BindingAcknowledgement } from '../../protocol/mobility/messages.ts';
import { find } from '../../protocol/mobility/options.ts';
import type { Tunnel, TunnelTransport } from '../../protocol/paths.ts';
import { seconds, type Millis } from '../../protocol/units.ts';
import { assignedBy } from './acknowledgement.ts';
import type { Assigned, Entry, Outstanding, Request, RequestKind } from './binding.ts';
import { buildBindingUpdate, handoffOf } from './bindingUpdate.ts';
import type { LmaPeer } from './config.ts';
import { sendDeregistration } from './deregistration.ts';
import { homeIsFull } from './guests.ts';
import { meet } from './heartbeat.ts';
import { refreshGroup } from './group.ts';
import type { Profile } from './profile.ts';
import { isPresent, startProbe } from './presence.ts';
import { announce, become, closePath, openPath, persist, type Context } from './state.ts';
import { followRedirect, offersRedirect } from './redirect.ts';
import { supersedeAll, supersedeHolders } from './takeover.ts';
import { endpointTo, tunnelMtu, wantsForceUdp } from './transport.ts';
import { applyTimers, readTimers, refreshAfter, retransmission } from './timers.ts';
import { clockMissing, heldUntil, stamp } from './updates.ts';

/** How many unanswered numbers may still match a reply. */
const MAX_OUTSTANDING = 8;

/** Enters the registration of a session: sends the PBU, or says what it waits for. */
export function register(c: Context, entry: Entry, kind: RequestKind, reason: string): void {
  if (!entry.profile || !chooseLma(c, entry)) return deny(c, entry, 'no LMA of the profile is configured or willing', entry.refusedBy.length > 0 ? { until: 'administrator' } : {});
  const full = homeIsFull(c, entry);
  if (full !== undefined) return deny(c, entry, full, { until: 'pause' });
  send(c, entry, kind, [], retransmission(c.mag, entry).retransmitInitial, reason);
}

/** Sends a PBU, with a new number and the latest timestamp each time (§6.9.4(3,4)). */
function send(c: Context, entry: Entry, kind: RequestKind, earlier: readonly Outstanding[], interval: Millis, reason: string): void {
  const lma = entry.lma as LmaPeer;
  const to = endpointTo(lma, c.mag.careOf);
  if (!to) return wait(c, entry, kind, 'care-of address', reason);
  if (clockMissing(c.mag)) return wait(c, entry, kind, 'clock', reason);
  if (entry.justAttached && entry.profile?.exclusive) supersedeAll(c, entry);
  const held = heldUntil(c, entry.mac);
  if (held !== undefined) return pending(c, entry, { kind, outstanding: earlier, interval, retransmitAt: held }, reason);
  const stamped = stamp(c, entry);
  const wish = {
    ...stamped,
    lifetime: c.mag.config.timers.lifetime,
    handoff: handoffOf(c.mag.config, entry, kind),
    initial: kind === 'initial',
    forceUdp: wantsForceUdp(lma, to) && !entry.lessons.noForceUdp && !entry.lessons.noTlv,
    wanMtu: c.mag.careOf.mtu,
    redirectable: offersRedirect(c.mag.config, entry, kind),
  };
  if (kind !== 'refresh') entry.stages = { associated: c.now.at, pbuSent: c.now.at, ...entry.stages };
  if (stamped.timestamp !== undefined) entry.newestUpdate = stamped.timestamp;
  const outstanding: Outstanding = { ...stamped, sentAt: c.now.at, handoff: wish.handoff, forceUdp: wish.forceUdp, redirectable: wish.redirectable, transport: to.transport };
  c.effects.push({ kind: 'send', to, peer: lma.id, message: buildBindingUpdate(c.mag.config, entry as Entry & { profile: Profile }, wish) });
  pending(c, entry, { kind, outstanding: [...earlier, outstanding].slice(-MAX_OUTSTANDING), interval, retransmitAt: c.now.at + interval }, reason);
}

/** The PBU goes out when what is missing comes back; an active session lives on meanwhile, as granted. */
function wait(c: Context, entry: Entry, kind: RequestKind, what: 'clock' | 'care-of address', reason: string): void {
  const { retransmitInitial, retransmitMaximum } = retransmission(c.mag, entry);
  if (entry.state.name === 'active') pending(c, entry, { kind, outstanding: [], interval: retransmitInitial, retransmitAt: c.now.at + retransmitMaximum }, reason);
  else become(c, entry, { name: 'waiting', for: what }, reason);
}

/** Puts the request into the state: an active session stays active meanwhile. */
function pending(c: Context, entry: Entry, request: Request, reason: string): void {
  if (entry.state.name === 'active') entry.state = { ...entry.state, request };
  else if (entry.state.name === 'registering') entry.state = { name: 'registering', request };
  else become(c, entry, { name: 'registering', request }, reason);
}

/** The retransmission timer ran out: only for a phone that is here (§6.9.4(2)); else it is asked first, and this comes again. */
export function retransmit(c: Context, entry: Entry, request: Request): void {
  if (!isPresent(c, entry)) return startProbe(c, entry, 'presence');
  sendAgain(c, entry, request);
}

function sendAgain(c: Context, entry: Entry, request: Request): void {
  chooseLma(c, entry);
  send(c, entry, request.kind, request.outstanding, Math.min(request.interval * 2, retransmission(c.mag, entry).retransmitMaximum), 'retransmission');
}

/** Same request, new timestamp, no further pause (status 157, 135). */
export function sendAtOnce(c: Context, entry: Entry, request: Request): void {
  send(c, entry, request.kind, [], request.interval, 'sent again at once');
}

/** §6.9.1.3: HI 5, if the phone is here; else it is asked first, and this comes again. */
export function refresh(c: Context, entry: Entry): void {
  if (!isPresent(c, entry)) startProbe(c, entry, 'presence');
  else if (!refreshGroup(c, entry)) register(c, entry, 'refresh', 'refresh is due');
}

/** An accepting PBA (RFC 5213 §6.9.1.2(12-15), 5844 §3.2.3.2, 5845 §4.3). */
export function accept(c: Context, entry: Entry, sent: Outstanding, kind: RequestKind, pba: BindingAcknowledgement): void {
  const uplinkKey = find(pba.options, 'greKey')?.key;
  const assigned = wanted(entry, assignedBy(pba));
  if (pba.lifetime === 0) return deny(c, entry, 'the LMA granted a lifetime of 0');
  if (!followRedirect(c, entry, sent, pba)) return register(c, entry, 'initial', 'asked again, without being redirected');
  if (pba.status === STATUS.GRE_KEY_OPTION_NOT_REQUIRED || uplinkKey === undefined) {
    entry.assigned = assigned;
    sendDeregistration(c, entry, {});
    return deny(c, entry, 'the LMA gives no GRE key, and this gateway forwards nothing without one');
  }
  if (!assigned.ipv4 && assigned.prefixes.length === 0) return deny(c, entry, 'the LMA gave no address of any family');
  const granted = Math.min(pba.lifetime, c.mag.config.timers.lifetime);
  const mode = find(pba.options, 'ipv4DhcpSupportMode');
  const nat = find(pba.options, 'natDetection');
  Object.assign(entry, { assigned, uplinkKey, granted, dhcpServer: mode ? mode.flags.server : c.mag.config.assumeDhcpServer });
  applyTimers(c.mag, entry, readTimers(pba.options) ?? {});
  if (c.mag.config.bulk && pba.flags.bulk) entry.grouped = true;
  else delete entry.grouped;
  delete entry.justAttached;
  delete entry.wantedIpv4;
  delete entry.wantedPrefixes;
  const { askAnew: _, ...lessons } = entry.lessons;
  entry.lessons = lessons;
  if (pba.status === STATUS.GRE_TUNNELING_BUT_TLV_HEADER_NOT_SUPPORTED) entry.lessons = { ...lessons, noTlv: true };
  const tunnel = tunnelOf(c, entry, uplinkKey, (nat?.flags.forceUdp ?? false) && pba.flags.tlv);
  if (!tunnel) return register(c, entry, kind, 'the uplink changed meanwhile');
  if (entry.lma) meet(c, entry.lma);
  supersedeHolders(c, entry);
  openPath(c, entry, tunnel);
  if (assigned.ipv4 && entry.toldIpv4 !== undefined && entry.toldIpv4 !== assigned.ipv4.address) askForDhcpAnew(c, entry);
  setKeepalive(c, entry, tunnel.transport, nat?.refreshSeconds);
  // The remaining lifetime counts from the time the PBU was sent (RFC 6275 §11.7.3).
  const state = { name: 'active', grantedUntil: sent.sentAt + seconds(granted), refreshAt: sent.sentAt + refreshAfter(c.mag, entry, granted) } as const;
  if (kind === 'refresh' && entry.state.name === 'active') {
    entry.state = state;
    persist(c, entry);
    announce(c, entry);
    return;
  }
  const { associated = sent.sentAt, profile } = entry.stages ?? {};
  const stages = { associated, ...(profile === undefined ? {} : { profile }), pbuSent: sent.sentAt, pbaReceived: c.now.at };
  delete entry.stages;
  become(c, entry, state, `the LMA accepted: ${describeStatus(pba.status)}`, { stages, ...(sent.timestamp === undefined ? {} : { exchange: String(sent.timestamp) }), detail: { kind, lma: entry.lma?.id ?? '', lifetime: granted, index: entry.index } });
}

/**
 * The binding ended while the phone was away from the LMA's sight, and it got another address. An RA can tell of new prefixes;
 * of IPv4 a phone hears nothing before half its lease is over, unless its link goes down and up.
 */
function askForDhcpAnew(c: Context, entry: Entry): void {
  delete entry.toldIpv4;
  c.effects.push({ kind: 'deauthenticate', interface: entry.interface, mac: entry.mac, reason: 'its IPv4 address changed' });
}

/** Without what was given back or taken away since the PBU was sent. */
function wanted(entry: Entry, assigned: Assigned): Assigned {
  const { ipv4, ...rest } = assigned;
  const keepIpv4 = ipv4 && entry.profile?.ipv4 && !entry.ipv4Released && !entry.lessons.noIpv4;
  return { ...rest, prefixes: entry.profile?.ipv6 ? rest.prefixes : [], ...(keepIpv4 ? { ipv4 } : {}) };
}

function tunnelOf(c: Context, entry: Entry, uplinkKey: number, udp: boolean): Tunnel | undefined {
  const endpoint = endpointTo(entry.lma as LmaPeer, c.mag.careOf);
  if (!endpoint) return undefined;
  const transport: TunnelTransport = endpoint.transport === 'ipv6' ? 'gre6' : udp ? 'udp4' : 'gre4';
  return {
    transport,
    local: endpoint.local,
    remote: endpoint.remote,
    ...(transport === 'udp4' ? { remotePort: DATA_PORT } : {}),
    sendKey: uplinkKey,
    receiveKey: entry.downlinkKey,
    mtu: tunnelMtu(transport, c.mag.careOf.mtu, entry.assigned.mtu),
  };
}
/** RFC 5844 §4.2: `pmip6-data` */
const DATA_PORT = 5437;

/** RFC 5555 §3.2.2: all ones means that none is needed. */
function setKeepalive(c: Context, entry: Entry, transport: TunnelTransport, every: number | undefined): void {
  delete entry.keepaliveEvery;
  delete entry.keepaliveAt;
  if (transport !== 'udp4' || every === undefined || every === 0 || every === 0xffff_ffff) return;
  entry.keepaliveEvery = seconds(every);
  keepalive(c, entry);
}

/** The LMA learns the data port from it, and the NAT keeps its mapping. */
export function keepalive(c: Context, entry: Entry): void {
  if (!entry.path || entry.keepaliveEvery === undefined) return;
  entry.keepaliveAt = c.now.at + entry.keepaliveEvery;
  c.effects.push({ kind: 'keepalive', path: entry.path });
}

/** No service: nothing is advertised, nothing forwarded (§6.9.1.2(11)). */
export function deny(c: Context, entry: Entry, reason: string, more: { readonly status?: number; readonly until?: 'attach' | 'administrator' | 'pause' } = {}): void {
  closePath(c, entry);
  entry.assigned = { prefixes: [] };
  delete entry.uplinkKey;
  delete entry.probe;
  become(c, entry, {
    name: 'denied',
    reason,
    until: more.until ?? 'attach',
    ...(more.status === undefined ? {} : { status: more.status }),
    ...(more.until === 'pause' ? { retryAt: c.now.at + c.mag.config.timers.denyBackoff } : {}),
  }, reason);
}

/** The one that has the session, whatever the list says by now; the one assigned; else the first LMA of the profile that has not refused the node; the domain's, if the profile names none. False: there is none. */
export function chooseLma(c: Context, entry: Entry): boolean {
  if (entry.assignedLma && !entry.refusedBy.includes(entry.assignedLma.id)) return true;
  if (entry.state.name === 'active' && entry.lma && !entry.refusedBy.includes(entry.lma.id)) return true;
  delete entry.assignedLma;
  const named = entry.profile?.lmas ?? [];
  const candidates = named.length > 0 ? named.flatMap((id) => c.mag.config.lmas.find((l) => l.id === id) ?? []) : c.mag.config.lmas;
  const lma = candidates.find((l) => !entry.refusedBy.includes(l.id));
  if (lma) entry.lma = lma;
  return lma !== undefined;
}
