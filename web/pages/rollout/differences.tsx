/** What changes, home by home; homes with the same changes stand together. */
import type { Preview } from '../../../cloud/api/resources/rollouts.ts';
import { t } from '../../i18n/index.ts';
import { to } from '../../lib/paths.ts';
import { Icon } from '../../ui/icon.tsx';
import { shortly } from '../configuration/document.ts';
import { alike, type Change } from './waves.ts';

export function Differences({ preview }: { readonly preview: Preview }) {
  const words = t().rollout.check;
  return (
    <>
      {alike(preview.homes).map(({ changes, homes }) => (
        <article key={JSON.stringify(changes)} class="alike">
          <ChangeTable changes={changes} />
          <details>
            <summary>{words.homes(homes.length)}</summary>
            <ul class="alike-homes">
              {homes.map((h) => (
                <li key={h.home}>
                  <a href={to.home(h.home)}>{h.name}</a>
                </li>
              ))}
            </ul>
          </details>
        </article>
      ))}
      {preview.unchanged > 0 && <p class="muted">{words.unchanged(preview.unchanged)}</p>}
    </>
  );
}

export function ChangeTable({ changes }: { readonly changes: readonly Change[] }) {
  const words = t().rollout.check;
  return (
    <ul class="diff">
      {changes.map(({ path, before, after }) => (
        <li key={path}>
          <code class="diff-path">{path}</code>
          <span class="diff-values">
            <span class="unseen">{words.before}</span>
            <del>{shortly(before)}</del>
            <Icon name="arrow" size={16} />
            <span class="unseen">{words.after}</span>
            <ins>{shortly(after)}</ins>
          </span>
        </li>
      ))}
    </ul>
  );
}
