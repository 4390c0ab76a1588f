/** The search over everything: homes by name, pages, and a way on to the search among subscribers. */
import { useSignal } from '@preact/signals';
import { t } from '../i18n/index.ts';
import { live } from '../lib/live.ts';
import { PATHS, to } from '../lib/paths.ts';
import { href } from '../lib/route.ts';
import { go } from '../lib/router.ts';
import { HomeBadge } from '../ui/badge.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Icon, type IconName } from '../ui/icon.tsx';
import type { HomeStatus } from '../../cloud/api/resources/homes.ts';
import { searchOpen } from './keyboard.ts';
import { ENTRIES, base } from './pages.ts';

interface Hit {
  readonly href: string;
  readonly icon: IconName;
  readonly text: string;
  readonly status?: HomeStatus;
}
const MOST = 8;

/** Words in any order, anywhere in the name. */
function hits(text: string): readonly Hit[] {
  const wanted = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const fits = (...names: string[]): boolean => wanted.every((w) => names.some((n) => n.toLocaleLowerCase().includes(w)));
  const words = t().shell;
  const pages = ENTRIES.filter(({ key }) => fits(words.pages[key])).map(({ key, icon }): Hit => ({ href: base(key), icon, text: words.pages[key] }));
  if (wanted.length === 0) return pages;
  const all = [...live.homes.value.values()];
  // A name first: an identifier has some of any digits in it.
  const named = all.filter((h) => fits(h.name));
  const others = named.length < MOST ? all.filter((h) => !named.includes(h) && fits(h.id, h.identity)) : [];
  const homes = [...named, ...others].slice(0, MOST).map((home): Hit => ({ href: to.home(home.id), icon: 'home', text: home.name, status: home.status }));
  return [...homes, ...pages, { href: href(PATHS.subscribers, {}, { q: text.trim() }), icon: 'people', text: words.search.subscribers.replace('{text}', () => text.trim()) }];
}

export function Search() {
  return searchOpen.value ? <SearchDialog /> : null;
}

function SearchDialog() {
  const text = useSignal('');
  const at = useSignal(0);
  const words = t().shell.search;
  const found = hits(text.value);
  const close = (): void => {
    searchOpen.value = false;
  };
  const open = (hit: Hit | undefined): void => {
    if (!hit) return;
    close();
    go(hit.href);
  };
  const current = Math.min(at.value, found.length - 1);
  return (
    <Dialog title={words.label} onClose={close} onSubmit={() => open(found[current])}>
      <input
        class="search-input"
        type="search"
        role="combobox"
        list={undefined}
        aria-label={words.label}
        aria-expanded="true"
        aria-controls="search-hits"
        aria-activedescendant={current >= 0 ? `search-hit-${current}` : undefined}
        placeholder={words.placeholder}
        value={text.value}
        autofocus
        onInput={(e) => {
          text.value = e.currentTarget.value;
          at.value = 0;
        }}
        onKeyDown={(e) => {
          if (e.key !== 'ArrowDown' && e.key !== 'ArrowUp') return;
          e.preventDefault();
          at.value = (current + (e.key === 'ArrowDown' ? 1 : found.length - 1)) % Math.max(1, found.length);
        }}
      />
      <div id="search-hits" class="hits" role="listbox" aria-label={words.label}>
        {found.map((hit, i) => (
          <div key={hit.href} id={`search-hit-${i}`} role="option" aria-selected={i === current} class="hit" onClick={() => open(hit)} onPointerMove={() => (at.value = i)}>
            <Icon name={hit.icon} size={18} />
            <span>{hit.text}</span>
            {hit.status && <HomeBadge status={hit.status} />}
          </div>
        ))}
      </div>
    </Dialog>
  );
}
