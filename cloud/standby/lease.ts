/**
 * Which of two anchors answers. The store holds a lease: whose it is (holder), of which reign (token), and a count that its holder
 * raises again and again (beat). No clock is compared with another one. The active believes for `duration` after it sent its last
 * renewal that it is alone, and the standby claims the lease once it has itself seen the same beat for `duration + margin`: by
 * then the other has stopped, if only both measure seconds alike. Whatever is written names the token, so that an active that
 * slept through all this writes nothing.
 *
 * An active that cannot reach the store stops answering, and goes on if the lease is still its own when the store is back: had
 * another taken it, the token would be another. It does not take down what forwards meanwhile: nobody else may be there to.
 */
import type { Deadline, Millis } from '../../protocol/units.ts';

export interface LeaseTimes {
  readonly duration: Millis;
  /** For clocks that run at different speeds, and for the kernel, which takes addresses away up to a second late. */
  readonly margin: Millis;
}

/** What stands in the store; undefined: nothing yet. */
export interface Seen {
  readonly token: string;
  /** Empty: given back. */
  readonly holder: string;
  readonly beat: string;
}

export type LeaseEvent =
  | { readonly kind: 'timer' }
  | { readonly kind: 'seen'; readonly seen: Seen | undefined }
  /** `token` undefined: somebody was quicker. `sentAt`: when the question left. */
  | { readonly kind: 'claimed'; readonly token: string | undefined; readonly sentAt: Millis }
  /** `mine` false: the token is another's. */
  | { readonly kind: 'renewed'; readonly mine: boolean; readonly sentAt: Millis }
  /** The store did not answer a question. */
  | { readonly kind: 'silence' }
  /** Another machine says on the link that our addresses are its own. */
  | { readonly kind: 'rival'; readonly who: string };

export type LeaseEffect =
  | { readonly kind: 'look' }
  | { readonly kind: 'claim'; readonly seen: Seen | undefined }
  | { readonly kind: 'renew'; readonly token: string }
  /** Answer from now on. */
  | { readonly kind: 'begin'; readonly token: string }
  /** Every time the beat is raised, and while the store is away as often. Not to be said aloud then: another may have them by now. */
  | { readonly kind: 'keep'; readonly announce: boolean }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  /** For good. */
  | { readonly kind: 'end'; readonly reason: string };

export type LeaseState =
  /** `since`: when `seen` was first seen as it is now. A claim whose answer is awaited is the only question. */
  | { readonly name: 'standby'; readonly seen: Seen | undefined; readonly since: Millis | undefined; readonly nextAt: Millis; readonly claiming: boolean }
  | { readonly name: 'active'; readonly token: string; readonly until: Millis; readonly paused: boolean; readonly nextAt: Millis }
  | { readonly name: 'ended' };

export interface Lease {
  readonly times: LeaseTimes;
  readonly self: string;
  state: LeaseState;
}

export const createLease = (self: string, times: LeaseTimes, at: Millis): Lease => ({ self, times, state: { name: 'standby', seen: undefined, since: undefined, nextAt: at, claiming: false } });

/** Questions to the store go out this often, and their answers are not waited for longer. */
export const leaseInterval = ({ duration }: LeaseTimes): Millis => duration / 4;

/** May it answer anybody right now? */
export const isHeld = ({ state }: Lease, at: Millis): boolean => state.name === 'active' && !state.paused && at < state.until;

export function leaseDeadline({ state }: Lease): Deadline | undefined {
  if (state.name === 'ended') return undefined;
  if (state.name === 'active' && !state.paused && state.until < state.nextAt) return { at: state.until, why: 'the lease runs out' };
  return { at: state.nextAt, why: state.name === 'active' ? 'renew the lease' : 'look at the lease' };
}

export function leaseStep(lease: Lease, event: LeaseEvent, at: Millis): LeaseEffect[] {
  switch (lease.state.name) {
    case 'standby':
      return standbyStep(lease, lease.state, event, at);
    case 'active':
      return activeStep(lease, lease.state, event, at);
    case 'ended':
      return [];
  }
}

type Standby = Extract<LeaseState, { name: 'standby' }>;
type Active = Extract<LeaseState, { name: 'active' }>;

function standbyStep(lease: Lease, state: Standby, event: LeaseEvent, at: Millis): LeaseEffect[] {
  const { duration, margin } = lease.times;
  switch (event.kind) {
    case 'timer':
      if (at < state.nextAt) return [];
      lease.state = { ...state, nextAt: at + leaseInterval(lease.times) };
      return state.claiming ? [] : [{ kind: 'look' }];
    case 'seen': {
      if (state.claiming) return [];
      const { seen } = event;
      const since = state.since !== undefined && seen?.token === state.seen?.token && seen?.beat === state.seen?.beat ? state.since : at;
      const free = seen === undefined || seen.holder === '' || seen.holder === lease.self || at - since >= duration + margin;
      lease.state = { ...state, seen, since, claiming: free };
      return free ? [{ kind: 'claim', seen }] : [];
    }
    case 'claimed':
      if (event.token === undefined) return watchAnew(lease, state);
      lease.state = { name: 'active', token: event.token, until: event.sentAt + duration, paused: false, nextAt: at };
      return [{ kind: 'begin', token: event.token }];
    case 'silence':
      // Whoever was active may have been waiting for the store, too: it gets the time to say so.
      return watchAnew(lease, state);
    default:
      return [];
  }
}

function watchAnew(lease: Lease, state: Standby): LeaseEffect[] {
  lease.state = { ...state, seen: undefined, since: undefined, claiming: false };
  return [];
}

function activeStep(lease: Lease, state: Active, event: LeaseEvent, at: Millis): LeaseEffect[] {
  const effects: LeaseEffect[] = [];
  let next = state;
  if (!next.paused && at >= next.until) {
    next = { ...next, paused: true };
    effects.push({ kind: 'pause' });
  }
  switch (event.kind) {
    case 'timer':
      if (at < next.nextAt) break;
      next = { ...next, nextAt: at + leaseInterval(lease.times) };
      effects.push({ kind: 'renew', token: next.token }, { kind: 'keep', announce: !next.paused });
      break;
    case 'renewed':
      if (!event.mine) return end(lease, effects, 'another anchor has taken the lease over');
      next = { ...next, until: Math.max(next.until, event.sentAt + lease.times.duration) };
      if (next.paused && at < next.until) {
        next = { ...next, paused: false };
        effects.push({ kind: 'resume' });
      }
      break;
    case 'rival':
      // With a lease that still runs it is the other one that does not know better.
      if (!next.paused) break;
      return end(lease, effects, `${event.who} says on the link that it has our addresses`);
    default:
      break;
  }
  lease.state = next;
  return effects;
}

function end(lease: Lease, effects: LeaseEffect[], reason: string): LeaseEffect[] {
  lease.state = { name: 'ended' };
  return [...effects, { kind: 'end', reason }];
}
