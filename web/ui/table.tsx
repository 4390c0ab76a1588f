/** A table of thousands of rows of which only the visible ones are drawn. On a narrow screen each row is a card. */
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { language, t } from '../i18n/index.ts';
import { go, query, setQuery } from '../lib/router.ts';
import { filterRows, rowForKey, scrollTo, sortOf, sortRows, sortText, windowOf, type Value } from '../lib/tableModel.ts';
import { Icon } from './icon.tsx';
import { EmptyState } from './page.tsx';
import { Button } from './button.tsx';
import { TableTools, useColumnChoice } from './tableTools.tsx';

export interface Column<T> {
  readonly key: string;
  readonly title: string;
  /** For sorting, filtering and export. */
  readonly value: (row: T) => Value;
  /** What is drawn, when it is not the value as text. */
  readonly cell?: (row: T) => ComponentChildren;
  /** A CSS grid track, `minmax(8rem, 1fr)` by default. */
  readonly width?: string;
  readonly end?: boolean;
  /** Not shown until somebody chooses it. */
  readonly optional?: boolean;
  /** Buttons: nothing to sort, to export or to hide. */
  readonly plain?: boolean;
  /** The value is Unix milliseconds: a spreadsheet gets it as ISO 8601 has it. */
  readonly time?: boolean;
  /** On a narrow screen: the card's first line, what stands at its end, or its second line. Left out otherwise. */
  readonly card?: 'title' | 'badge' | 'line';
}

interface Props<T> {
  /** Names the table for the address, the stored choice of columns and the exported file. */
  readonly name: string;
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly id: (row: T) => string;
  /** Where Enter and a click lead. */
  readonly href?: (row: T) => string;
  /** Sort until somebody chooses another: `name`, `-name`. */
  readonly sort?: string;
  /** Before the filter, such as filters by status. */
  readonly tools?: ComponentChildren;
  readonly empty?: ComponentChildren;
  /** Grows with its rows instead of scrolling; for tables that stay short. */
  readonly short?: boolean;
}

const ROW = 44;
const CARD = 72;
const NARROW = '(max-width: 40rem)';

export function Table<T>(props: Props<T>) {
  const { name, label, columns, rows, id, href, tools, empty, short = false } = props;
  const chosen = useColumnChoice(name, columns);
  const filter = query.value[`${name}.filter`] ?? '';
  const sort = sortOf(query.value[`${name}.sort`] ?? props.sort);
  const shown = useMemo(() => {
    const found = filterRows(rows, (row) => columns.map((c) => c.value(row)), filter);
    const by = columns.find((c) => c.key === sort?.key);
    return by && sort ? sortRows(found, by.value, sort.down, language.value) : found;
  }, [rows, columns, filter, sort?.key, sort?.down, language.value]);
  const narrow = useMedia(NARROW);
  const height = narrow ? CARD : ROW;
  const box = useRef<HTMLDivElement>(null);
  const view = useSignal({ top: 0, height: 800 });
  const at = useSignal(0);
  useEffect(() => {
    const element = box.current;
    if (!element || short) return undefined;
    const look = (): void => {
      view.value = { top: element.scrollTop, height: element.clientHeight };
    };
    const watch = new ResizeObserver(look);
    watch.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      watch.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [short, shown.length === 0]);
  const seen = short ? { from: 0, to: shown.length } : windowOf(shown.length, view.value.top, view.value.height, height);
  const current = Math.min(at.value, Math.max(0, shown.length - 1));

  const onKeyDown = (e: KeyboardEvent): void => {
    if (!(e.target instanceof HTMLElement) || !e.target.classList.contains('row')) return;
    const row = shown[current];
    if (e.key === 'Enter' && row !== undefined && href) go(href(row));
    const to = rowForKey(e.key, current, shown.length, Math.max(1, Math.floor(view.value.height / height) - 1));
    if (to === undefined || !box.current) return;
    e.preventDefault();
    at.value = to;
    const element = box.current;
    if (!short) element.scrollTop = scrollTo(to, element.scrollTop, element.clientHeight - (narrow ? 0 : ROW), height);
    requestAnimationFrame(() => element.querySelector<HTMLElement>(`[aria-rowindex="${to + 2}"]`)?.focus());
  };

  const drawn = narrow ? [] : chosen.columns;
  const style = { gridTemplateColumns: drawn.map((c) => c.width ?? 'minmax(8rem, 1fr)').join(' ') };
  return (
    <div class="table-frame">
      <TableTools name={name} rows={rows} shown={shown} columns={columns} choice={chosen} filter={filter} tools={tools} onFilter={(text) => setQuery({ [`${name}.filter`]: text })} />
      {rows.length === 0 && empty}
      {rows.length > 0 && shown.length === 0 && (
        <EmptyState icon="filter" title={t().common.table.nothingMatches} actions={<Button onClick={() => setQuery({ [`${name}.filter`]: undefined })}>{t().common.table.clear}</Button>}>
          {t().common.table.nothingMatchesHelp}
        </EmptyState>
      )}
      {shown.length > 0 && (
        <div ref={box} class={`table${short ? ' short' : ''}${narrow ? ' cards' : ''}`} role="table" aria-label={label} aria-rowcount={shown.length + 1} tabIndex={-1} onKeyDown={onKeyDown}>
          <div role="rowgroup" class={narrow ? 'unseen' : 'table-head'}>
            <div role="row" aria-rowindex={1} class="head-row" style={style}>
              {(narrow ? cardColumns(columns) : drawn).map((c) => (
                <Head key={c.key} column={c} down={sort?.key === c.key ? sort.down : undefined} onSort={(down) => setQuery({ [`${name}.sort`]: sortText({ key: c.key, down }) })} />
              ))}
            </div>
          </div>
          <div role="rowgroup" class="table-body" style={short ? {} : { height: `${shown.length * height}px` }}>
            {shown.slice(seen.from, seen.to).map((row, i) => {
              const index = seen.from + i;
              const place = short ? {} : { transform: `translateY(${index * height}px)`, position: 'absolute' as const };
              return (
                <div
                  key={id(row)}
                  role="row"
                  aria-rowindex={index + 2}
                  tabIndex={index === current ? 0 : -1}
                  class={href ? 'row linked' : 'row'}
                  style={narrow ? place : { ...style, ...place }}
                  onFocus={() => (at.value = index)}
                  onClick={(e) => {
                    if (href && e.target instanceof Element && !e.target.closest('a, button, input, label')) go(href(row));
                  }}
                >
                  {narrow ? <Card row={row} columns={cardColumns(columns)} /> : drawn.map((c) => <Cell key={c.key} row={row} column={c} />)}
                </div>
              );
            })}
          </div>
        </div>
      )}
    </div>
  );
}

const contentOf = <T,>(row: T, column: Column<T>): ComponentChildren => (column.cell ? column.cell(row) : String(column.value(row) ?? ''));

function Cell<T>({ row, column }: { readonly row: T; readonly column: Column<T> }) {
  return (
    <div role="cell" class={column.end ? 'cell end' : 'cell'}>
      {contentOf(row, column)}
    </div>
  );
}

/** In the order in which a card shows them. */
const cardColumns = <T,>(columns: readonly Column<T>[]): readonly Column<T>[] => (['title', 'badge', 'line'] as const).flatMap((place) => columns.filter((c) => c.card === place));

function Card<T>({ row, columns }: { readonly row: T; readonly columns: readonly Column<T>[] }) {
  const lines = columns.filter((c) => c.card === 'line');
  return (
    <>
      {columns
        .filter((c) => c.card !== 'line')
        .map((c) => (
          <div key={c.key} role="cell" class={`card-${c.card}`}>
            {contentOf(row, c)}
          </div>
        ))}
      <div class="card-lines">
        {lines.map((c) => (
          <div key={c.key} role="cell">
            {/* A bare number says nothing. */}
            {typeof c.value(row) === 'number' && `${c.title} `}
            {contentOf(row, c)}
          </div>
        ))}
      </div>
    </>
  );
}

function Head<T>({ column, down, onSort }: { readonly column: Column<T>; readonly down: boolean | undefined; readonly onSort: (down: boolean) => void }) {
  if (column.plain) {
    return (
      <div role="columnheader" class="cell">
        <span class="unseen">{column.title}</span>
      </div>
    );
  }
  return (
    <div role="columnheader" class={column.end ? 'cell end' : 'cell'} aria-sort={down === undefined ? 'none' : down ? 'descending' : 'ascending'}>
      <button type="button" onClick={() => onSort(down === false)}>
        <span>{column.title}</span>
        {down !== undefined && <Icon name={down ? 'down' : 'up'} size={14} />}
      </button>
    </div>
  );
}

/** Whether a media query holds, now and later. */
export function useMedia(wanted: string): boolean {
  const holds = useSignal(matchMedia(wanted).matches);
  useEffect(() => {
    const list = matchMedia(wanted);
    const look = (): void => {
      holds.value = list.matches;
    };
    list.addEventListener('change', look);
    return () => list.removeEventListener('change', look);
  }, [wanted]);
  return holds.value;
}
