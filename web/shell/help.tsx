import { t } from '../i18n/index.ts';
import { Dialog } from '../ui/dialog.tsx';
import { helpOpen } from './keyboard.ts';
import { ENTRIES } from './pages.ts';

export function Help() {
  if (!helpOpen.value) return null;
  const words = t().shell;
  const rows: readonly (readonly [readonly string[], string])[] = [
    [['/'], words.help.search],
    [['?'], words.help.help],
    [['↑', '↓'], words.help.rows],
    [['Enter'], words.help.openRow],
    [['Esc'], words.help.close],
    ...ENTRIES.map(({ key, letter }) => [['g', letter], `${words.help.goTo} ${words.pages[key]}`] as const),
  ];
  return (
    <Dialog title={words.help.title} onClose={() => (helpOpen.value = false)}>
      <dl class="keys">
        {rows.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((k) => (
                <kbd key={k}>{k}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="muted">{words.help.documentation}</p>
    </Dialog>
  );
}
