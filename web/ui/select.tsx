/** A choice in a row of tools: its label is read out, not shown. */
export function Select<T extends string>({ label, value, options, onValue }: { readonly label: string; readonly value: T; readonly options: readonly (readonly [T, string])[]; readonly onValue: (value: T) => void }) {
  return (
    <select class="select" aria-label={label} value={value} onChange={(e) => onValue(e.currentTarget.value as T)}>
      {options.map(([key, text]) => (
        <option key={key} value={key} selected={key === value}>
          {text}
        </option>
      ))}
    </select>
  );
}
