/** Who is on the network: pseudonyms only. Found by what a person knows of a subscriber: an NAI, an address, a pseudonym. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Page as ListPage } from '../../../cloud/api/resources/answers.ts';
import type { Subscriber } from '../../../cloud/api/resources/subscribers.ts';
import { format, t } from '../../i18n/index.ts';
import { get } from '../../lib/api.ts';
import { curl } from '../../lib/curl.ts';
import { onLive } from '../../lib/live.ts';
import { to } from '../../lib/paths.ts';
import { useResource } from '../../lib/resource.ts';
import { search as queryText } from '../../lib/route.ts';
import { go, query, setQuery } from '../../lib/router.ts';
import { Button } from '../../ui/button.tsx';
import { CommandHint } from '../../ui/commandHint.tsx';
import { Icon } from '../../ui/icon.tsx';
import { EmptyState, Loaded, Page, Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { columns } from './columns.tsx';
import { moved } from './moved.ts';
import './subscribers.css';

const AT_ONCE = 200;
const STATES = ['active', 'released'] as const;

export default function Subscribers() {
  const words = t().subscribers;
  const { q = '', state = '', home, lma } = query.value;
  const path = `/subscribers${queryText({ search: q || undefined, state: state || undefined, home, lma, limit: String(AT_ONCE) })}`;
  const list = useResource<ListPage<Subscriber>>(path);
  useEffect(() => onLive((events) => list.data.peek() && list.set(moved(list.data.peek() ?? { items: [], total: 0 }, events))), [list.set]);
  // Somebody who typed a whole identity wants to see that one.
  useSignalEffect(() => {
    const found = list.data.value;
    const [only] = found?.items ?? [];
    if (q !== '' && found?.total === 1 && only) go(to.subscriber(only.id), { replace: true });
  });
  const more = async (): Promise<void> => {
    const before = list.data.value;
    if (!before?.next) return;
    const page = await get<ListPage<Subscriber>>(`${path}&after=${encodeURIComponent(before.next)}`);
    list.set({ ...page, items: [...before.items, ...page.items] });
  };
  return (
    <Page title={t().shell.pages.subscribers} subtitle={list.data.value && words.subtitle(list.data.value.total)}>
      <SearchBox text={q} />
      <Loaded of={list}>
        {(page) => (
          <Section flush>
            <Table
              name="subscribers"
              label={t().shell.pages.subscribers}
              rows={page.items}
              columns={columns(words, format(), Date.now())}
              id={(s) => s.id}
              href={(s) => to.subscriber(s.id)}
              tools={<StateFilter chosen={state} />}
              empty={
                <EmptyState icon="people" title={q ? words.notFound : words.empty} actions={q ? <Button onClick={() => setQuery({ q: undefined })}>{t().common.table.clear}</Button> : undefined}>
                  {q ? words.notFoundHelp : words.emptyHelp}
                </EmptyState>
              }
            />
            {page.next && (
              <div class="more">
                <span>{words.loaded(page.items.length, page.total)}</span>
                <Button icon="down" onClick={() => void more()}>
                  {words.more}
                </Button>
              </div>
            )}
          </Section>
        )}
      </Loaded>
      <CommandHint command={curl('GET', path)} />
    </Page>
  );
}

function SearchBox({ text }: { readonly text: string }) {
  const words = t().subscribers;
  const typed = useSignal(text);
  useEffect(() => {
    typed.value = text;
  }, [text]);
  return (
    <form
      class="subscriber-search"
      role="search"
      onSubmit={(e) => {
        e.preventDefault();
        setQuery({ q: typed.value.trim() || undefined });
      }}
    >
      <label>
        <span class="unseen">{words.searchLabel}</span>
        <Icon name="search" />
        <input type="search" autocomplete="off" spellcheck={false} placeholder={words.searchPlaceholder} value={typed.value} onInput={(e) => (typed.value = e.currentTarget.value)} />
      </label>
      <Button kind="primary" type="submit">
        {words.search}
      </Button>
      <p>{words.searchHelp}</p>
    </form>
  );
}

function StateFilter({ chosen }: { readonly chosen: string }) {
  const words = t().subscribers;
  return (
    <label class="inline-field">
      <span class="unseen">{t().common.status}</span>
      <select value={chosen} onChange={(e) => setQuery({ state: e.currentTarget.value || undefined })}>
        <option value="">{t().common.all}</option>
        {STATES.map((s) => (
          <option key={s} value={s} selected={s === chosen}>
            {words.states[s]}
          </option>
        ))}
      </select>
    </label>
  );
}
