import { useEffect, useRef } from 'preact/hooks';

/** Tabs that are links, so that each has an address of its own. */
export function Tabs<K extends string>({ label, tabs, current, href }: { readonly label: string; readonly tabs: readonly { readonly key: K; readonly title: string; readonly count?: number }[]; readonly current: K; readonly href: (key: K) => string }) {
  const bar = useRef<HTMLElement>(null);
  // On a narrow screen the bar scrolls.
  useEffect(() => bar.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' }), [current]);
  return (
    <nav ref={bar} class="tabs" aria-label={label}>
      {tabs.map(({ key, title, count }) => (
        <a key={key} href={href(key)} aria-current={key === current ? 'page' : undefined}>
          {title}
          {count !== undefined && count > 0 && <span class="count">{count}</span>}
        </a>
      ))}
    </nav>
  );
}
