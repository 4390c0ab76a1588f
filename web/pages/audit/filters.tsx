import type { AuditEntry } from '../../../cloud/api/resources/network.ts';
import { t } from '../../i18n/index.ts';
import { query, setQuery } from '../../lib/router.ts';
import { Select } from '../../ui/select.tsx';
import { dayOf, fromDay, toDay } from './days.ts';

/** The part of the address that the API is asked with. Days become instants of this time zone. */
export function filterOf(given: Readonly<Record<string, string>>): Readonly<Record<string, string | undefined>> {
  return { by: given['by'], action: given['action'], target: given['target'], from: fromDay(given['from'])?.toString(), to: toDay(given['to'])?.toString() };
}

/** By whom, what, on which, when. Choices are those seen so far, and what the address says. */
export function Filters({ entries }: { readonly entries: readonly AuditEntry[] }) {
  const words = t().audit;
  const { by, action, target, from, to } = query.value;
  const seen = (of: (e: AuditEntry) => string, chosen: string | undefined, any: string): readonly (readonly [string, string])[] => [
    ['', any],
    ...[...new Set([...entries.map(of), ...(chosen ? [chosen] : [])])].filter(Boolean).sort().map((one) => [one, one] as const),
  ];
  return (
    <>
      <Select label={words.who} value={by ?? ''} options={seen((e) => e.by, by, words.anybody)} onValue={(v) => setQuery({ by: v })} />
      <Select label={words.action} value={action ?? ''} options={seen((e) => e.action, action, words.anything)} onValue={(v) => setQuery({ action: v })} />
      {target && <Select label={words.target} value={target} options={[['', words.anyTarget], [target, target]]} onValue={(v) => setQuery({ target: v })} />}
      <span class="days">
        <label class="day">
        <span>{words.from}</span>
        <input type="date" value={dayOf(from) ?? ''} onChange={(e) => setQuery({ from: e.currentTarget.value })} />
      </label>
      <label class="day">
        <span>{words.to}</span>
        <input type="date" value={dayOf(to) ?? ''} onChange={(e) => setQuery({ to: e.currentTarget.value })} />
      </label>
      </span>
    </>
  );
}
