/** The anchors that gateways register at. Their keys are made by the cloud and never shown. */
import { t } from '../../i18n/index.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Note } from '../../ui/page.tsx';
import { Control } from './control.tsx';
import { shortly, treeOf, valueAt, withValue, type Tree } from './document.ts';
import { problemAt, type EditorProps } from './editor.tsx';
import { LMA_FIELDS } from './fields.ts';

const LIST = 'local-mobility-anchors';
const listIn = (document: unknown): readonly Tree[] | undefined => {
  const list = valueAt(document, [LIST]);
  return Array.isArray(list) ? list.map(treeOf) : undefined;
};

export function LmaEditor({ document, layers, problems, onDocument }: EditorProps) {
  const words = t().rollout.lmas;
  const own = listIn(document);
  const below = layers.below.map((l) => listIn(l.document)).findLast((l) => l !== undefined) ?? [];
  const put = (list: readonly Tree[] | undefined): void => onDocument(withValue(document, [LIST], list && list.length > 0 ? list : undefined));
  if (!own) {
    return (
      <>
        <Note>{below.length > 0 ? words.inherited(below.map((l) => shortly(l['id'])).join(', ')) : words.none}</Note>
        <Button icon="edit" onClick={() => put(below.length > 0 ? below : [{ id: 'lma-1' }])}>
          {words.begin}
        </Button>
      </>
    );
  }
  return (
    <>
      <p class="field-help">{words.keys}</p>
      {own.map((lma, i) => (
        <fieldset key={i} class="field-group">
          <legend>
            {words.anchor} <code>{shortly(lma['id'] ?? i + 1)}</code>
            <IconButton icon="trash" label={words.remove(shortly(lma['id'] ?? i + 1))} onClick={() => put(own.filter((_, at) => at !== i))} />
          </legend>
          <div class="controls">
            {LMA_FIELDS.map((row) => (
              <Control key={row.words} row={row} value={valueAt(lma, row.path)} inherited={row.builtIn === undefined ? undefined : { value: row.builtIn, source: 'built in' }} problem={problemAt(problems, [LIST, String(i), ...row.path])} onValue={(value) => put(own.map((one, at) => (at === i ? withValue(one, row.path, value) : one)))} />
            ))}
          </div>
        </fieldset>
      ))}
      <Button icon="plus" onClick={() => put([...own, { id: `lma-${own.length + 1}` }])}>
        {words.add}
      </Button>
    </>
  );
}
