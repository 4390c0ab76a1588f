/** Live handovers in a list of subscribers. Pure. */
import type { HandoverSummary } from '../../../cloud/api/resources/handovers.ts';
import type { Page } from '../../../cloud/api/resources/answers.ts';
import type { Subscriber } from '../../../cloud/api/resources/subscribers.ts';
import type { LiveEvent } from '../../lib/liveState.ts';

export const handoversIn = (events: readonly LiveEvent[]): readonly HandoverSummary[] => events.flatMap((e) => (e.kind === 'handovers' ? e.value : []));

/** The same subscriber after it walked; one that nobody moved stays the same object. */
export function after(subscriber: Subscriber, { to, at, success, kind }: HandoverSummary): Subscriber {
  if (!success || (subscriber.lastHandover ?? 0) > at) return subscriber;
  return { ...subscriber, home: to.home, homeName: to.name, state: 'active', lastHandover: at, handovers: subscriber.handovers + (kind === 'handover' ? 1 : 0) };
}

export function moved(page: Page<Subscriber>, events: readonly LiveEvent[]): Page<Subscriber> {
  const latest = new Map(handoversIn(events).map((h) => [h.subscriber, h]));
  if (!page.items.some((s) => latest.has(s.id))) return page;
  return { ...page, items: page.items.map((s) => {
    const handover = latest.get(s.id);
    return handover ? after(s, handover) : s;
  }) };
}
