/** The address bar as signals. Links are ordinary `<a href>`; clicks on own ones are taken here, so that nothing loads anew. */
import { computed, signal } from '@preact/signals';
import { search } from './route.ts';

const address = signal(location.pathname + location.search);

export const path = computed(() => address.value.split('?', 1)[0] ?? '/');
/** The query as a plain object; of a key given twice the last one. */
export const query = computed((): Readonly<Record<string, string>> => Object.fromEntries(new URLSearchParams(address.value.slice(path.value.length))));

export function go(to: string, options: { readonly replace?: boolean } = {}): void {
  if (to === address.value) return;
  if (options.replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  const before = path.value;
  address.value = to;
  if (path.value !== before) scrollTo(0, 0);
}

/** Changes some keys of the query and leaves the others; filters replace the entry in the history, so that Back leaves the page. */
export function setQuery(changes: Readonly<Record<string, string | undefined>>): void {
  go(path.value + search({ ...query.value, ...changes }), { replace: true });
}

/** To be called once: listens to Back and Forward, and to clicks on links to own pages. */
export function listen(): void {
  addEventListener('popstate', () => {
    address.value = location.pathname + location.search;
  });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin || link.pathname.startsWith('/api/')) return;
    if (link.hash && link.pathname === location.pathname) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
