/** One subscriber, by its pseudonym: where it is now, its sessions, and each of its roams as it happened. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Subscriber } from '../../../cloud/api/resources/subscribers.ts';
import { format, t } from '../../i18n/index.ts';
import { curl } from '../../lib/curl.ts';
import { onLive } from '../../lib/live.ts';
import { PATHS, to } from '../../lib/paths.ts';
import { useResource } from '../../lib/resource.ts';
import type { Params } from '../../lib/route.ts';
import { may } from '../../lib/session.ts';
import { Button } from '../../ui/button.tsx';
import { CommandHint, Copyable } from '../../ui/commandHint.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Loaded, Page, Section } from '../../ui/page.tsx';
import { StateBadge } from '../subscribers/columns.tsx';
import { after, handoversIn } from '../subscribers/moved.ts';
import { EraseDialog } from './erase.tsx';
import { RevealDialog, RevealedNote, useRevealed } from './reveal.tsx';
import { Timeline } from './timeline.tsx';
import './subscriber.css';
import './waterfall.css';

export default function SubscriberPage({ params }: { readonly params: Params }) {
  const { id = '', handover } = params;
  const words = t().subscribers;
  const subscriber = useResource<Subscriber>(`/subscribers/${encodeURIComponent(id)}`);
  const asking = useSignal<'reveal' | 'erase' | undefined>(undefined);
  const revealed = useRevealed(id);
  useEffect(
    () =>
      onLive((events) => {
        const before = subscriber.data.peek();
        const mine = handoversIn(events).filter((h) => h.subscriber === id);
        if (before && mine.length > 0) subscriber.set(mine.reduce(after, before));
      }),
    [id, subscriber.set],
  );
  const close = (): void => {
    asking.value = undefined;
  };
  return (
    <Page
      title={id}
      parent={{ href: PATHS.subscribers, title: t().shell.pages.subscribers }}
      beside={subscriber.data.value && <StateBadge state={subscriber.data.value.state} words={words} />}
      subtitle={words.pseudonymHelp}
      actions={
        <>
          {may('operator') && (
            <Button icon="eye" onClick={() => (asking.value = 'reveal')}>
              {words.reveal.action}
            </Button>
          )}
          {may('owner') && (
            <Button icon="trash" onClick={() => (asking.value = 'erase')}>
              {words.erase.action}
            </Button>
          )}
        </>
      }
    >
      {revealed.value && <RevealedNote revealed={revealed} />}
      <Loaded of={subscriber}>{(s) => <Facts subscriber={s} />}</Loaded>
      <Timeline subscriber={id} opened={handover} />
      <CommandHint command={curl('GET', `/subscribers/${id}`)} />
      {asking.value === 'reveal' && <RevealDialog id={id} onClose={close} onRevealed={(found) => revealed.show(found)} />}
      {asking.value === 'erase' && <EraseDialog id={id} onClose={close} />}
    </Page>
  );
}

function Facts({ subscriber: s }: { readonly subscriber: Subscriber }) {
  const words = t().subscribers;
  const f = format();
  return (
    <Section>
      <div class="whereabouts">
        <div class="where-now">
          <span class="where-icon">
            <Icon name={s.home ? 'home' : 'circle'} size={28} />
          </span>
          <div>
            <p class="where-label">{s.home ? words.nowAt : words.nowhere}</p>
            <p class="where-name">{s.home ? <a href={to.home(s.home)}>{s.homeName ?? s.home}</a> : s.lastHandover === undefined ? '—' : f.ago(s.lastHandover, Date.now())}</p>
          </div>
        </div>
        <dl class="facts">
          <Fact name={words.sessionSince}>{f.dateTime(s.since)}</Fact>
          <Fact name={words.roams}>{f.number(s.handovers)}</Fact>
          <Fact name={words.lastHandover}>{s.lastHandover === undefined ? t().common.never : f.ago(s.lastHandover, Date.now())}</Fact>
          <Fact name={words.anchor}>
            <a href={to.lma(s.lma)}>{s.lma}</a>
          </Fact>
          <Fact name={words.traffic}>
            <Icon name="down" size={14} /> {f.bytes(s.bytesDown)} <Icon name="up" size={14} /> {f.bytes(s.bytesUp)}
          </Fact>
        </dl>
        <div class="kept-addresses">
          <p class="where-label">{words.keeps}</p>
          {s.addresses.map((a) => (
            <Copyable key={a} text={a} />
          ))}
        </div>
      </div>
    </Section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
