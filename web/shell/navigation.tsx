import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n/index.ts';
import { live } from '../lib/live.ts';
import { path } from '../lib/router.ts';
import { Icon } from '../ui/icon.tsx';
import { ENTRIES, base, entryOf, type Entry } from './pages.ts';

const IN_BAR = 4;

const openAlerts = (): number => [...live.alerts.value.values()].filter((a) => a.endedAt === undefined).length;

function Link({ entry, current }: { readonly entry: Entry; readonly current: string }) {
  const alerts = entry.key === 'alerts' ? openAlerts() : 0;
  return (
    <a href={base(entry.key)} aria-current={entry.key === current ? 'page' : undefined}>
      <Icon name={entry.icon} />
      <span>{t().shell.pages[entry.key]}</span>
      {alerts > 0 && <span class="count">{alerts}</span>}
    </a>
  );
}

/** The column at the side; on a narrow screen a bar at the bottom whose last button opens the rest. */
export function Navigation() {
  const words = t().shell;
  const open = useSignal(false);
  const current = entryOf(path.value);
  useEffect(() => {
    open.value = false;
  }, [path.value]);
  return (
    <>
      <nav class="sidebar" aria-label={words.navigation}>
        <a class="brand" href="/">
          <img src="/icon.svg" alt="" width="28" height="28" />
          <span>{words.product}</span>
        </a>
        {ENTRIES.map((entry) => (
          <Link key={entry.key} entry={entry} current={current} />
        ))}
      </nav>
      <nav class="bottom-bar" aria-label={words.navigation}>
        {open.value && (
          <div class="drawer">
            {ENTRIES.slice(IN_BAR).map((entry) => (
              <Link key={entry.key} entry={entry} current={current} />
            ))}
          </div>
        )}
        {ENTRIES.slice(0, IN_BAR).map((entry) => (
          <Link key={entry.key} entry={entry} current={current} />
        ))}
        <button type="button" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
          <Icon name={open.value ? 'cross' : 'menu'} />
          <span>{words.more}</span>
        </button>
      </nav>
    </>
  );
}
