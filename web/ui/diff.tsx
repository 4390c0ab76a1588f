import './diff.css';
import { t } from '../i18n/index.ts';
import { differences, type Difference } from '../lib/jsonDiff.ts';
import { valueText } from '../lib/valueText.ts';

/** Two JSON values side by side, only what differs; signs and words say what the colours say. */
export const Diff = ({ before, after }: { readonly before: unknown; readonly after: unknown }) => <DiffTable rows={differences(before, after)} />;

export function DiffTable({ rows }: { readonly rows: readonly Difference[] }) {
  if (rows.length === 0) return <p class="muted">{t().common.diff.nothing}</p>;
  return (
    <table class="diff">
      <thead>
        <tr>
          <th scope="col">{t().common.diff.path}</th>
          <th scope="col">{t().common.diff.before}</th>
          <th scope="col">{t().common.diff.after}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.path}>
            <th scope="row">
              <code>{row.path || '·'}</code>
            </th>
            <td class={row.kind === 'added' ? 'nothing' : 'old'}>{row.kind === 'added' ? '' : `− ${valueText(row.before)}`}</td>
            <td class={row.kind === 'removed' ? 'nothing' : 'new'}>{row.kind === 'removed' ? '' : `+ ${valueText(row.after)}`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
