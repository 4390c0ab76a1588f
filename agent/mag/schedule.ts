/** What time brings about: the one deadline of the gateway, and what each binding does when its own has come. */
import { earliest, type Deadline, type Millis } from '../../protocol/units.ts';
import { startAnewIfPresent } from './attachment.ts';
import { requestOf, type Entry } from './binding.ts';
import { entriesOf } from './bindingUpdateList.ts';
import { deregisterLate, endDeregistration } from './deregistration.ts';
import { probeAgain } from './presence.ts';
import { keepalive, refresh, retransmit } from './registration.ts';
import { movedAway } from './revocation.ts';
import { become, closePath, drop, type Context, type Mag } from './state.ts';

/** The earliest instant at which any binding wants a `timer`, and why. */
export function deadline(mag: Mag): Deadline | undefined {
  let first: Deadline | undefined;
  for (const e of entriesOf(mag.list)) first = earliest(first, entryDeadline(e));
  return first;
}

function entryDeadline(e: Entry): Deadline | undefined {
  const due = (at: Millis | undefined, why: string): Deadline | undefined => (at === undefined || at === Infinity ? undefined : { at, why });
  const keep = due(e.keepaliveAt, 'keepalive of a NAT mapping');
  if (e.probe) return earliest(keep, due(e.probe.nextAt, 'answer to a presence probe'), e.state.name === 'active' ? due(e.state.grantedUntil, 'end of the granted lifetime') : undefined);
  switch (e.state.name) {
    case 'registering':
      return due(e.state.request.retransmitAt, 'retransmit PBU');
    case 'active':
      return earliest(keep, e.state.request ? due(e.state.request.retransmitAt, 'retransmit PBU') : due(e.state.refreshAt, 'refresh PBU'), due(e.state.grantedUntil, 'end of the granted lifetime'));
    case 'deregistering':
      return earliest(due(e.state.request.retransmitAt, 'de-registration held back'), due(e.state.giveUpAt, 'de-registration unanswered'));
    case 'waiting':
    case 'denied':
      return due(e.state.retryAt, 'try again');
    case 'profile':
      return undefined;
  }
}

export function onTime(c: Context, e: Entry): void {
  const { at } = c.now;
  if (e.keepaliveAt !== undefined && e.keepaliveAt <= at) keepalive(c, e);
  if (e.state.name === 'active' && e.state.grantedUntil <= at) onExpiry(c, e);
  if (e.probe) {
    if (e.probe.nextAt <= at && !probeAgain(c, e)) onAbsent(c, e);
    return;
  }
  switch (e.state.name) {
    case 'registering':
      return e.state.request.retransmitAt <= at ? retransmit(c, e, e.state.request) : undefined;
    case 'active':
      if (e.state.request) return e.state.request.retransmitAt <= at ? retransmit(c, e, e.state.request) : undefined;
      return e.state.refreshAt <= at ? refresh(c, e) : undefined;
    case 'deregistering':
      if (e.state.request.retransmitAt <= at) return deregisterLate(c, e);
      return e.state.giveUpAt <= at ? endDeregistration(c, e, 'no answer to the de-registration') : undefined;
    case 'waiting':
    case 'denied':
      return e.state.retryAt !== undefined && e.state.retryAt <= at ? startAnewIfPresent(c, e, 'the pause is over') : undefined;
    case 'profile':
      return undefined;
  }
}

/** Nobody answered: the phone left without a word. What other homes do with its session is none of our business. */
function onAbsent(c: Context, e: Entry): void {
  const purpose = e.probe?.purpose;
  delete e.probe;
  if (purpose === 'revocation' || purpose === 'refresh refused') movedAway(c, e);
  else drop(c, e, 'the phone shows no sign of life');
}

/** The lifetime ended unrenewed: no service. Whether the phone is here is asked before the next PBU, as before each one. */
function onExpiry(c: Context, e: Entry): void {
  const { probe } = e;
  const unanswered = requestOf(e.state);
  const out = unanswered !== undefined && unanswered.outstanding.length > 0;
  const request = out ? unanswered : { outstanding: [], interval: c.mag.config.timers.retransmitInitial / 2, retransmitAt: c.now.at };
  closePath(c, e);
  if (probe && probe.purpose !== 'revocation' && probe.purpose !== 'refresh refused') e.probe = { ...probe, purpose: 'retransmission' };
  become(c, e, { name: 'registering', request: { ...request, kind: 'initial' } }, out ? 'the granted lifetime ended without an answer' : 'the granted lifetime ended');
}
