/** One value in a form: what is set here, what holds otherwise and from where, what is wrong with it. */
import { useSignal } from '@preact/signals';
import type { Problem } from '../../../runtime/fleet/messages.ts';
import { t } from '../../i18n/index.ts';
import { Field } from '../../ui/field.tsx';
import { IconButton } from '../../ui/button.tsx';
import { shortly } from './document.ts';
import type { FieldRow } from './fields.ts';
import { shownValue } from './shownSettings.tsx';

export interface Inherited {
  readonly value: unknown;
  readonly source: 'fleet' | 'group' | 'home' | 'built in';
}
interface Props {
  readonly row: FieldRow;
  readonly value: unknown;
  readonly inherited: Inherited | undefined;
  readonly problem: Problem | undefined;
  readonly onValue: (value: unknown) => void;
}

export function Control({ row, value, inherited, problem, onValue }: Props) {
  const words = t().rollout;
  const { name, meaning } = words.fields[row.words];
  const otherwise = inherited?.value === undefined ? words.nothing : words.otherwise(shownValue(row, inherited.value), t().common.sources[inherited.source]);
  return (
    <div class={value === undefined ? 'control' : 'control set'}>
      <Field
        label={row.unit ? `${name} (${row.unit})` : name}
        help={meaning}
        error={problem && (problem.substitution === undefined ? problem.reason : `${problem.reason} (${problem.substitution})`)}
        control={(given) => (
          <div class="control-input">
            <Input row={row} value={value} otherwise={otherwise} given={given} onValue={onValue} />
            {value !== undefined && <IconButton icon="cross" label={words.unset(name)} onClick={() => onValue(undefined)} />}
          </div>
        )}
      />
      {value !== undefined && <p class="control-otherwise">{otherwise}</p>}
    </div>
  );
}

interface InputProps {
  readonly row: FieldRow;
  readonly value: unknown;
  readonly otherwise: string;
  readonly given: { readonly id: string };
  readonly onValue: (value: unknown) => void;
}

function Input({ row, value, otherwise, given, onValue }: InputProps) {
  const words = t().rollout;
  switch (row.kind) {
    case 'flag':
      return <Choice given={given} value={shown(value)} otherwise={otherwise} options={[['true', t().common.yes], ['false', t().common.no]]} onValue={(v) => onValue(v === undefined ? undefined : v === 'true')} />;
    case 'service':
      return <Choice given={given} value={shown(value)} otherwise={otherwise} options={(['dual', 'ipv4', 'ipv6'] as const).map((s) => [s, words.services[s]])} onValue={onValue} />;
    case 'udp':
      return <Choice given={given} value={shown(value)} otherwise={otherwise} options={(['auto', 'always', 'never'] as const).map((s) => [s, words.udp[s]])} onValue={onValue} />;
    case 'number':
      return <input {...given} type="number" step="any" value={shown(value)} placeholder={otherwise} onInput={(e) => onValue(e.currentTarget.value === '' ? undefined : e.currentTarget.valueAsNumber)} />;
    case 'list':
      return <List given={given} value={value} otherwise={otherwise} onValue={onValue} />;
    case 'rate':
      return <input {...given} type="text" autocomplete="off" value={shown(value)} placeholder={otherwise} onInput={(e) => onValue(textOf(e.currentTarget.value))} />;
    case 'text':
      return <input {...given} type="text" autocomplete="off" spellcheck={false} value={shown(value)} placeholder={otherwise} onInput={(e) => onValue(textOf(e.currentTarget.value))} />;
  }
}

const shown = (value: unknown): string => (value === undefined || value === null ? '' : shortly(value));
const textOf = (typed: string): string | undefined => (typed.trim() === '' ? undefined : typed);
const listOf = (typed: string): readonly string[] | undefined => {
  const items = typed.split(/[,\s]+/).filter(Boolean);
  return items.length > 0 ? items : undefined;
};

/** What is typed stays as it is typed, with its commas, while each key tells the list that it makes. */
function List({ given, value, otherwise, onValue }: Omit<InputProps, 'row'>) {
  const typed = useSignal('');
  const text = String(listOf(typed.value)) === String(typeof value === 'string' ? listOf(value) : value) ? typed.value : Array.isArray(value) ? value.join(', ') : shown(value);
  return (
    <input
      {...given}
      type="text"
      autocomplete="off"
      spellcheck={false}
      value={text}
      placeholder={otherwise}
      onInput={(e) => {
        typed.value = e.currentTarget.value;
        onValue(listOf(typed.value));
      }}
    />
  );
}

function Choice({ given, value, otherwise, options, onValue }: { readonly given: { readonly id: string }; readonly value: string; readonly otherwise: string; readonly options: readonly (readonly [string, string])[]; readonly onValue: (value: string | undefined) => void }) {
  return (
    <select {...given} value={value} onChange={(e) => onValue(e.currentTarget.value || undefined)}>
      <option value="" selected={value === ''}>
        {otherwise}
      </option>
      {options.map(([key, text]) => (
        <option key={key} value={key} selected={key === value}>
          {text}
        </option>
      ))}
    </select>
  );
}
