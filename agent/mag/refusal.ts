/** A PBA with status >= 128: what the table of statusAction.ts says, carried out (RFC 5213 §6.9.1.2). */
import { HANDOFF, STATUS } from '../../protocol/mobility/codes.ts';
import type { BindingAcknowledgement } from '../../protocol/mobility/messages.ts';
import type { Entry, Lessons, Outstanding, Request } from './binding.ts';
import { isPresent, startProbe } from './presence.ts';
import { deny, register, sendAtOnce } from './registration.ts';
import { actionFor, refusalReason } from './statusAction.ts';
import { become, closePath, type Context } from './state.ts';

export function refuse(c: Context, entry: Entry, request: Request, sent: Outstanding, pba: BindingAcknowledgement): void {
  const { status } = pba;
  const reason = refusalReason(status);
  // Our refresh met a binding that another home holds: the phone must show itself here, or we go silently (protocol rule of RFC 5213 §5.4.1).
  if (status === STATUS.REASON_UNSPECIFIED && sent.handoff === HANDOFF.NOT_CHANGED && entry.state.name === 'active') {
    entry.state = { name: 'active', grantedUntil: entry.state.grantedUntil, refreshAt: Infinity };
    return startProbe(c, entry, 'refresh refused');
  }
  const forGood = () => deny(c, entry, reason, { status, until: 'administrator' });
  switch (actionFor(status)) {
    case 'pause':
      return deny(c, entry, reason, { status, until: 'pause' });
    case 'deny':
    case 'bug':
      return forGood();
    case 'next lma':
      entry.refusedBy = [...entry.refusedBy, entry.lma?.id ?? ''];
      return again(c, entry, request, status, {});
    case 'without force-udp':
      return sent.forceUdp ? again(c, entry, request, status, { noForceUdp: true }) : forGood();
    case 'adopt sequence':
      c.mag.sequence = pba.sequence;
      return sendAtOnce(c, entry, request);
    case 'new timestamp':
      return isPresent(c, entry) ? sendAtOnce(c, entry, request) : startProbe(c, entry, 'retransmission');
    case 'wait for clock':
      return waitForClock(c, entry, reason);
    case 'any prefix':
      return entry.lessons.askAnew ? forGood() : again(c, entry, request, status, { askAnew: 'prefixes' });
    case 'any ipv4':
      return entry.lessons.askAnew ? forGood() : again(c, entry, request, status, { askAnew: 'ipv4' });
    case 'without ipv4':
      return entry.profile?.ipv6 && !entry.lessons.noIpv6 ? again(c, entry, request, status, { noIpv4: true }) : forGood();
    case 'without ipv6':
      return entry.profile?.ipv4 && !entry.lessons.noIpv4 ? again(c, entry, request, status, { noIpv6: true }) : forGood();
    case 'keep':
      return entry.state.name === 'active' ? undefined : forGood();
  }
}

/** What the refusal taught is kept; what the earlier success set up goes, and a fresh registration starts. */
function again(c: Context, entry: Entry, request: Request, status: number, lesson: Lessons): void {
  closePath(c, entry);
  entry.assigned = { prefixes: [] };
  delete entry.wantedIpv4;
  entry.lessons = { ...entry.lessons, ...lesson };
  become(c, entry, { name: 'registering', request }, refusalReason(status));
  register(c, entry, 'initial', 'asked again differently');
}

/**
 * Status 156: only a synchronised clock helps (§6.9.1.2(9)). If ours says that it is synchronised, the domain's may be
 * wrong: one careful try after each longest pause.
 */
function waitForClock(c: Context, entry: Entry, reason: string): void {
  closePath(c, entry);
  become(c, entry, { name: 'waiting', for: 'clock', ...(c.mag.clockSynchronised ? { retryAt: c.now.at + c.mag.config.timers.retransmitMaximum } : {}) }, reason);
}
