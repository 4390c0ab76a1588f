/** A frame of the phone: what waited for a sign of life goes on (RFC 5213 §6.13). */
import type { Millis } from '../../protocol/units.ts';
import { requestOf, type Entry } from './binding.ts';
import { entriesOf } from './bindingUpdateList.ts';
import { isDoubted, isPresent, startProbe } from './presence.ts';
import { askProfile } from './profileAnswer.ts';
import { register, sendAtOnce } from './registration.ts';
import { stillAttached } from './revocation.ts';
import { become, type Context } from './state.ts';

/** A frame of the phone; what asked for it goes on, if the frame is young enough. */
export function onSeen(c: Context, e: Entry, at: Millis): void {
  e.lastSeen = Math.max(e.lastSeen, at);
  const { probe, state } = e;
  if (!probe || at < probe.since) return;
  delete e.probe;
  switch (probe.purpose) {
    case 'presence':
      return undefined; // what is due goes on by itself
    case 'move':
      return register(c, e, 'move', 'the phone is here');
    case 'overtaken': {
      const request = requestOf(state);
      return request ? sendAtOnce(c, e, request) : undefined;
    }
    case 'retry':
      return startAnew(c, e, 'the phone is here');
    case 'refresh refused':
      return register(c, e, 'move', 'the phone is here although the LMA refused the refresh');
    case 'revocation':
      return stillAttached(c, e);
  }
}

/** What was learned is forgotten, save what only an administrator lifts. */
export function startAnew(c: Context, e: Entry, reason: string): void {
  if (!e.profile) return identify(c, e, reason);
  e.refusedBy = [];
  delete e.assignedLma;
  e.lessons = c.mag.refusedFamilies.get(e.mac) ?? {};
  register(c, e, 'initial', reason);
}

/** RFC 5213 §6.9.1.1(1) once more. */
export function identify(c: Context, e: Entry, reason: string): void {
  if (e.state.name !== 'profile') become(c, e, { name: 'profile' }, reason);
  askProfile(c, e);
}

/** A fresh registration for a phone of which nothing has been heard for a while. */
export function startAnewIfPresent(c: Context, e: Entry, reason: string): void {
  if (isPresent(c, e)) startAnew(c, e, reason);
  else startProbe(c, e, 'retry');
}

/** An administrator lifts every refusal. */
export function retryDenied(c: Context): void {
  c.mag.refused.clear();
  c.mag.refusedFamilies.clear();
  for (const e of entriesOf(c.mag.list)) {
    if (e.state.name === 'denied') {
      e.state = { ...e.state, until: 'attach' };
      startAnewIfPresent(c, e, 'an administrator asked for another try');
    } else if (e.lessons.noIpv4 || e.lessons.noIpv6) {
      e.lessons = {};
      if (e.state.name === 'active') reregister(c, e, 'an administrator asked for another try');
    }
  }
}

/** HI 4 for a session that lives, once it is known that the phone is here and not at another home. */
export function reregister(c: Context, e: Entry, reason: string): void {
  if (isDoubted(e)) return; // its end does the same
  delete e.probe;
  if (isPresent(c, e)) register(c, e, 'move', reason);
  else startProbe(c, e, 'move');
}
