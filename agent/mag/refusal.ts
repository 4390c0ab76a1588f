/** A PBA with status >= 128: what the table of statusAction.ts says, carried out (RFC 5213 §6.9.1.2). */
import { discard } from '../../protocol/entity.ts';
import { HANDOFF, STATUS } from '../../protocol/mobility/codes.ts';
import type { BindingAcknowledgement } from '../../protocol/mobility/messages.ts';
import type { Entry, Lessons, Outstanding, Request } from './binding.ts';
import { startProbe } from './presence.ts';
import { chooseLma, deny, register, sendAtOnce } from './registration.ts';
import { actionFor, refusalReason } from './statusAction.ts';
import { become, closePath, remember, type Context } from './state.ts';
import { retransmission } from './timers.ts';
import { adoptSequence } from './updates.ts';

export function refuse(c: Context, entry: Entry, request: Request, sent: Outstanding, pba: BindingAcknowledgement): void {
  const { status } = pba;
  const reason = refusalReason(status);
  // Our refresh met a binding that another home holds: the phone must show itself here, or we go silently (protocol rule of RFC 5213 §5.4.1).
  if (status === STATUS.REASON_UNSPECIFIED && sent.handoff === HANDOFF.NOT_CHANGED && entry.state.name === 'active') {
    entry.state = { name: 'active', grantedUntil: entry.state.grantedUntil, refreshAt: Infinity };
    return startProbe(c, entry, 'refresh refused');
  }
  const newest = request.outstanding[request.outstanding.length - 1];
  // The network held this PBU up and its successor is on the way: its age says nothing of the clocks.
  if ((status === STATUS.TIMESTAMP_MISMATCH || status === STATUS.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED) && sent !== newest) return void c.effects.push(discard('a later PBU is on the way'));
  const forGood = () => deny(c, entry, reason, { status, until: 'administrator' });
  switch (actionFor(status)) {
    case 'pause':
      return deny(c, entry, reason, { status, until: 'pause' });
    case 'deny':
    case 'bug':
      return forGood();
    case 'next lma':
      entry.refusedBy = [...entry.refusedBy, entry.lma?.id ?? ''];
      return chooseLma(c, entry) ? again(c, entry, request, status, {}, { prefixes: true, ipv4: true }) : forGood();
    case 'without force-udp':
      return sent.forceUdp ? again(c, entry, request, status, { noForceUdp: true }, {}) : forGood();
    case 'adopt sequence':
      if (c.mag.config.timestamps) return deny(c, entry, reason, { status, until: 'pause' });
      adoptSequence(c.mag, entry, pba.sequence);
      return sendAtOnce(c, entry, request);
    case 'new timestamp':
      // Somebody's clock is slow, or another home has the phone since: only its own word counts now.
      return startProbe(c, entry, 'overtaken');
    case 'wait for clock':
      return waitForClock(c, entry, request, reason);
    case 'any prefix':
      return asked(entry, 'prefixes') ? forGood() : again(c, entry, request, status, { askAnew: both(entry, 'prefixes') }, { prefixes: true });
    case 'any ipv4':
      return asked(entry, 'ipv4') ? forGood() : again(c, entry, request, status, { askAnew: both(entry, 'ipv4') }, { ipv4: true });
    case 'without ipv4':
      return entry.profile?.ipv6 && !entry.lessons.noIpv6 ? withoutFamily(c, entry, request, status, { noIpv4: true }, { ipv4: true }) : forGood();
    case 'without ipv6':
      return entry.profile?.ipv4 && !entry.lessons.noIpv4 ? withoutFamily(c, entry, request, status, { noIpv6: true }, { prefixes: true }) : forGood();
    case 'keep':
      if (entry.profile?.rates && !entry.lessons.noQos) {
        entry.lessons = { ...entry.lessons, noQos: true };
        return sendAtOnce(c, entry, request);
      }
      if (entry.state.name !== 'active') return forGood();
      entry.state = { name: 'active', grantedUntil: entry.state.grantedUntil, refreshAt: c.now.at + retransmission(c.mag, entry).retransmitMaximum };
      return undefined;
  }
}

type Family = 'prefixes' | 'ipv4';
const asked = (entry: Entry, what: Family): boolean => entry.lessons.askAnew === what || entry.lessons.askAnew === 'both';
const both = (entry: Entry, what: Family): Family | 'both' => (entry.lessons.askAnew === undefined ? what : 'both');

/** What the refusal taught is kept; the wishes that it concerns go, so does what the earlier success set up; then a fresh registration. */
function again(c: Context, entry: Entry, request: Request, status: number, lesson: Lessons, forget: { readonly [F in Family]?: true }): void {
  closePath(c, entry);
  const { ipv4, linkLocal, prefixes } = entry.assigned;
  entry.assigned = { prefixes: forget.prefixes ? [] : prefixes, ...(ipv4 && !forget.ipv4 ? { ipv4 } : {}), ...(linkLocal ? { linkLocal } : {}) };
  if (forget.ipv4) delete entry.wantedIpv4;
  if (forget.prefixes) delete entry.wantedPrefixes;
  entry.lessons = { ...entry.lessons, ...lesson };
  become(c, entry, { name: 'registering', request }, refusalReason(status));
  register(c, entry, 'initial', 'asked again differently');
}

/** "Until an administrator acts" outlives the entry (RFC 5844 §3.2.3.2). */
function withoutFamily(c: Context, entry: Entry, request: Request, status: number, lesson: Lessons, forget: { readonly [F in Family]?: true }): void {
  remember(c.mag.refusedFamilies, entry.mac, { ...c.mag.refusedFamilies.get(entry.mac), ...lesson });
  again(c, entry, request, status, lesson, forget);
}

/**
 * Status 156: only a synchronised clock helps (§6.9.1.2(9)). If ours says that it is, the PBU may have been slow on its way
 * (a queue on the uplink): its first retransmission tells. Refused again, the domain's clock may be wrong: one careful try
 * after each longest pause.
 */
function waitForClock(c: Context, entry: Entry, request: Request, reason: string): void {
  const { retransmitInitial, retransmitMaximum } = retransmission(c.mag, entry);
  if (c.mag.clockSynchronised && request.interval === retransmitInitial) return void c.effects.push(discard('the PBU was too old: it is repeated with a new timestamp'));
  closePath(c, entry);
  become(c, entry, { name: 'waiting', for: 'clock', ...(c.mag.clockSynchronised ? { retryAt: c.now.at + retransmitMaximum } : {}) }, reason);
}
