/** Default profiles: what a phone gets that no one else has told anything about, and on which interface. */
import { useSignal } from '@preact/signals';
import { t } from '../../i18n/index.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Rows, type EditorProps } from './editor.tsx';
import { shortly, treeOf, valueAt, withValue } from './document.ts';
import { PROFILE_FIELDS } from './fields.ts';

const PROFILES = 'default-profiles';
const INTERFACES = 'interfaces';

export function ProfileEditor(props: EditorProps) {
  const { document, layers, onDocument } = props;
  const words = t().rollout.profiles;
  const own = Object.keys(treeOf(document[PROFILES]));
  const below = layers.below.flatMap((l) => Object.keys(treeOf(valueAt(l.document, [PROFILES]))));
  const names = [...new Set([...below, ...own])];
  return (
    <>
      {names.map((name) => (
        <fieldset key={name} class="field-group profile">
          <legend>
            {words.profile} <code>{name}</code>
            {own.includes(name) && <IconButton icon="trash" label={words.remove(name)} onClick={() => onDocument(withValue(document, [PROFILES, name], undefined))} />}
          </legend>
          <Rows {...props} rows={PROFILE_FIELDS} prefix={[PROFILES, name]} />
        </fieldset>
      ))}
      <AddName label={words.newName} help={names.length === 0 ? words.none : undefined} button={words.add} taken={names} onName={(name) => onDocument(withValue(document, [PROFILES, name, 'service'], 'dual'))} />
      <fieldset class="field-group">
        <legend>{words.interfaces}</legend>
        <p class="field-help">{words.interfacesHelp}</p>
        <Interfaces {...props} profiles={names} />
      </fieldset>
    </>
  );
}

function Interfaces({ document, layers, onDocument, profiles }: EditorProps & { readonly profiles: readonly string[] }) {
  const words = t().rollout.profiles;
  const own = treeOf(document[INTERFACES]);
  const below = Object.assign({}, ...layers.below.map((l) => treeOf(valueAt(l.document, [INTERFACES])))) as Record<string, string>;
  const names = [...new Set([...Object.keys(below), ...Object.keys(own)])];
  return (
    <>
      {names.map((name) => (
        <div key={name} class="interface-row">
          <label>
            <code>{name}</code>
            <select value={shortly(own[name] ?? '')} onChange={(e) => onDocument(withValue(document, [INTERFACES, name], e.currentTarget.value || undefined))}>
              <option value="" selected={own[name] === undefined}>
                {below[name] ?? t().common.none}
              </option>
              {profiles.map((p) => (
                <option key={p} value={p} selected={own[name] === p}>
                  {p}
                </option>
              ))}
            </select>
          </label>
        </div>
      ))}
      {profiles.length > 0 && <AddName label={words.newInterface} button={words.addInterface} taken={names} onName={(name) => onDocument(withValue(document, [INTERFACES, name], profiles[0]))} />}
    </>
  );
}

export function AddName({ label, help, button, taken, onName }: { readonly label: string; readonly help?: string | undefined; readonly button: string; readonly taken: readonly string[]; readonly onName: (name: string) => void }) {
  const typed = useSignal('');
  const name = typed.value.trim();
  const add = (): void => {
    if (name === '' || taken.includes(name)) return;
    onName(name);
    typed.value = '';
  };
  return (
    <div class="add-name">
      {help && <p class="field-help">{help}</p>}
      <label>
        <span>{label}</span>
        <input
          type="text"
          autocomplete="off"
          spellcheck={false}
          value={typed.value}
          onInput={(e) => (typed.value = e.currentTarget.value)}
          onKeyDown={(e) => {
            if (e.key !== 'Enter') return;
            e.preventDefault();
            add();
          }}
        />
      </label>
      <Button icon="plus" disabled={name === '' || taken.includes(name)} onClick={add}>
        {button}
      </Button>
    </div>
  );
}
