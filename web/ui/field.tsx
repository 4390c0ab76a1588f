import type { ComponentChildren, TargetedInputEvent } from 'preact';
import { useId } from 'preact/hooks';

interface Around {
  readonly label: string;
  readonly help?: ComponentChildren;
  /** What is wrong with it and what to do. */
  readonly error?: string | undefined;
}

/** Label, control, help and error, tied together for those who listen to the page. */
export function Field({ label, help, error, control }: Around & { readonly control: (given: { readonly id: string; readonly 'aria-describedby': string | undefined; readonly 'aria-invalid': boolean }) => ComponentChildren }) {
  const id = useId();
  const described = [help ? `${id}-help` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ') || undefined;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {control({ id, 'aria-describedby': described, 'aria-invalid': error !== undefined })}
      {help && (
        <p class="field-help" id={`${id}-help`}>
          {help}
        </p>
      )}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

interface Input {
  readonly type?: 'text' | 'password' | 'number' | 'date';
  readonly autocomplete?: 'off' | 'username' | 'current-password' | 'new-password';
  readonly placeholder?: string;
  readonly required?: boolean;
  readonly disabled?: boolean;
  readonly autofocus?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number | 'any';
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly spellcheck?: boolean;
}
/** @param onValue gets the text at each key */
export function TextField({ label, help, error, type = 'text', autocomplete = 'off', value, onValue, ...rest }: Around & Input & { readonly value: string; readonly onValue: (value: string) => void }) {
  return (
    <Field
      label={label}
      help={help}
      error={error}
      control={(given) => {
        const all = { ...rest, ...given, autocomplete, value, onInput: (e: TargetedInputEvent<HTMLInputElement>) => onValue(e.currentTarget.value) };
        // Each type has attributes of its own, so that a union of them has none.
        if (type === 'password') return <input {...all} type="password" />;
        if (type === 'number') return <input {...all} type="number" />;
        return type === 'date' ? <input {...all} type="date" /> : <input {...all} type="text" />;
      }}
    />
  );
}

export function SelectField<T extends string>({ label, help, error, value, options, onValue, disabled = false }: Around & { readonly disabled?: boolean; readonly value: T; readonly options: readonly (readonly [T, string])[]; readonly onValue: (value: T) => void }) {
  return (
    <Field
      label={label}
      help={help}
      error={error}
      control={(given) => (
        <select {...given} disabled={disabled} value={value} onChange={(e) => onValue(e.currentTarget.value as T)}>
          {options.map(([key, text]) => (
            <option key={key} value={key} selected={key === value}>
              {text}
            </option>
          ))}
        </select>
      )}
    />
  );
}

export function CheckBox({ label, checked, onValue, disabled = false }: { readonly label: ComponentChildren; readonly checked: boolean; readonly onValue: (checked: boolean) => void; readonly disabled?: boolean }) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} disabled={disabled} onChange={(e) => onValue(e.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}
