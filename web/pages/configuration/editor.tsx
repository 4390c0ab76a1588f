/** A document as a form: rows of the table of fields, profiles by name, anchors one by one; or as JSON. */
import type { Concern } from '../../../runtime/fleet/topics.ts';
import type { Problem } from '../../../runtime/fleet/messages.ts';
import { t } from '../../i18n/index.ts';
import { Control } from './control.tsx';
import { treeOf, valueAt, withValue, type Path, type Tree } from './document.ts';
import { FIELDS, type FieldRow } from './fields.ts';
import { inherited, type Layers } from './inherit.ts';
import { LmaEditor } from './lmaEditor.tsx';
import { ProfileEditor } from './profileEditor.tsx';
import { RawEditor } from './rawEditor.tsx';

export interface EditorProps {
  readonly concern: Concern;
  readonly document: Tree;
  readonly layers: Layers;
  readonly problems: readonly Problem[];
  readonly onDocument: (document: Tree) => void;
}

export function Editor(props: EditorProps & { readonly raw: boolean }) {
  if (props.raw) return <RawEditor {...props} />;
  if (props.concern === 'profiles') return <ProfileEditor {...props} />;
  if (props.concern === 'lmas') return <LmaEditor {...props} />;
  const words = t().rollout;
  return (
    <>
      {FIELDS[props.concern].map((group) => (
        <fieldset key={group.words} class="field-group">
          <legend>{words.fieldGroups[group.words]}</legend>
          <Rows {...props} rows={group.rows} />
        </fieldset>
      ))}
    </>
  );
}

/** @param prefix where in the document the rows' paths begin */
export function Rows({ rows, document, layers, problems, onDocument, prefix = [] }: EditorProps & { readonly rows: readonly FieldRow[]; readonly prefix?: Path }) {
  return (
    <div class="controls">
      {rows.map((row) => {
        const path = [...prefix, ...row.path];
        return <Control key={path.join('.')} row={row} value={valueAt(document, path)} inherited={inherited(layers, row, prefix)} problem={problemAt(problems, path)} onValue={(value) => onDocument(withValue(treeOf(document), path, value))} />;
      })}
    </div>
  );
}

/** Of this value or of something in it. */
export function problemAt(problems: readonly Problem[], path: Path): Problem | undefined {
  const text = path.join('.');
  return problems.find((p) => p.path === text || p.path.startsWith(`${text}.`));
}
