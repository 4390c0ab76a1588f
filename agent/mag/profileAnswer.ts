/**
 * What the profile source says (RFC 5213 §6.2): of a station that waits for it, and, in the background, of one that has a
 * session already. Only what differs is acted upon; a session that is not concerned goes on untouched.
 */
import { discard } from '../../protocol/entity.ts';
import { requestOf, type Entry } from './binding.ts';
import { deregister, releaseFamily } from './deregistration.ts';
import type { Profile, ProfileAnswer } from './profile.ts';
import { deny, register } from './registration.ts';
import { reregister, startAnewIfPresent } from './sighting.ts';
import { announce, become, persist, type Context } from './state.ts';

/** Asks the profile source; whatever answers an earlier question comes too late from now on. */
export function askProfile(c: Context, e: Entry): void {
  e.question = c.mag.questions += 1;
  c.effects.push({
    kind: 'loadProfile',
    station: { interface: e.interface, mac: e.mac, ...(e.identity === undefined ? {} : { identity: e.identity }), ...(e.clientId === undefined ? {} : { clientId: e.clientId }) },
    question: e.question,
  });
}

export function onProfile(c: Context, e: Entry, question: number, answer: ProfileAnswer): void {
  if (e.question !== question) return void c.effects.push(discard('profile that answers an older question'));
  delete e.question;
  if (e.state.name !== 'profile') return onProfileChanged(c, e, answer);
  if ('refused' in answer) return deny(c, e, answer.refused);
  adopt(e, answer.profile);
  if (e.stages) e.stages = { ...e.stages, profile: c.now.at };
  register(c, e, 'initial', `profile found (${answer.profile.source})`);
}

/** The profile of a session that begins, with the addresses that it wishes for. */
export function adopt(e: Entry, profile: Profile): void {
  e.profile = profile;
  if (profile.wantedIpv4 && !e.wantedIpv4) e.wantedIpv4 = profile.wantedIpv4;
  if (profile.wantedPrefixes) e.wantedPrefixes = profile.wantedPrefixes;
}

/** What the source would answer now; while a question is out, its answer is the newer one. */
export function onProfileChanged(c: Context, e: Entry, answer: ProfileAnswer): void {
  if (e.question !== undefined) return undefined;
  if ('refused' in answer) return withdraw(c, e, answer.refused);
  const { profile } = answer;
  switch (e.state.name) {
    case 'profile':
      return undefined;
    case 'deregistering':
      if (e.state.next) e.state = { ...e.state, next: profile };
      return undefined;
    case 'denied':
    case 'waiting':
      if (e.profile && isSameSession(e, e.profile, profile)) e.profile = profile;
      else beginAnew(c, e, profile);
      return undefined;
    case 'registering':
    case 'active':
      if (e.profile && isSameSession(e, e.profile, profile)) adjust(c, e, e.profile, profile);
      else deregister(c, e, 'its profile names another session', { next: profile });
      return undefined;
  }
}

/** Not entitled any more. Who is denied already stays so, and is not tried again with what was known. */
function withdraw(c: Context, e: Entry, reason: string): void {
  if (e.state.name !== 'denied') return disconnect(c, e, `its profile was withdrawn: ${reason}`);
  if (e.profile && e.state.until !== 'administrator') deny(c, e, reason);
  delete e.profile;
}

/** The session ends here and at the LMA, and the phone is sent away: RFC 5176 §3.1, or an operator. */
export function disconnect(c: Context, e: Entry, reason: string): void {
  if (e.state.name === 'deregistering') {
    const { next: _, ...state } = e.state;
    e.state = state;
  } else deregister(c, e, reason);
  c.effects.push({ kind: 'deauthenticate', interface: e.interface, mac: e.mac, reason });
}

/** Nothing of it is registered, so there is nothing to end first. */
function beginAnew(c: Context, e: Entry, profile: Profile): void {
  e.assigned = { prefixes: [] };
  adopt(e, profile);
  if (e.state.name === 'denied') startAnewIfPresent(c, e, `profile found (${profile.source})`);
  else become(c, e, e.state, 'its profile names another session');
}

/** The same node, service and LMA, and a family of addresses that goes on. */
function isSameSession(e: Entry, before: Profile, after: Profile): boolean {
  const sameLma = e.lma && !e.assignedLma ? after.lmas.length === 0 || after.lmas.includes(e.lma.id) : after.lmas.join() === before.lmas.join();
  return before.nai === after.nai && before.apn === after.apn && sameLma && ((before.ipv4 && after.ipv4) || (before.ipv6 && after.ipv6));
}

/** Families that went are given back, those that came are asked for, anything else is announced. */
function adjust(c: Context, e: Entry, before: Profile, after: Profile): void {
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  // While the old profile stands: a de-registration names what the session had.
  for (const family of ['ipv4', 'ipv6'] as const) if (before[family] && !after[family]) releaseFamily(c, e, family);
  e.profile = after;
  const grew = (after.ipv4 && !before.ipv4) || (after.ipv6 && !before.ipv6);
  const request = requestOf(e.state);
  if (e.state.name === 'registering') register(c, e, request?.kind ?? 'initial', 'its profile changed');
  else if (grew) reregister(c, e, 'its profile has another family of addresses');
  else {
    announce(c, e);
    persist(c, e);
  }
}
