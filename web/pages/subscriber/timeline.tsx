/** All roams of a subscriber, the newest first; a new one appears at the top by itself. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { HandoverSummary } from '../../../cloud/api/resources/handovers.ts';
import type { Page } from '../../../cloud/api/resources/answers.ts';
import { format, t } from '../../i18n/index.ts';
import { get } from '../../lib/api.ts';
import { onLive } from '../../lib/live.ts';
import { newestFirst } from '../../lib/liveState.ts';
import { useResource } from '../../lib/resource.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState, Loaded, Section } from '../../ui/page.tsx';
import { handoversIn } from '../subscribers/moved.ts';
import { Legend } from './legend.tsx';
import { Roam } from './roam.tsx';

/** The newest are open without a click, so that the page shows what it is about. */
const OPEN = 3;

export function Timeline({ subscriber, opened }: { readonly subscriber: string; readonly opened: string | undefined }) {
  const words = t().subscribers.timeline;
  const path = `/subscribers/${encodeURIComponent(subscriber)}/handovers`;
  const list = useResource<Page<HandoverSummary>>(path);
  const fresh = useSignal<ReadonlySet<string>>(new Set());
  useEffect(
    () =>
      onLive((events) => {
        const before = list.data.peek();
        const mine = handoversIn(events).filter((h) => h.subscriber === subscriber);
        if (!before || mine.length === 0) return;
        const known = new Set(before.items.map((h) => h.id));
        const added = mine.filter((h) => !known.has(h.id));
        fresh.value = new Set([...fresh.peek(), ...added.map((h) => h.id)]);
        list.set({ ...before, items: newestFirst(mine, before.items), total: before.total + added.length });
      }),
    [subscriber, list.set],
  );
  const more = async (): Promise<void> => {
    const before = list.data.value;
    if (!before?.next) return;
    const page = await get<Page<HandoverSummary>>(`${path}?after=${encodeURIComponent(before.next)}`);
    list.set({ ...page, items: [...before.items, ...page.items] });
  };
  return (
    <Section title={words.title} actions={<span class="live-hint">{words.live}</span>}>
      <Legend />
      <Loaded of={list}>
        {(page) =>
          page.items.length === 0 ? (
            <EmptyState icon="swap" title={words.empty}>
              {words.emptyHelp}
            </EmptyState>
          ) : (
            <>
              <p class="unseen" role="status">
                {fresh.value.size > 0 && words.fresh(fresh.value.size)}
              </p>
              <ol class="roams">
                {page.items.map((h, i) => (
                  <Roam key={h.id} summary={h} fresh={fresh.value.has(h.id)} open={i < OPEN || h.id === opened} chosen={h.id === opened} />
                ))}
              </ol>
              {page.next && (
                <div class="more">
                  <span>{t().subscribers.loaded(page.items.length, page.total)}</span>
                  <Button icon="down" onClick={() => void more()}>
                    {words.older}
                  </Button>
                </div>
              )}
              {!page.next && <p class="timeline-end">{words.end(format().number(page.total))}</p>}
            </>
          )
        }
      </Loaded>
    </Section>
  );
}
