/** The page of the current address: loaded, shown, and when it fails, a word about it. */
import { Component, type ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { t } from '../i18n/index.ts';
import { connection } from '../lib/live.ts';
import { path } from '../lib/router.ts';
import { Button, ButtonLink } from '../ui/button.tsx';
import { EmptyState, Loading, Page } from '../ui/page.tsx';
import { PAGES, pageOf, type PageComponent } from './pages.ts';

const loaded = new Map<string, PageComponent>();

export function View() {
  const found = pageOf(path.value);
  const version = useSignal(0);
  const failed = useSignal<{ readonly key: string; readonly away: boolean } | undefined>(undefined);
  const key = found?.key;
  useEffect(() => {
    failed.value = undefined;
    if (!key || loaded.has(key)) return;
    PAGES[key]().then(
      (m) => {
        loaded.set(key, m.default);
        version.value++;
      },
      // Either nobody answers, or the files of this page went with an update of the cloud.
      () => (failed.value = { key, away: connection.value !== 'live' }),
    );
  }, [key]);
  const lacking = failed.value?.key === key ? failed.value : undefined;
  const live = connection.value === 'live';
  useEffect(() => {
    if (lacking?.away && live) location.reload();
  }, [lacking, live]);
  // Reading it draws this anew when a page has come.
  const Shown = version.value >= 0 && key ? loaded.get(key) : undefined;
  const words = t().shell.errors;
  if (!found) {
    return (
      <Page title={words.notFound}>
        <EmptyState icon="search" title={words.notFound} actions={<ButtonLink href="/">{words.toNow}</ButtonLink>}>
          {words.notFoundHelp}
        </EmptyState>
      </Page>
    );
  }
  if (lacking) return <EmptyState icon="refresh" title={lacking.away ? words.noAnswer : words.update} actions={<Button onClick={() => location.reload()}>{words.reload}</Button>} />;
  if (!Shown) return <Loading />;
  return (
    <Guard key={key}>
      <Shown params={found.params} />
    </Guard>
  );
}

/** One page that fails leaves the others alone. */
class Guard extends Component<{ readonly children: ComponentChildren }, { readonly failure?: string | undefined }> {
  override componentDidCatch(error: unknown): void {
    this.setState({ failure: error instanceof Error ? error.message : String(error) });
  }
  override render() {
    if (this.state.failure === undefined) return this.props.children;
    return (
      <EmptyState icon="warn" title={t().shell.errors.broken} actions={<Button onClick={() => this.setState({ failure: undefined })}>{t().shell.errors.retry}</Button>}>
        <code>{this.state.failure}</code>
      </EmptyState>
    );
  }
}
