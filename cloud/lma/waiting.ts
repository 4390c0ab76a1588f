/**
 * HI 4 and one other session of the node: is this that session, moved, or a second one? The request is held back while the
 * other MAG is asked by a Binding Revocation (RFC 5846 §8.1), or, with revocation off, may de-register by itself; never
 * longer than MaxDelayBeforeNewBCEAssign (RFC 5213 §5.4.1.2(4)).
 */
import { TRIGGER } from '../../protocol/mobility/codes.ts';
import type { Accepted } from './acceptance.ts';
import type { BindingCacheEntry } from './bindingCache.ts';
import { interfaceKey, nodeKey, type Request } from './request.ts';
import { revoke } from './revocation.ts';
import { tell, type Lma, type Step } from './state.ts';

export interface Waiting {
  readonly key: string;
  /** The newest request; a retransmission replaces it. */
  accepted: Accepted;
  readonly entry: BindingCacheEntry;
}

/** What a request is about: this interface, or, where it is not known, this node through this MAG. */
export function waitingKey(request: Request): string {
  const node = request.mnId ? nodeKey(request.mnId) : '';
  return interfaceKey(node, request.technology, request.linkLayerId) ?? `${node} ${request.technology} via ${request.proxyCoa}`;
}

/** Holds the request back. A newer one about the same interface takes its place, without a second wait. */
export function wait(step: Step, accepted: Accepted, entry: BindingCacheEntry): void {
  const { lma, now } = step;
  const key = waitingKey(accepted.request);
  const known = lma.waiting.get(key);
  if (known) {
    known.accepted = accepted;
    return;
  }
  const waiting: Waiting = { key, accepted, entry };
  lma.waiting.set(key, waiting);
  lma.waitingFor.set(entry, (lma.waitingFor.get(entry) ?? new Set()).add(waiting));
  lma.deadlines.set(timerOf(waiting), now.at + lma.config.variables.maxDelayBeforeNewBceAssign, 'the other session is not given up', { kind: 'waiting', waiting });
  tell(step, entry, entry.state, entry.state, 'a request may be about this session: waiting', { from: accepted.request.peer ?? accepted.request.from.remote });
  if (lma.config.variables.revocation) revoke(step, entry, entry, TRIGGER.HANDOVER_UNKNOWN, 'ask');
}

/** The request about the same, if one is held back. */
export const heldBack = (lma: Lma, request: Request): Waiting | undefined => (lma.waiting.size === 0 ? undefined : lma.waiting.get(waitingKey(request)));

export function stopWaiting(lma: Lma, waiting: Waiting | undefined): void {
  if (!waiting) return;
  lma.waiting.delete(waiting.key);
  lma.deadlines.drop(timerOf(waiting));
  const others = lma.waitingFor.get(waiting.entry);
  if (others?.delete(waiting) && others.size === 0) lma.waitingFor.delete(waiting.entry);
}

const timerOf = (waiting: Waiting): string => `waiting ${waiting.key}`;
