/**
 * The phone left, or somebody says so (RFC 5213 §6.9.1.4, §6.13). One rule for every way of learning it: the session is
 * de-registered with lifetime 0. If another home has it by now, the LMA ignores that (§5.3.5 (1)), so it is safe to say;
 * if nobody has, its addresses are free at once instead of at the end of its lifetime. Only what the LMA itself told of as
 * moved goes silently.
 */
import type { Entry } from './binding.ts';
import { deregister } from './deregistration.ts';
import { isDoubted } from './presence.ts';
import { movedAway } from './revocation.ts';
import { drop, remember, type Context } from './state.ts';

/**
 * hostapd says that the phone left. For one that comes back it says so just before it says CONNECTED (50 to 350 ms), and
 * for one that changed to another access interface it may say so minutes later: so the word counts only for the interface
 * where the phone is, and only when no attachment follows within the detach delay. Frames do not overrule it: a phone that
 * logged off (EAPOL-Logoff) may still be heard, and is entitled to nothing.
 */
export function detach(c: Context, entry: Entry, accessInterface: string, reason: string): void {
  if (entry.interface !== accessInterface || entry.departure) return;
  const { detachDelay } = c.mag.config.timers;
  switch (entry.state.name) {
    case 'registering':
    case 'active':
      if (isDoubted(entry)) return movedAway(c, entry);
      if (detachDelay <= 0) return deregister(c, entry, reason);
      entry.departure = { since: c.now.at, until: c.now.at + detachDelay, reason };
      return undefined;
    case 'deregistering':
      // No other session begins for a phone that is not here.
      entry.state = { ...entry.state, next: undefined };
      return undefined;
    case 'profile':
    case 'waiting':
    case 'denied':
      return drop(c, entry, reason);
  }
}

/** The detach delay is over and the phone has not come back. */
export function depart(c: Context, entry: Entry, reason: string): void {
  if (isDoubted(entry)) movedAway(c, entry);
  else deregister(c, entry, reason);
}

/** Every question went unanswered: the phone left without a word. */
export function onAbsent(c: Context, entry: Entry): void {
  if (isDoubted(entry)) return movedAway(c, entry);
  delete entry.probe;
  if (entry.toldIpv4 !== undefined) remember(c.mag.stillTold, entry.mac, entry.toldIpv4);
  deregister(c, entry, 'the phone shows no sign of life');
}
