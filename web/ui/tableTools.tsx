/** What stands above a table: filter, choice of columns, export. */
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { t } from '../i18n/index.ts';
import { csv } from '../lib/csv.ts';
import type { Value } from '../lib/tableModel.ts';
import { preference } from '../lib/preferences.ts';
import { download } from './download.ts';
import { CheckBox } from './field.tsx';
import { Icon } from './icon.tsx';
import { Menu, MenuItem } from './menu.tsx';
import type { Column } from './table.tsx';

export interface ColumnChoice<T> {
  readonly columns: readonly Column<T>[];
  readonly toggle: (key: string) => void;
}
type Kept = Readonly<Record<string, boolean>>;
const isKept = (v: unknown): v is Kept => typeof v === 'object' && v !== null && Object.values(v).every((one) => typeof one === 'boolean');

/** Kept in the browser; only what differs from the usual, so that a new column appears by itself. */
export function useColumnChoice<T>(name: string, columns: readonly Column<T>[]): ColumnChoice<T> {
  const kept = useMemo(() => preference<Kept>(`columns.${name}`, {}, isKept), [name]);
  const isShown = (c: Column<T>): boolean => kept.value[c.key] ?? !c.optional;
  return {
    columns: columns.filter(isShown),
    toggle: (key) => {
      const column = columns.find((c) => c.key === key);
      if (column) kept.value = { ...kept.value, [key]: !isShown(column) };
    },
  };
}

const cellOf = <T,>(column: Column<T>, value: Value): Value => (column.time && typeof value === 'number' ? new Date(value).toISOString() : value);

interface Props<T> {
  readonly name: string;
  readonly rows: readonly T[];
  readonly shown: readonly T[];
  readonly columns: readonly Column<T>[];
  readonly choice: ColumnChoice<T>;
  readonly filter: string;
  readonly tools: ComponentChildren;
  readonly onFilter: (text: string) => void;
}

export function TableTools<T>({ name, rows, shown, columns, choice, filter, tools, onFilter }: Props<T>) {
  const words = t().common.table;
  const exported = choice.columns.filter((c) => !c.plain);
  const asCsv = (): string => csv(exported.map((c) => c.title), shown.map((row) => exported.map((c) => cellOf(c, c.value(row)))));
  const asJson = (): string => JSON.stringify(shown.map((row) => Object.fromEntries(columns.filter((c) => !c.plain).map((c) => [c.key, c.value(row)]))), null, 2);
  return (
    <div class="table-tools">
      <label class="filter">
        <Icon name="filter" size={18} />
        <span class="unseen">{words.filter}</span>
        <input type="search" placeholder={words.filter} value={filter} onInput={(e) => onFilter(e.currentTarget.value)} />
      </label>
      {tools}
      <div class="table-end">
        <span class="table-count">{words.rows(shown.length, rows.length)}</span>
        <Menu icon="columns" label={words.columns}>
          {columns.filter((c) => !c.plain).map((c) => (
            <CheckBox key={c.key} label={c.title} checked={choice.columns.includes(c)} disabled={choice.columns.length === 1 && choice.columns.includes(c)} onValue={() => choice.toggle(c.key)} />
          ))}
        </Menu>
        <Menu icon="download" label={words.export}>
          {(close) => (
            <>
              <MenuItem onClick={() => (close(), download(`${name}.csv`, 'text/csv', asCsv()))}>{words.exportCsv}</MenuItem>
              <MenuItem onClick={() => (close(), download(`${name}.json`, 'application/json', asJson()))}>{words.exportJson}</MenuItem>
            </>
          )}
        </Menu>
      </div>
    </div>
  );
}
