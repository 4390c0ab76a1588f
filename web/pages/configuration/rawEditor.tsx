/** The document as it is sent to the gateways. */
import { useSignal } from '@preact/signals';
import { t } from '../../i18n/index.ts';
import { Field } from '../../ui/field.tsx';
import { isTree } from './document.ts';
import type { EditorProps } from './editor.tsx';

export function RawEditor({ document, problems, onDocument }: EditorProps) {
  const words = t().rollout;
  const typed = useSignal(JSON.stringify(document, null, 2));
  const wrong = useSignal<string | undefined>(undefined);
  const take = (text: string): void => {
    typed.value = text;
    try {
      const value: unknown = JSON.parse(text);
      wrong.value = isTree(value) ? undefined : words.rawObject;
      if (isTree(value)) onDocument(value);
    } catch (error) {
      wrong.value = error instanceof Error ? error.message : String(error);
    }
  };
  return (
    <>
      <Field label={words.raw} help={words.rawHelp} error={wrong.value} control={(given) => <textarea {...given} class="raw" rows={16} spellcheck={false} value={typed.value} onInput={(e) => take(e.currentTarget.value)} />} />
      {problems.length > 0 && (
        <ul class="raw-problems">
          {problems.map((p) => (
            <li key={`${p.path} ${p.reason}`}>
              <code>{p.path}</code> {p.reason}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
